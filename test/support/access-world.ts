/** HTTP with all that lets people in, over the in-memory ledger, on a clock that stands until it is told; and who asks it. */
import { ApiKeys } from '../../src/access/api-keys.js';
import { z } from 'zod';
import { AdminLinks } from '../../src/access/admin-links.js';
import { Passwords } from '../../src/access/passwords.js';
import { NODE_USERS } from '../../src/access/principal.js';
import type { Role } from '../../src/access/roles.js';
import { SignIns } from '../../src/access/sign-ins.js';
import { hotp, fromBase32, stepOf } from '../../src/access/totp.js';
import { OPERATOR, UserDesk } from '../../src/access/users.js';
import { Cookies } from '../../src/admin/cookies.js';
import { Entrance } from '../../src/admin/entrance.js';
import { fromOf, serveHttp } from '../../src/admin/http.js';
import { Oidc, type OidcOptions } from '../../src/admin/oidc.js';
import { type Route, route } from '../../src/admin/route.js';
import { oidcRoutes } from '../../src/admin/routes/oidc.js';
import { sessionRoutes } from '../../src/admin/routes/session.js';
import { userRoutes } from '../../src/admin/routes/users.js';
import { networkOf } from '../../src/gateway/address-book.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { createLogger, LogLines } from '../../src/runtime/logger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { TokenSigner } from '../../src/storage/tokens/token-signer.js';
import { cookiesOf } from './admin-session.js';
import { emptyFolder } from './ledger-folder.js';

export const NOW_MS = 1_800_000_000_000;
export const PASSWORD = 'correct horse battery';
export const TENANTS = ['north', 'south'] as const;

export interface WorldOptions {
  readonly addresses?: Readonly<Partial<Record<Role, readonly string[]>>>;
  readonly oidc?: Omit<OidcOptions, 'clock' | 'log'>;
}

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** Reads and acts that a page would, with nothing behind them. */
const PROBES: readonly Route[] = [
  route({
    url: '/probe/see',
    tag: 'probe',
    summary: '',
    needs: 'tenants.see',
    answer: z.unknown(),
    handle: async ({ principal }) => principal,
  }),
  route({ url: '/probe/node', tag: 'probe', summary: '', needs: 'node.see', handle: async () => ({}) }),
  route({
    method: 'POST',
    url: '/probe/act',
    tag: 'probe',
    summary: '',
    ...{ needs: 'tenants.act', secondFactor: false },
    handle: async () => ({ done: true }),
  }),
  route({
    ...{ method: 'POST', url: '/probe/trade', tag: 'probe', summary: '', needs: 'tenants.act' },
    handle: async () => ({ done: true }),
  }),
];

export async function accessWorld(options: WorldOptions = {}) {
  const folder = await emptyFolder();
  const clock = new SteppedClock(NOW_MS);
  const ledger = new MemoryLedger();
  for (const id of TENANTS)
    await ledger.createTenant({
      id,
      name: id,
      tier: 'pro',
      signalTimeframe: 'M15',
      strategy: 's',
      symbols: [],
      createdAt: NOW_MS,
    });
  const logged: string[] = [];
  const lines = new LogLines('hidden');
  lines.hear((line) => logged.push(line));
  const log = createLogger('debug', lines);
  const signer = await TokenSigner.open({ folder: folder.path, ledger, clock, log });
  const passwords = new Passwords(entropyIds, { N: 16, r: 1, p: 1 });
  const machine = { ledger, ids: entropyIds, clock, passwords };
  const signIns = new SignIns({ ...machine, signer, networkOf, addresses: options.addresses ?? {} });
  const users = new UserDesk({ ...machine, changed: () => signIns.forget() });
  const links = new AdminLinks(entropyIds, clock);
  const entrance = new Entrance({
    signIns,
    keys: new ApiKeys({ ...machine, barred: () => undefined }),
    verify: (token) => signer.verify(token),
    accounts: (ids) => ledger.accounts(ids),
  });
  const cookies = new Cookies(false);
  let url = '';
  const parts = { signIns, users, links, entrance, cookies, clock, origin: () => url, byProvider: options.oidc !== undefined };
  const oidc = options.oidc && new Oidc({ ...options.oidc, clock, log });
  const http = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, clock },
    authenticate: (request) => entrance.principal(fromOf(request), request.method),
    routes: [...sessionRoutes(parts), ...userRoutes(users), ...PROBES, ...(oidc ? oidcRoutes({ ...parts, oidc }) : [])],
  });
  url = http.url;
  const bodies: string[] = [];

  const ask = async (
    method: string,
    path: string,
    words: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answered> => {
    const content = words.body === undefined ? {} : { 'content-type': 'application/json' };
    const reply = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...content, ...words.headers },
      ...(words.body === undefined ? {} : { body: JSON.stringify(words.body) }),
    });
    const text = await reply.text();
    if (reply.status >= 400) bodies.push(text);
    return { status: reply.status, body: text.startsWith('{') ? JSON.parse(text) : {}, headers: reply.headers };
  };
  const add = async (name: string, role: Role, tenant: string | null = null, more: object = {}) =>
    users.add({ name, role, tenant, password: PASSWORD, ...more }, OPERATOR);
  const enrol = async (name: string): Promise<{ readonly secret: string; readonly recoveryCodes: readonly string[] }> => {
    const { secret } = await users.beginTotp({ name }, OPERATOR);
    const { recoveryCodes } = await users.confirmTotp({ name, code: hotp(fromBase32(secret), stepOf(clock.nowMs())) }, OPERATOR);
    return { secret, recoveryCodes };
  };
  return {
    ...{ clock, ledger, signer, passwords, users, links, logged, bodies, ask, add, enrol },
    get url() {
      return url;
    },
    /** By a code of the step after: the one before was taken. */
    nextCode: (secret: string): string => {
      clock.advanceTo(clock.nowMs() + 30_000);
      return hotp(fromBase32(secret), stepOf(clock.nowMs()));
    },
    tokens: async (name: string, more: object = {}) => {
      const { body } = await ask('POST', '/v1/session', { body: { name, password: PASSWORD, tokens: true, ...more } });
      return {
        token: String(body.token),
        refreshToken: String(body.refreshToken),
        headers: { authorization: `Bearer ${body.token}` },
      };
    },
    page: async (name: string, more: object = {}) => {
      const reply = await fetch(`${url}/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, password: PASSWORD, ...more }),
      });
      const { csrf } = (await reply.json()) as { csrf: string };
      return { set: reply.headers.getSetCookie(), headers: { cookie: cookiesOf(reply), 'x-csrf-token': csrf } };
    },
    owned: NODE_USERS,
    [Symbol.asyncDispose]: async () => {
      await http.close();
      signer.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export type AccessWorld = Awaited<ReturnType<typeof accessWorld>>;
