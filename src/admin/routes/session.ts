/** Coming in, staying in, going out; and one's own second factor. */
import { z } from 'zod';
import type { AdminLinks } from '../../access/admin-links.js';
import { TooBusy } from '../../access/passwords.js';
import { NODE_USERS } from '../../access/principal.js';
import type { KnownSignIn, SignedIn, SignInAnswer, SignIns } from '../../access/sign-ins.js';
import { ROLES } from '../../access/roles.js';
import type { UserDesk } from '../../access/users.js';
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import { carriedBy, type Cookies } from '../cookies.js';
import { type Entrance, refuseForeign } from '../entrance.js';
import { Refusal } from '../problem.js';
import { type From, Reply, type Route, route } from '../route.js';

export interface SessionParts {
  readonly signIns: SignIns;
  readonly users: UserDesk;
  readonly links: AdminLinks;
  readonly entrance: Entrance;
  readonly cookies: Cookies;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether an OpenID provider vouches for people here. */
  readonly byProvider: boolean;
}

const me = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  tenantId: z.string().nullable(),
  secondFactorUntilMs: z.number().nullable(),
  csrf: z.string().nullable(),
});
const given = me.extend({
  token: z.string().optional(),
  expiresMs: z.number().optional(),
  refreshToken: z.string().optional(),
  refreshExpiresMs: z.number().optional(),
});
const code = z.string().trim().min(6).max(64);
const words = z.strictObject({
  name: z.string().trim().toLowerCase().max(63),
  password: z.string().max(1_024),
  totp: code.optional().describe('Six digits, or a recovery code.'),
  tokens: z.boolean().default(false).describe('Answer tokens, for a program, and set no cookies.'),
});
/** Nothing of it is kept by whoever it passes. */
const UNKEPT = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function shown({ principal, csrf }: KnownSignIn): z.output<typeof me> {
  const { name, role, reach, secondFactorMs } = principal;
  const secondFactorUntilMs = secondFactorMs === null ? null : secondFactorMs + LIMITS.access.secondFactorMs;
  return { name, role, tenantId: reach.kind === 'all' ? null : reach.tenantId, secondFactorUntilMs, csrf };
}

const later = (waitMs: number): Readonly<Record<string, string>> => ({ 'retry-after': String(Math.ceil(waitMs / 1_000)) });

function letIn(answer: SignInAnswer): SignedIn {
  if (answer.kind === 'in') return answer;
  if (answer.kind === 'wait') throw new Refusal(429, 'too many tries in vain: wait', later(answer.waitMs));
  if (answer.kind === 'code-wanted') throw new Refusal(401, 'a code of the second factor is wanted', {}, 'SECOND_FACTOR');
  throw new Refusal(401, 'name, password or code is not right, or not from here', {}, 'NOT_LET_IN');
}

async function unlessBusy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TooBusy) throw new Refusal(503, error.message, later(1_000));
    throw error;
  }
}

async function mine({ entrance }: SessionParts, from: From, method: string): Promise<KnownSignIn> {
  const known = await entrance.known(from, method);
  if (known === undefined) throw new Refusal(403, 'this is for users, who sign in');
  return known;
}

/** Of who is no user here, as the link's owner, nothing is kept. */
async function ownFactor({ users }: SessionParts, { principal }: KnownSignIn) {
  try {
    const { secondFactor, recoveryCodesLeft } = await users.one(principal.name, principal);
    return { mayHave: true, enrolled: secondFactor, recoveryCodesLeft };
  } catch (error) {
    if (!(error instanceof SuhoError) || error.code !== 'NOT_FOUND') throw error;
    return { mayHave: false, enrolled: false, recoveryCodesLeft: 0 };
  }
}

/** Own second factor: one that counts already is taken away by whoever may change users. */
function factorRoutes(parts: SessionParts): readonly Route[] {
  const { users, signIns } = parts;
  const shared = { method: 'POST', tag: 'session', needs: 'tenants.see' } as const;
  return [
    route({
      ...shared,
      url: '/v1/session/second-factor',
      summary: 'Shows a code of the second factor, which then counts for a while.',
      body: z.strictObject({ code }),
      answer: me,
      handle: async ({ from, body }) => {
        const known = await mine(parts, from, 'POST');
        const right = await signIns.secondFactor(known, body.code);
        if (typeof right === 'object') throw new Refusal(429, 'too many tries in vain: wait', later(right.waitMs));
        if (!right) throw new Refusal(403, 'the code is not right, or was taken before', {}, 'SECOND_FACTOR');
        return shown(await mine(parts, from, 'POST'));
      },
    }),
    route({
      ...shared,
      method: 'GET',
      url: '/v1/session/totp',
      summary: 'Whether one has a second factor here, or may have one.',
      answer: z.object({
        mayHave: z.boolean().describe('Not of who came by the link or by a provider.'),
        enrolled: z.boolean(),
        recoveryCodesLeft: z.int(),
      }),
      handle: async ({ from }) => new Reply(await ownFactor(parts, await mine(parts, from, 'GET')), { headers: UNKEPT }),
    }),
    route({
      ...shared,
      url: '/v1/session/totp',
      summary: 'Begins a second factor of one’s own: a secret for an authenticator.',
      answer: z.object({ secret: z.string(), url: z.string() }),
      handle: async ({ from, principal }) => {
        const { name } = (await mine(parts, from, 'POST')).principal;
        return new Reply(await users.beginTotp({ name }, principal), { headers: UNKEPT });
      },
    }),
    route({
      ...shared,
      url: '/v1/session/totp/confirm',
      summary: 'Shows its first code; from then on it counts. Answers recovery codes, once.',
      body: z.strictObject({ code: z.string().regex(/^\d{6}$/) }),
      answer: z.object({ recoveryCodes: z.array(z.string()) }),
      handle: async ({ from, principal, body }) => {
        const { name } = (await mine(parts, from, 'POST')).principal;
        return new Reply(await users.confirmTotp({ name, code: body.code }, principal), { headers: UNKEPT });
      },
    }),
  ];
}

