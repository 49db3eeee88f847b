/**
 * One POST of JSON to a server outside: within its time, without following redirects, its answer read up to a bound. What the
 * server says gets into no sentence, since it may repeat what it was sent.
 */
import { LIMITS } from '../../limits.js';
import type { Timers } from '../../runtime/clock.js';
import { ChannelFault } from './channel.js';

export interface HttpCall {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timers: Pick<Timers, 'after'>;
  readonly timeoutMs?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number;
}

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > LIMITS.alerts.answerBytes) throw new ChannelFault('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Words of the runtime's own, such as ECONNREFUSED: its messages may hold the address, and with it a token. */
function codeOf(error: unknown): string {
  const { cause, code } = error as { cause?: { code?: unknown }; code?: unknown };
  const found = cause?.code ?? code;
  return typeof found === 'string' ? found : 'no connection';
}

export async function postJson({ url, body, headers, timers, timeoutMs, signal }: HttpCall): Promise<HttpAnswer> {
  const abort = new AbortController();
  const most = timeoutMs ?? LIMITS.alerts.sendMs;
  const cancel = timers.after(most, () => abort.abort());
  const end = (): void => abort.abort();
  signal?.addEventListener('abort', end);
  if (signal?.aborted) abort.abort();
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: abort.signal,
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const retryAfterMs = 1_000 * Number(response.headers.get('retry-after') ?? 0) || 0;
    return { status: response.status, text: await bodyOf(response), retryAfterMs };
  } catch (error) {
    if (error instanceof ChannelFault) throw error;
    if (signal?.aborted) throw new ChannelFault('it was ended');
    throw new ChannelFault(abort.signal.aborted ? `no answer within ${most / 1_000} s` : codeOf(error));
  } finally {
    cancel();
    signal?.removeEventListener('abort', end);
  }
}

/** The answer's own sentence is not told; its status is. */
export function refusedBy({ status, retryAfterMs }: HttpAnswer): ChannelFault {
  const what = status >= 300 && status < 400 ? `it redirects (${status}), which is not followed` : `it answers ${status}`;
  return new ChannelFault(what, retryAfterMs, status);
}
