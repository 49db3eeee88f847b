/**
 * Signing in and staying so. Whoever signs in is given two secrets: an access token, signed, which lives for 15 minutes and is shown
 * with every request; and a refresh token, of which the ledger keeps the hash of the newest, and which is worth one refresh. Who
 * comes with one that has been used has either lost it or taken it, so the sign-in ends, for both.
 *
 * An access token names its sign-in and nothing more: role, tenant, addresses and end are looked up, at most `knownMs` old, so
 * who is removed or changed is so at once, not after 15 minutes. Times are the machine's: people have clocks, whatever time the
 * engine's is.
 */
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import { sha256Hex } from '../runtime/digest.js';
import type { Ids } from '../runtime/ids.js';
import type { AccessStore, SignInRow, UserRow } from '../storage/ledger/access.js';
import { mayComeFrom } from './address-ranges.js';
import { Attempts } from './attempts.js';
import type { Passwords } from './passwords.js';
import type { Principal } from './principal.js';
import { isTenantRole, type Role } from './roles.js';
import { recoveryHash, stepOfCode } from './totp.js';

export type AccessLedger = Pick<
  AccessStore,
  'user' | 'takeCode' | 'takeRecovery' | 'openSignIn' | 'signIn' | 'refreshSignIn' | 'markSecondFactor' | 'endSignIn'
>;

/** Signs what it is given under a type of token, and opens what it, or another node, has signed. */
export interface BodySigner {
  sign(type: string, body: object): string;
  open(
    type: string,
    text: string,
  ): Promise<{ readonly kind: 'valid'; readonly body: Readonly<Record<string, unknown>> } | { readonly kind: 'refused' }>;
}

export interface SignInsOptions {
  readonly ledger: AccessLedger;
  readonly signer: BodySigner;
  readonly passwords: Passwords;
  /** Of a machine's entropy, whatever the engine's are. */
  readonly ids: Ids;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Who counts as one of those who try in vain. */
  readonly networkOf: (address: string) => string;
  /** Ranges that a role may come from, beside each user's own; a role that is not named may come from everywhere. */
  readonly addresses?: Readonly<Partial<Record<Role, readonly string[]>>>;
}

export interface SignedIn {
  readonly kind: 'in';
  readonly known: KnownSignIn;
  readonly access: string;
  readonly accessExpiresMs: number;
  readonly refresh: string;
  readonly refreshExpiresMs: number;
}

export type SignInAnswer =
  | SignedIn
  /** Name, password, code or address: which of them is not told. */
  | { readonly kind: 'refused' }
  /** The password is right, and a code is wanted. */
  | { readonly kind: 'code-wanted' }
  | { readonly kind: 'wait'; readonly waitMs: number };

export interface KnownSignIn {
  readonly principal: Principal;
  readonly id: string;
  readonly csrf: string;
}

export interface SignInWords {
  readonly name: string;
  readonly password: string;
  readonly code?: string | undefined;
  readonly address: string;
}

/** Whom somebody else has vouched for: the provider of OIDC, or the link that a node prints. */
export interface Vouched {
  readonly name: string;
  readonly tenantId: string;
  readonly role: Role;
  readonly secondFactorAt: number | null;
  readonly address: string;
}

interface Looked {
  readonly row: SignInRow;
  /** Undefined where the sign-in is nobody's of the users. */
  readonly user: UserRow | undefined;
  readonly readMs: number;
}

const TYPE = 'suho-user+jwt';
const REFRESH = /^([0-9a-f-]{36})\.([0-9a-f]{64})$/;
const { triesOfName, triesOfNetwork, tryFirstMs, tryMostMs, triesForgivenMs, triesKept } = LIMITS.access;
const TRIES = { firstMs: tryFirstMs, mostMs: tryMostMs, forgivenMs: triesForgivenMs, kept: triesKept };

export class SignIns {
  readonly #options: SignInsOptions;
  readonly #names = new Attempts({ ...TRIES, free: triesOfName });
  readonly #networks = new Attempts({ ...TRIES, free: triesOfNetwork });
  readonly #looked = new Map<string, Looked>();

  constructor(options: SignInsOptions) {
    this.#options = options;
  }

