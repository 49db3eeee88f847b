/** Telegram's Bot API, as far as it is used. The token is part of each address: it gets into no sentence. */
import { LIMITS } from '../../limits.js';
import type { Timers } from '../../runtime/clock.js';
import { ChannelFault } from './channel.js';
import { postJson, refusedBy } from './http-call.js';

export interface TelegramUpdate {
  readonly update_id: number;
  readonly message?: {
    readonly chat: { readonly id: number; readonly type: string };
    readonly from?: { readonly id: number };
    readonly text?: string;
  };
}

export interface TelegramApiOptions {
  readonly base: string;
  readonly token: string;
  readonly timers: Pick<Timers, 'after'>;
}

/** Of a message; the API refuses a longer one. */
const TEXT_MOST = 4_096;

export class TelegramApi {
  readonly #options: TelegramApiOptions;
  readonly #ending = new AbortController();

  constructor(options: TelegramApiOptions) {
    this.#options = options;
  }

  async say(chatId: number, text: string): Promise<void> {
    const cut = text.length <= TEXT_MOST ? text : `${text.slice(0, TEXT_MOST - 2)} …`;
    await this.#call('sendMessage', { chat_id: chatId, text: cut, link_preview_options: { is_disabled: true } });
  }

  /** News from that number on; waits a while where there is none. */
  async updates(offset: number): Promise<readonly TelegramUpdate[]> {
    const { pollMs, sendMs } = LIMITS.alerts;
    const asked = { offset, timeout: pollMs / 1_000, limit: 100, allowed_updates: ['message'] };
    const result = await this.#call('getUpdates', asked, pollMs + sendMs);
    if (!Array.isArray(result)) throw new ChannelFault('its answer is no list of updates');
    return result as readonly TelegramUpdate[];
  }

  close(): void {
    this.#ending.abort();
  }

  async #call(method: string, parameters: object, timeoutMs?: number): Promise<unknown> {
    const { base, token, timers } = this.#options;
    const answer = await postJson({
      url: `${base.replace(/\/$/, '')}/bot${token}/${method}`,
      body: JSON.stringify(parameters),
      timers,
      signal: this.#ending.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    let said: { readonly ok?: unknown; readonly result?: unknown; readonly parameters?: { readonly retry_after?: unknown } };
    try {
      said = JSON.parse(answer.text);
    } catch {
      throw refusedBy(answer);
    }
    if (answer.status === 200 && said.ok === true) return said.result;
    const seconds = Number(said.parameters?.retry_after ?? 0) || 0;
    throw refusedBy({ ...answer, retryAfterMs: Math.max(answer.retryAfterMs, 1_000 * seconds) });
  }
}
