/** Users as those who may let people in make and change them; every input is checked here, whoever brings it. */
import { z } from 'zod';
import { readWish, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import { sha256Hex } from '../runtime/digest.js';
import type { Ids } from '../runtime/ids.js';
import type { AccessStore, UserChange, UserRow } from '../storage/ledger/access.js';
import { rangeFault } from './address-ranges.js';
import type { Passwords } from './passwords.js';
import { NODE_USERS, reaches, type Reach } from './principal.js';
import { isTenantRole, ROLES, type Role } from './roles.js';
import { otpauthUrl, recoveryCode, recoveryHash, stepOfCode, toBase32 } from './totp.js';

const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._@+-]{0,62}$/,
    'a name is 1 to 63 lower-case letters, digits and . _ @ + -, and begins with a letter or digit',
  )
  .refine((text) => text !== 'link' && text !== 'operator', 'link and operator are nobody’s names');
const role = z.enum(ROLES, `a role is one of ${ROLES.join(', ')}`);
const password = z
  .string()
  .min(12, 'a password has at least 12 characters')
  .max(1_024, 'a password has at most 1,024 characters');
const addresses = z
  .array(z.string().refine((text) => rangeFault(text) === undefined, 'an address is one, or a range like 10.0.0.0/8'))
  .max(64);
const tenant = z.string().max(63).nullable().default(null);

const oneUser = z.strictObject({ name });
const addUser = z.strictObject({
  name,
  role,
  tenant,
  password: password.nullable().default(null),
  addresses: addresses.default([]),
});
const setUser = z.strictObject({ name, role: role.optional(), addresses: addresses.optional() });
const setPassword = z.strictObject({ name, password });
const confirmTotp = z.strictObject({ name, code: z.string().regex(/^\d{6}$/, 'a code has six digits') });

export const USER_INPUTS = {
  'user.add': addUser,
  'user.list': z.unknown(),
  'user.set': setUser,
  'user.remove': oneUser,
  'user.password': setPassword,
  'user.totp': oneUser,
  'user.totp-confirm': confirmTotp,
  'user.totp-off': oneUser,
} as const;
export type UserMethod = keyof typeof USER_INPUTS;

/** A user without what is secret. */
export interface ShownUser {
  readonly name: string;
  /** Null of those who reach all tenants. */
  readonly tenantId: string | null;
  readonly role: Role;
  readonly addresses: readonly string[];
  readonly password: boolean;
  /** A program, which comes with a key and by no password. */
  readonly program: boolean;
  readonly secondFactor: boolean;
  readonly recoveryCodesLeft: number;
  readonly createdAt: number;
}

const KEY = 'key$';

/** As a program's key is kept, in the place of a password. */
export function keptKey(secret: string): string {
  return `${KEY}${sha256Hex(secret)}`;
}

export function isKey(password: string | null): boolean {
  return password?.startsWith(KEY) ?? false;
}

/** Names are one namespace over all tenants: who reaches one tenant names within it, and so never hears what another has taken. */
export function checkName(named: string, { reach }: Changer): void {
  if (reach.kind === 'all' || named.endsWith(`@${reach.tenantId}`)) return;
  throw new SuhoError('USAGE', `what a tenant names ends in @ and the tenant: ${named.split('@')[0]}@${reach.tenantId}`);
}

export function shownUser({ tenantId, totpConfirmed, recovery, password, ...user }: UserRow): ShownUser {
  const { name, role, addresses, createdAt } = user;
  return {
    ...{ name, role, addresses, createdAt },
    tenantId: tenantId === NODE_USERS ? null : tenantId,
    password: password !== null && !isKey(password),
    program: isKey(password),
    secondFactor: totpConfirmed !== null,
    recoveryCodesLeft: recovery.length,
  };
}

export interface UserDeskOptions {
  readonly ledger: Pick<AccessStore, 'addUser' | 'user' | 'listUsers' | 'changeUser' | 'takeCode'>;
  readonly passwords: Passwords;
  readonly ids: Ids;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Told after a user was changed. */
  readonly changed?: () => void;
}

/** Who changes users, and of whom. */
export interface Changer {
  readonly name: string;
  readonly reach: Reach;
}

/** Whoever has the machine. */
export const OPERATOR: Changer = { name: 'operator', reach: { kind: 'all' } };

/** Refuses what needs no ledger to be refused. */
export function checkUserInput(method: UserMethod, input: unknown): void {
  readWish(USER_INPUTS[method], input);
}

export class UserDesk {
  constructor(readonly options: UserDeskOptions) {}

  async add(input: unknown, by: Changer): Promise<ShownUser> {
    const { name, role, tenant, password, addresses } = readWish(addUser, input);
    const { ledger, passwords, clock } = this.options;
    if (isTenantRole(role) !== (tenant !== null))
      throw new SuhoError(
        'USAGE',
        isTenantRole(role) ? `the role ${role} is of a tenant: of which?` : `the role ${role} is of no tenant`,
      );
    const tenantId = tenant ?? NODE_USERS;
    if (!reaches(by.reach, tenantId)) throw new SuhoError('NOT_FOUND', `there is no tenant ${tenant ?? ''}`);
    checkName(name, by);
    const kept = password === null ? null : await passwords.keep(password);
    const user = { name, tenantId, role, addresses, password: kept, createdAt: clock.nowMs() };
    const added = await ledger.addUser(user, by.name);
    if (added === 'exists') throw new SuhoError('CONFLICT', `the name ${name} is taken`);
    return shownUser(added);
  }