  async signIn({ name, password, code, address }: SignInWords): Promise<SignInAnswer> {
    const { ledger, passwords, clock } = this.#options;
    const network = this.#options.networkOf(address);
    const wait = this.#try(name, network);
    if (wait > 0) return { kind: 'wait', waitMs: wait };
    const user = await ledger.user(name);
    const right = await passwords.right(password, user?.password ?? null);
    if (user === undefined || !right || !this.#mayCome(user, user.role, address)) return { kind: 'refused' };
    const enrolled = user.totpConfirmed !== null;
    if (enrolled && code === undefined) {
      this.#takeBack(name, network);
      return { kind: 'code-wanted' };
    }
    if (enrolled && !(await this.#takeCode(user, code ?? ''))) return { kind: 'refused' };
    this.#names.forget(name);
    this.#networks.takeBack(network);
    const secondFactorAt = enrolled ? clock.nowMs() : null;
    return this.#open({ name, tenantId: user.tenantId, role: null, secondFactorAt, address }, user);
  }

  vouched(vouched: Vouched): Promise<SignedIn> {
    return this.#open(vouched, undefined);
  }

  /** Who shows the access token, from where it may be shown. */
  async authenticate(token: string, address: string): Promise<KnownSignIn | undefined> {
    const opened = await this.#options.signer.open(TYPE, token);
    if (opened.kind === 'refused') return undefined;
    const { sid, exp } = opened.body;
    const nowMs = this.#options.clock.nowMs();
    if (typeof sid !== 'string' || typeof exp !== 'number' || exp * 1_000 <= nowMs) return undefined;
    const looked = await this.#look(sid, nowMs);
    return looked === undefined ? undefined : this.#known(looked, address);
  }

  async refresh(token: string, address: string): Promise<SignedIn | undefined> {
    const [, id = '', secret = ''] = REFRESH.exec(token) ?? [];
    const { ledger, ids, clock } = this.#options;
    const before = secret === '' ? undefined : await ledger.signIn(id);
    if (before === undefined) return undefined;
    const next = ids.secretFor('refresh');
    const atMs = clock.nowMs();
    const expiresAt = Math.min(atMs + LIMITS.access.refreshMs, before.createdAt + LIMITS.access.signInMs);
    const answer = await ledger.refreshSignIn(id, { from: sha256Hex(secret), to: sha256Hex(next), atMs, expiresAt });
    this.#looked.delete(id);
    if (answer.kind !== 'refreshed') return undefined;
    const looked = await this.#look(id, atMs);
    const known = looked && this.#known(looked, address);
    return known && this.#given(known, answer.row, next);
  }

  /** Whether the code was right; it counts from now on. */
  async secondFactor({ id, principal: { name } }: KnownSignIn, code: string): Promise<boolean | { readonly waitMs: number }> {
    const { ledger, clock } = this.#options;
    const waitMs = this.#tryName(name);
    if (waitMs > 0) return { waitMs };
    const user = await ledger.user(name);
    if (user === undefined || user.totpConfirmed === null || !(await this.#takeCode(user, code))) return false;
    this.#names.forget(name);
    this.#looked.delete(id);
    return ledger.markSecondFactor(id, clock.nowMs());
  }

  /** Whether the password is the one that the sign-in's user has. */
  async ownPassword({ principal: { name } }: KnownSignIn, password: string): Promise<boolean | { readonly waitMs: number }> {
    const { ledger, passwords } = this.#options;
    const waitMs = this.#tryName(name);
    if (waitMs > 0) return { waitMs };
    const user = await ledger.user(name);
    if (!(await passwords.right(password, user?.password ?? null))) return false;
    this.#names.forget(name);
    return true;
  }

  /** In the place of a sign-in that has ended with its user's others: undefined where there is no such user any more. */
  async anew({ principal: { name, secondFactorMs } }: KnownSignIn, address: string): Promise<SignedIn | undefined> {
    const user = await this.#options.ledger.user(name);
    if (user === undefined) return undefined;
    return this.#open({ name, tenantId: user.tenantId, role: null, secondFactorAt: secondFactorMs, address }, user);
  }

  async signOut({ id }: Pick<KnownSignIn, 'id'>): Promise<void> {
    await this.#options.ledger.endSignIn(id, 'signed out', this.#options.clock.nowMs());
    this.#looked.delete(id);
  }

  /** What was read of sign-ins is read again: a user was changed here. */
  forget(): void {
    this.#looked.clear();
  }

  /** How long to wait; where that is not at all, the try counts. */
  #tryName(name: string): number {
    const nowMs = this.#options.clock.nowMs();
    const wait = this.#names.waitMs(name, nowMs);
    if (wait === 0) this.#names.count(name, nowMs);
    return wait;
  }

  /** How long to wait; where that is not at all, the try counts from now on. */
  #try(name: string, network: string): number {
    const nowMs = this.#options.clock.nowMs();
    const wait = Math.max(this.#names.waitMs(name, nowMs), this.#networks.waitMs(network, nowMs));
    if (wait > 0) return wait;
    this.#names.count(name, nowMs);
    this.#networks.count(network, nowMs);
    return 0;
  }

  #takeBack(name: string, network: string): void {
    this.#names.takeBack(name);
    this.#networks.takeBack(network);
  }

  async #takeCode({ name, totpSecret }: UserRow, code: string): Promise<boolean> {
    const { ledger, clock } = this.#options;
    const nowMs = clock.nowMs();
    if (!/^\d{6}$/.test(code)) return ledger.takeRecovery(name, recoveryHash(code), nowMs);
    const step = totpSecret === null ? undefined : stepOfCode(totpSecret, code, nowMs);
    return step !== undefined && ledger.takeCode(name, step, nowMs);
  }

  async #open(
    { name, tenantId, role, secondFactorAt, address }: Omit<Vouched, 'role'> & { readonly role: Role | null },
    user: UserRow | undefined,
  ): Promise<SignedIn> {
    const { ledger, ids, clock } = this.#options;
    const createdAt = clock.nowMs();
    const refresh = ids.secretFor('refresh');
    const row = {
      ...{ id: ids.idFor('sign-in', createdAt), name, tenantId, role, secondFactorAt, createdAt },
      refreshHash: sha256Hex(refresh),
      csrf: ids.secretFor('csrf'),
      expiresAt: createdAt + LIMITS.access.refreshMs,
    };
    await ledger.openSignIn(row, address);
    const looked = { row: { ...row, endedAt: null, endedWhy: null }, user, readMs: createdAt };
    return this.#given(knownOf(looked), looked.row, refresh);
  }

  #given(known: KnownSignIn, { id, expiresAt }: SignInRow, refresh: string): SignedIn {
    const { signer, clock } = this.#options;
    const issued = Math.floor(clock.nowMs() / 1_000);
    const expires = issued + LIMITS.tokens.lifeMs / 1_000;
    return {
      kind: 'in',
      known,
      access: signer.sign(TYPE, { sid: id, iat: issued, exp: expires }),
      accessExpiresMs: expires * 1_000,
      refresh: `${id}.${refresh}`,
      refreshExpiresMs: expiresAt,
    };
  }

