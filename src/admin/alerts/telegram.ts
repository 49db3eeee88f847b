/**
 * The Telegram bot: tells linked chats of alerts, and answers what they ask, by long polling, so that nothing must reach the
 * node from outside. Whoever is not linked is answered nothing, but for a code that links.
 */
import type { Alert } from '../../alerts/alert.js';
import { textOf } from '../../alerts/message-text.js';
import type { AlertMessage } from '../../alerts/outbox.js';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { BotCommands } from './bot-commands.js';
import { type AlertChannel, ChannelFault } from './channel.js';
import type { ChatLinks, LinkedChat } from './chat-links.js';
import type { TelegramApi, TelegramUpdate } from './telegram-api.js';

export interface TelegramOptions {
  /** The channel's name. */
  readonly name: string;
  readonly api: TelegramApi;
  readonly links: ChatLinks;
  readonly commands: BotCommands;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  readonly log: Logger;
  /** Chats were linked, or are no more. */
  readonly changed: (chat: LinkedChat, what: 'linked' | 'unlinked') => void;
}

/** An alert of a tenant is for those who may see it; one of the node for those who may see all. */
export function maySee({ tenantId }: Pick<LinkedChat, 'tenantId'>, alert: Alert): boolean {
  return tenantId === null || alert.tenantId === tenantId;
}

/** The person has blocked the bot; and what will not be better at the next attempt, and must not hold up what comes after it. */
const BLOCKED = 403;
const REFUSED = 400;

export class TelegramChannel implements AlertChannel {
  readonly #options: TelegramOptions;
  /** Chats that have the message which is on its way. */
  #reached: { readonly id: string; readonly chats: Set<number> } = { id: '', chats: new Set() };
  #offset = 0;
  #failures = 0;
  #closed = false;
  #polling: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #cancelPause: Cancel = () => {};

  constructor(options: TelegramOptions) {
    this.#options = options;
  }

  /** Answers chats from now on. */
  start(): void {
    this.#polling = this.#poll();
  }

  async send(message: AlertMessage): Promise<void> {
    const { links, name } = this.#options;
    if (this.#reached.id !== message.id) this.#reached = { id: message.id, chats: new Set() };
    const chats = links.of(name);
    if (chats.length === 0) throw new ChannelFault('no chat is linked: suho alerts link');
    let fault: unknown;
    for (const chat of chats) {
      if (this.#reached.chats.has(chat.chatId)) continue;
      try {
        await this.#tell(chat, message);
        this.#reached.chats.add(chat.chatId);
      } catch (error) {
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.api.close();
    this.#cancelPause();
    this.#wake();
    await this.#polling;
  }

  async #tell(chat: LinkedChat, message: AlertMessage): Promise<void> {
    const notices = message.notices.filter(({ alert }) => maySee(chat, alert));
    if (notices.length === 0) return;
    try {
      await this.#options.api.say(chat.chatId, textOf({ ...message, notices }));
    } catch (error) {
      const status = error instanceof ChannelFault ? error.status : undefined;
      if (status !== BLOCKED && status !== REFUSED) throw error;
      this.#options.log.warn({ chat: chat.name, status }, 'a linked chat does not take a message');
      const gone = status === BLOCKED ? this.#options.links.unlink(chat.name) : undefined;
      if (gone !== undefined) this.#options.changed(gone, 'unlinked');
    }
  }

  async #poll(): Promise<void> {
    while (!this.#closed) {
      try {
        const updates = await this.#options.api.updates(this.#offset);
        this.#failures = 0;
        for (const update of updates) {
          this.#offset = Math.max(this.#offset, update.update_id + 1);
          await this.#hear(update);
        }
      } catch (error) {
        await this.#rest(error);
      }
    }
  }

  async #rest(error: unknown): Promise<void> {
    if (this.#closed) return;
    if (this.#failures === 0) this.#options.log.warn({ err: sentence(error) }, 'the bot hears nothing; it is tried again');
    const { retryFirstMs, retryMostMs } = LIMITS.alerts;
    const asked = error instanceof ChannelFault ? error.retryAfterMs : 0;
    const pauseMs = Math.min(retryMostMs, Math.max(asked, retryFirstMs * 2 ** Math.min(this.#failures, 20)));
    this.#failures += 1;
    await new Promise<void>((done) => {
      this.#wake = done;
      this.#cancelPause = this.#options.clock.after(pauseMs, done);
    });
  }

  async #hear({ message }: TelegramUpdate): Promise<void> {
    const { name, api, links, commands, clock, changed } = this.#options;
    const { chat, from, text } = message ?? {};
    // In a group others would read along, and a channel has no person.
    if (chat?.type !== 'private' || from === undefined || typeof text !== 'string') return;
    const known = links.find(name, chat.id, from.id);
    const nowMs = clock.nowMs();
    const [, code] = /^\/(?:start|link)(?:@\w+)?\s+([0-9a-f]+)\s*$/i.exec(text) ?? [];
    if (code !== undefined) {
      const linked = links.link(name, code, { chatId: chat.id, userId: from.id }, nowMs);
      if (linked === undefined) return;
      changed(linked, 'linked');
      return this.#say(api, chat.id, `This chat is linked as ${linked.name}. /help tells what may be asked.`);
    }
    if (known !== undefined) await this.#say(api, chat.id, await commands.answer(known, text, nowMs));
  }

  /** An answer that does not arrive is asked for again by the person. */
  async #say(api: TelegramApi, chatId: number, text: string): Promise<void> {
    await api.say(chatId, text).catch((error: unknown) => this.#options.log.warn({ err: sentence(error) }, 'an answer is lost'));
  }
}