  async list({ reach }: Changer, after?: string): Promise<{ readonly rows: readonly ShownUser[]; readonly next?: string }> {
    const of = reach.kind === 'all' ? {} : { tenantId: reach.tenantId };
    const page = await this.options.ledger.listUsers(after === undefined ? of : { ...of, after });
    return { ...page, rows: page.rows.map(shownUser) };
  }

  async one(name: string, by: Changer): Promise<ShownUser> {
    return shownUser(await this.#reached(name, by));
  }

  async set(input: unknown, by: Changer): Promise<ShownUser> {
    const { name, role, addresses } = readWish(setUser, input);
    const user = await this.#reached(name, by);
    if (role !== undefined && isTenantRole(role) !== isTenantRole(user.role))
      throw new SuhoError(
        'CONFLICT',
        `${name} is ${user.tenantId === NODE_USERS ? 'of no tenant' : 'a tenant’s'}, and ${role} would change that`,
      );
    const change = { ...(role === undefined ? {} : { role }), ...(addresses === undefined ? {} : { addresses }) };
    if (Object.keys(change).length === 0) throw new SuhoError('USAGE', 'nothing was named that is to change');
    return shownUser(await this.#change(user, change, by));
  }

  async remove(input: unknown, by: Changer): Promise<null> {
    const user = await this.#reached(readWish(oneUser, input).name, by);
    await this.#change(user, { removedAt: this.options.clock.nowMs() }, by, 'the user was removed');
    return null;
  }

  /** Ends all of the user's sign-ins: whoever knew the password before is out. */
  async setPassword(input: unknown, by: Changer): Promise<null> {
    const { name, password } = readWish(setPassword, input);
    const user = await this.#person(name, by);
    const kept = await this.options.passwords.keep(password);
    await this.#change(user, { password: kept }, by, 'the password was changed');
    return null;
  }

  /** Another secret, which counts once a code of it was shown; what counts now counts until then. */
  async beginTotp(input: unknown, by: Changer): Promise<{ readonly secret: string; readonly url: string }> {
    const user = await this.#person(readWish(oneUser, input).name, by);
    if (user.totpConfirmed !== null) throw new SuhoError('CONFLICT', `${user.name} has a second factor: take it away first`);
    const secret = toBase32(Buffer.from(this.options.ids.secretFor('totp'), 'hex').subarray(0, 20));
    await this.#change(user, { totpSecret: secret }, by);
    return { secret, url: otpauthUrl(user.name, secret) };
  }

  /** Recovery codes, which are shown once and not kept. */
  async confirmTotp(input: unknown, by: Changer): Promise<{ readonly recoveryCodes: readonly string[] }> {
    const { name, code } = readWish(confirmTotp, input);
    const { ledger, ids, clock } = this.options;
    const user = await this.#reached(name, by);
    if (user.totpSecret === null || user.totpConfirmed !== null)
      throw new SuhoError('CONFLICT', `${name} is not about to have a second factor`);
    const nowMs = clock.nowMs();
    const step = stepOfCode(user.totpSecret, code, nowMs);
    if (step === undefined || !(await ledger.takeCode(name, step, nowMs)))
      throw new SuhoError('CONFLICT', 'the code is not right');
    const recoveryCodes = Array.from({ length: LIMITS.access.recoveryCodes }, () =>
      recoveryCode(Buffer.from(ids.secretFor('recovery'), 'hex')),
    );
    await this.#change(user, { totpConfirmed: nowMs, recovery: recoveryCodes.map(recoveryHash) }, by);
    return { recoveryCodes };
  }

  async endTotp(input: unknown, by: Changer): Promise<null> {
    const user = await this.#reached(readWish(oneUser, input).name, by);
    await this.#change(user, { totpSecret: null, totpConfirmed: null, recovery: [] }, by, 'the second factor was taken away');
    return null;
  }

  async #reached(name: string, { reach }: Changer): Promise<UserRow> {
    const user = await this.options.ledger.user(name);
    if (user === undefined || !reaches(reach, user.tenantId)) throw new SuhoError('NOT_FOUND', `there is no user ${name}`);
    return user;
  }

  /** Of a program there is a key, and nothing to know or to show. */
  async #person(name: string, by: Changer): Promise<UserRow> {
    const user = await this.#reached(name, by);
    if (isKey(user.password)) throw new SuhoError('CONFLICT', `${name} is a program, which comes with a key`);
    return user;
  }

  async #change({ name }: UserRow, change: UserChange, by: Changer, ends?: string): Promise<UserRow> {
    const told = { by: by.name, atMs: this.options.clock.nowMs(), ...(ends === undefined ? {} : { ends }) };
    const changed = await this.options.ledger.changeUser(name, change, told);
    this.options.changed?.();
    if (changed === undefined) throw new SuhoError('NOT_FOUND', `there is no user ${name}`);
    return changed;
  }
}

/** What the command line asks of a running node, or of the ledger where none runs. */
export function userMethods(desk: UserDesk): Readonly<Record<UserMethod, (input: unknown) => Promise<unknown>>> {
  return {
    'user.add': (input) => desk.add(input, OPERATOR),
    'user.list': (input) => desk.list(OPERATOR, typeof input === 'string' ? input : undefined),
    'user.set': (input) => desk.set(input, OPERATOR),
    'user.remove': (input) => desk.remove(input, OPERATOR),
    'user.password': (input) => desk.setPassword(input, OPERATOR),
    'user.totp': (input) => desk.beginTotp(input, OPERATOR),
    'user.totp-confirm': (input) => desk.confirmTotp(input, OPERATOR),
    'user.totp-off': (input) => desk.endTotp(input, OPERATOR),
  };
}