  async #look(id: string, nowMs: number): Promise<Looked | undefined> {
    const held = this.#looked.get(id);
    if (held !== undefined && nowMs - held.readMs < LIMITS.access.knownMs) return held;
    this.#looked.delete(id);
    const { ledger } = this.#options;
    const row = await ledger.signIn(id);
    if (row === undefined || row.endedAt !== null || row.expiresAt <= nowMs) return undefined;
    const user = row.role === null ? await ledger.user(row.name) : undefined;
    if (row.role === null && user === undefined) return undefined;
    const looked = { row, user, readMs: nowMs };
    this.#looked.set(id, looked);
    const [oldest] = this.#looked.keys();
    if (this.#looked.size > LIMITS.access.known && oldest !== undefined) this.#looked.delete(oldest);
    return looked;
  }

  #known(looked: Looked, address: string): KnownSignIn | undefined {
    const known = knownOf(looked);
    return this.#mayCome(looked.user, known.principal.role, address) ? known : undefined;
  }

  #mayCome(user: UserRow | undefined, role: Role, address: string): boolean {
    return mayComeFrom(user?.addresses ?? [], address) && mayComeFrom(this.#options.addresses?.[role] ?? [], address);
  }
}

function knownOf({ row, user }: Looked): KnownSignIn {
  const { id, name, tenantId, csrf, secondFactorAt } = row;
  const role = (row.role ?? user?.role) as Role;
  const reach = isTenantRole(role) ? ({ kind: 'tenant', tenantId } as const) : ({ kind: 'all' } as const);
  return { id, csrf, principal: { name, role, reach, secondFactorMs: secondFactorAt } };
}