/** To the page as cookies, to a program as tokens. */
function handed({ cookies, clock }: SessionParts, into: SignedIn, tokens: boolean): Reply {
  const { access, accessExpiresMs, refresh, refreshExpiresMs } = into;
  const own = shown(into.known);
  if (!tokens) return new Reply(own, { headers: UNKEPT, cookies: cookies.given(into, clock.nowMs()) });
  const both = { token: access, expiresMs: accessExpiresMs, refreshToken: refresh, refreshExpiresMs };
  return new Reply({ ...own, ...both }, { headers: UNKEPT });
}

function passwordRoute(parts: SessionParts): Route {
  const { users, signIns } = parts;
  return route({
    method: 'POST',
    url: '/v1/me/password',
    tag: 'session',
    summary: 'Another password of one’s own, for the old one: all other sign-ins end, and this one goes on under new tokens.',
    needs: 'tenants.see',
    body: z.strictObject({ old: z.string().max(1_024), password: z.string().max(1_024) }),
    answer: given,
    handle: async ({ from, body: { old, password } }) => {
      const known = await mine(parts, from, 'POST');
      const right = await unlessBusy(signIns.ownPassword(known, old));
      if (typeof right === 'object') throw new Refusal(429, 'too many tries in vain: wait', later(right.waitMs));
      if (!right) throw new Refusal(403, 'the old password is not right', {}, 'NOT_LET_IN');
      const { name } = known.principal;
      await unlessBusy(users.setPassword({ name, password }, known.principal));
      const into = await signIns.anew(known, from.address);
      if (into === undefined) throw new Refusal(401, 'sign in again', { 'www-authenticate': 'Bearer' });
      return handed(parts, into, from.headers.authorization !== undefined);
    },
  });
}

export function sessionRoutes(parts: SessionParts): readonly Route[] {
  const { signIns, links, cookies, clock } = parts;

  return [
    route({
      url: '/v1/session',
      tag: 'session',
      summary: 'Whether a browser is signed in, may be again by its refresh token, and how else it can be.',
      needs: 'anyone',
      answer: z.object({ me: me.nullable(), renewable: z.boolean(), oidc: z.boolean() }),
      handle: async ({ from }) => {
        const known = await parts.entrance.known(from, 'GET');
        const told = {
          me: known === undefined ? null : shown(known),
          renewable: carriedBy(from).refresh !== undefined,
          oidc: parts.byProvider,
        };
        return new Reply(told, { headers: UNKEPT });
      },
    }),
    route({
      method: 'POST',
      url: '/v1/session',
      tag: 'session',
      summary: 'Signs in by name and password, and a code where there is a second factor.',
      needs: 'anyone',
      body: words,
      answer: given,
      handle: async ({ body: { name, password, totp, tokens }, from }) => {
        refuseForeign(from, 'POST');
        const asked = signIns.signIn({ name, password, code: totp, address: from.address });
        return handed(parts, letIn(await unlessBusy(asked)), tokens);
      },
    }),
    route({
      method: 'POST',
      url: '/v1/session/refresh',
      tag: 'session',
      summary: 'Another access token and another refresh token for the newest; one that was used before ends the sign-in.',
      needs: 'anyone',
      body: z.strictObject({ refreshToken: z.string().max(256).optional() }).optional(),
      answer: given,
      handle: async ({ body, from }) => {
        refuseForeign(from, 'POST');
        const token = body?.refreshToken ?? carriedBy(from).refresh;
        const into = token === undefined ? undefined : await signIns.refresh(token, from.address);
        if (into === undefined) throw new Refusal(401, 'sign in again', { 'www-authenticate': 'Bearer' });
        return handed(parts, into, body?.refreshToken !== undefined);
      },
    }),
    route({
      method: 'DELETE',
      url: '/v1/session',
      tag: 'session',
      summary: 'Signs out.',
      needs: 'tenants.see',
      handle: async ({ from }) => {
        await signIns.signOut(await mine(parts, from, 'DELETE'));
        return new Reply(null, { status: 204, cookies: cookies.taken() });
      },
    }),
    route({
      url: '/v1/me',
      tag: 'session',
      summary: 'Who asks, and what the page sends with what it changes.',
      needs: 'tenants.see',
      answer: me,
      handle: async ({ from, principal }) => {
        const known = await parts.entrance.known(from, 'GET');
        return new Reply(shown(known ?? { principal, id: '', csrf: '' }), { headers: UNKEPT });
      },
    }),
    route({
      url: '/enter/:token',
      tag: 'session',
      summary: 'The link that a node prints for whoever has its machine: works once.',
      needs: 'anyone',
      params: z.strictObject({ token: z.string().max(128) }),
      handle: async ({ params, from }) => {
        if (!links.use(params.token)) throw new Refusal(401, 'this link is over: suho admin link prints another');
        // Whoever reads what the node prints has the machine: that is what a second factor is to show.
        const vouched = { name: 'link', tenantId: NODE_USERS, role: 'owner', secondFactorAt: clock.nowMs() } as const;
        const into = await signIns.vouched({ ...vouched, address: from.address });
        return new Reply('', { status: 303, headers: { ...UNKEPT, location: '/' }, cookies: cookies.given(into, clock.nowMs()) });
      },
    }),
    passwordRoute(parts),
    ...factorRoutes(parts),
  ];
}
