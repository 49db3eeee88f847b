/**
 * Who asks over HTTP, by what a request carries: the access token of a user, as a bearer or in the page's cookie; or the token of
 * an EA, which is worth what its session is. What came with a cookie came by itself, so where it would change something the page
 * must say its own word too, and a browser must not say that another site asked.
 */
import { timingSafeEqual } from 'node:crypto';
import type { ApiKeys } from '../access/api-keys.js';
import type { Principal } from '../access/principal.js';
import type { KnownSignIn, SignIns } from '../access/sign-ins.js';
import type { TokenVerdict } from '../accounts/tokens.js';
import type { AccountRow } from '../storage/ledger/ledger.js';
import { carriedBy } from './cookies.js';
import { Refusal } from './problem.js';
import type { From } from './route.js';

export interface EntranceOptions {
  readonly signIns: SignIns;
  readonly keys: Pick<ApiKeys, 'principal'>;
  readonly verify: (token: string) => Promise<TokenVerdict>;
  readonly accounts: (ids: readonly string[]) => Promise<readonly AccountRow[]>;
}

const READING = new Set(['GET', 'HEAD']);

/** A browser tells whether another site asked; what is no browser tells nothing. */
export function refuseForeign({ headers }: From, method: string): void {
  const site = headers['sec-fetch-site'];
  if (!READING.has(method) && site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new Refusal(403, 'another site may not ask this');
}

export class Entrance {
  constructor(readonly options: EntranceOptions) {}

  async principal(from: From, method: string): Promise<Principal | undefined> {
    const known = await this.known(from, method);
    if (known !== undefined) return known.principal;
    const token = bearer(from);
    if (token === undefined) return undefined;
    return (await this.options.keys.principal(token, from.address)) ?? this.#ea(token);
  }

  /** The user's sign-in; an EA has none. */
  async known(from: From, method: string): Promise<KnownSignIn | undefined> {
    const { signIns } = this.options;
    const token = bearer(from);
    if (token !== undefined) return signIns.authenticate(token, from.address);
    const { session } = carriedBy(from);
    if (session === undefined) return undefined;
    refuseForeign(from, method);
    const known = await signIns.authenticate(session, from.address);
    if (known !== undefined && !READING.has(method) && !same(known.csrf, from.headers['x-csrf-token']))
      throw new Refusal(403, 'the header x-csrf-token is not the one of this sign-in', {}, 'CSRF');
    return known;
  }

  /** As long as its session owns the account: a key that was revoked, or another session, has raised the epoch. */
  async #ea(token: string): Promise<Principal | undefined> {
    const verdict = await this.options.verify(token);
    if (verdict.kind === 'refused') return undefined;
    const { accountId, tenantId, epoch } = verdict.claims;
    const [account] = await this.options.accounts([accountId]);
    if (account === undefined || account.tenantId !== tenantId || account.epoch !== epoch) return undefined;
    return { name: accountId, role: 'tenant-reader', reach: { kind: 'account', tenantId, accountId }, secondFactorMs: null };
  }
}

function bearer({ headers: { authorization } }: From): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
}

function same(wanted: string, shown: string | string[] | undefined): boolean {
  if (typeof shown !== 'string' || shown.length !== wanted.length) return false;
  return timingSafeEqual(Buffer.from(shown), Buffer.from(wanted));
}
