/** What the node answers over HTTP: requests with the cookie of the session, problems as sentences. */
import { addressOf, type Words } from './address.js';
import type { Address, Me, Told } from './answers.js';
import { session } from './session.js';

/** A problem as the node tells it, or why nothing was answered at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

async function problemOf(response: Response): Promise<ApiError> {
  const told = (await response.json().catch(() => ({}))) as { detail?: string; title?: string; code?: string };
  const detail = told.detail ?? told.title ?? `the node answered ${response.status}`;
  return new ApiError(response.status, detail, told.code);
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const csrf = session.value.me?.csrf;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['x-csrf-token'] = csrf;
  try {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    return await fetch(path, { method, headers, credentials: 'same-origin', ...init });
  } catch {
    throw new ApiError(0, 'the node does not answer');
  }
}

async function standing(): Promise<Told<'/v1/session'>> {
  const response = await send('GET', '/v1/session');
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Told<'/v1/session'>;
}

/** Each refresh token is worth one refresh: of all tabs one uses it, and the others find that they are in again. */
async function entered(): Promise<void> {
  const { me, renewable, oidc } = await standing();
  if (me !== null || !renewable) return session.set({ known: true, me: me ?? undefined, oidc });
  const response = await send('POST', '/v1/session/refresh', {});
  session.set({ known: true, me: response.ok ? ((await response.json()) as Me) : undefined, oidc });
}

/** One question for however many requests found the session over. */
let asking: Promise<void> | undefined;

/** Who looks at the page, by what the browser carries. */
export function askWho(): Promise<void> {
  asking ??= Promise.resolve(
    navigator.locks === undefined ? entered() : navigator.locks.request('suho.session', entered),
  ).finally(() => {
    asking = undefined;
  });
  return asking;
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response = await send(method, path, body);
  if (response.status === 401 && path !== '/v1/session') {
    await askWho();
    if (session.value.me !== undefined) response = await send(method, path, body);
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export function get<A extends Address>(address: A, words: Words = {}): Promise<Told<A>> {
  return call('GET', addressOf(address, words));
}

export function post<T = unknown>(path: string, body?: unknown): Promise<T> {
  return call('POST', path, body);
}

export function patch<T = unknown>(path: string, body: unknown): Promise<T> {
  return call('PATCH', path, body);
}

export function remove<T = unknown>(path: string, body?: unknown): Promise<T> {
  return call('DELETE', path, body);
}
