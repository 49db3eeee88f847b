/**
 * One question to a model behind an OpenAI-compatible HTTP interface (`POST …/chat/completions`). Always answers, within its
 * time: with what was said, or with why nothing was. What comes back is not trusted: it is read up to a bound, and its words,
 * in which a server may repeat the key, never get into a sentence or a log.
 */
import { LIMITS } from '../limits.js';
import type { Timers } from '../runtime/clock.js';
import type { Message } from './advice.js';

export type ChatAnswer =
  | { readonly kind: 'said'; readonly text: string; readonly tokens: number | undefined }
  /** `slow`: not within its time; `invalid`: no such answer as was asked for; `limited`: it asks to be left alone. */
  | { readonly kind: 'slow' | 'failed' | 'invalid'; readonly why: string; readonly tokens?: number | undefined }
  | { readonly kind: 'limited'; readonly why: string; readonly retryAfter: string | undefined };

export interface ChatClientOptions {
  /** Up to and without `/chat/completions`. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; none where it is empty. */
  readonly key: string;
  /** Under what name the server takes the bound of an answer's length. */
  readonly lengthField: 'max_tokens' | 'max_completion_tokens';
  /** Of the machine: a server is waited for in real time. */
  readonly timers: Pick<Timers, 'after'>;
  readonly limits?: { readonly answerMs: number; readonly answerBytes: number; readonly answerTokens: number };
}

const TOO_LONG = Symbol('too long');

/** The body as text, or that it is longer than it may be: then the rest is not read. */
async function bodyOf(response: Response, most: number): Promise<string | typeof TOO_LONG> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the stream and closes the connection.
    if (length > most) return TOO_LONG;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function tokensOf(body: unknown): number | undefined {
  const usage = fieldOf(body, 'usage');
  const total = fieldOf(usage, 'total_tokens');
  return Number.isSafeInteger(total) && (total as number) >= 0 ? (total as number) : undefined;
}

function textOf(body: unknown): string | undefined {
  const choices = fieldOf(body, 'choices');
  const content = Array.isArray(choices) ? fieldOf(fieldOf(choices[0], 'message'), 'content') : undefined;
  return typeof content === 'string' ? content : undefined;
}

/** Words of the runtime's own: ECONNREFUSED, ENOTFOUND. Its messages may hold what was sent. */
function codeOf(error: unknown): string {
  const code = fieldOf(fieldOf(error, 'cause'), 'code') ?? fieldOf(error, 'code');
  return typeof code === 'string' ? code : 'no connection';
}

export class ChatClient {
  readonly #options: ChatClientOptions;
  readonly #limits: NonNullable<ChatClientOptions['limits']>;
  readonly #under: Set<AbortController> = new Set();

  constructor(options: ChatClientOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS.advisers;
  }

  async ask(messages: readonly Message[]): Promise<ChatAnswer> {
    const abort = new AbortController();
    this.#under.add(abort);
    const cancel = this.#options.timers.after(this.#limits.answerMs, () => abort.abort());
    try {
      return await this.#ask(messages, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return { kind: 'slow', why: `no answer within ${this.#limits.answerMs} ms` };
      return { kind: 'failed', why: codeOf(error) };
    } finally {
      cancel();
      this.#under.delete(abort);
    }
  }

  /** What is under way ends now. */
  close(): void {
    for (const abort of this.#under) abort.abort();
  }

  async #ask(messages: readonly Message[], signal: AbortSignal): Promise<ChatAnswer> {
    const { url, model, key, lengthField } = this.#options;
    const { answerBytes, answerTokens } = this.#limits;
    const response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      // A key is for the server that was named, and for no other.
      redirect: 'error',
      signal,
      headers: { 'content-type': 'application/json', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, messages, response_format: { type: 'json_object' }, [lengthField]: answerTokens }),
    });
    if (!response.ok) {
      // Its words are of no use, and the connection is only free for another once they are gone.
      await response.body?.cancel();
      const why = `status ${response.status}`;
      if (response.status !== 429) return { kind: 'failed', why };
      return { kind: 'limited', why, retryAfter: response.headers.get('retry-after') ?? undefined };
    }
    const text = await bodyOf(response, answerBytes);
    if (text === TOO_LONG) return { kind: 'invalid', why: `more than ${answerBytes} bytes` };
    return answerOf(text);
  }
}

function answerOf(text: string): ChatAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'invalid', why: 'the body is not JSON' };
  }
  const said = textOf(body);
  if (said === undefined) return { kind: 'invalid', why: 'no message in it', tokens: tokensOf(body) };
  return { kind: 'said', text: said, tokens: tokensOf(body) };
}
