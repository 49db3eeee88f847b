/**
 * Long-lived keys of programs. A program is a user that comes with a key: named, bound to a role and to addresses, removed like any
 * other. The key is 256 random bits, so its plain hash is enough; it is shown once. It has no second factor, so it never trades.
 */
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { readWish, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { AccessStore, UserRow } from '../storage/ledger/access.js';
import { mayComeFrom, rangeFault } from './address-ranges.js';
import { NODE_USERS, type Principal, reaches } from './principal.js';
import { isTenantRole, ROLES } from './roles.js';
import { type Changer, checkName, isKey, keptKey, type ShownUser, shownUser } from './users.js';

const name = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9][a-z0-9-]*(@[a-z0-9-]+)?$/,
    'a key’s name is 1 to 63 lower-case letters, digits and dashes, and may end in @TENANT',
  );
const adding = z.strictObject({
  name,
  role: z.enum(ROLES),
  tenant: z.string().max(63).nullable().default(null),
  addresses: z.array(z.string().refine((text) => rangeFault(text) === undefined, 'an address is one, or a range')).max(64),
});
/** `suho_NAME.SECRET`; in it the @ of a name is a dot, which no name has. */
const KEY = /^suho_([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)?)\.([0-9a-f]{64})$/;

export interface ApiKeysOptions {
  readonly ledger: Pick<AccessStore, 'addUser' | 'user' | 'listUsers' | 'changeUser'>;
  readonly ids: Pick<Ids, 'secretFor'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Why the tenant's programs may not ask; undefined where its tier has the interface. */
  readonly barred: (tenantId: string) => string | undefined;
}

export interface IssuedKey {
  readonly user: ShownUser;
  readonly key: string;
}

export class ApiKeys {
  readonly #known = new Map<string, { readonly user: UserRow | undefined; readonly readMs: number }>();

  constructor(readonly options: ApiKeysOptions) {}

  async add(input: unknown, by: Changer): Promise<IssuedKey> {
    const { tenant, ...wished } = readWish(adding, input);
    const { ledger, ids, clock, barred } = this.options;
    if (isTenantRole(wished.role) !== (tenant !== null))
      throw new SuhoError('USAGE', `the role ${wished.role} is ${tenant === null ? 'of a tenant: of which?' : 'of no tenant'}`);
    const tenantId = tenant ?? NODE_USERS;
    if (!reaches(by.reach, tenantId)) throw new SuhoError('NOT_FOUND', `there is no tenant ${tenant ?? ''}`);
    const why = tenant === null ? undefined : barred(tenant);
    if (why !== undefined) throw new SuhoError('CONFLICT', why);
    checkName(wished.name, by);
    const secret = ids.secretFor('api-key');
    const user = { ...wished, tenantId, password: keptKey(secret), createdAt: clock.nowMs() };
    const added = await ledger.addUser(user, by.name);
    if (added === 'exists') throw new SuhoError('CONFLICT', `the name ${wished.name} is taken`);
    this.#known.delete(wished.name);
    return { user: shownUser(added), key: `suho_${wished.name.replace('@', '.')}.${secret}` };
  }

  /** By name; a page may be short, since users are on the same list. */
  async list({ reach }: Changer, after?: string): Promise<{ readonly rows: readonly ShownUser[]; readonly next?: string }> {
    const of = { ...(reach.kind === 'all' ? {} : { tenantId: reach.tenantId }), ...(after === undefined ? {} : { after }) };
    const page = await this.options.ledger.listUsers(of);
    return { ...page, rows: page.rows.filter(({ password }) => isKey(password)).map(shownUser) };
  }

  async remove(named: string, by: Changer): Promise<ShownUser> {
    const { ledger, clock } = this.options;
    const user = await this.one(named, by);
    const atMs = clock.nowMs();
    await ledger.changeUser(named, { removedAt: atMs }, { by: by.name, atMs, ends: 'the key was removed' });
    this.#known.delete(named);
    return user;
  }

  async one(named: string, { reach }: Changer): Promise<ShownUser> {
    const user = await this.options.ledger.user(named);
    if (user === undefined || !isKey(user.password) || !reaches(reach, user.tenantId))
      throw new SuhoError('NOT_FOUND', `there is no key ${named}`);
    return shownUser(user);
  }

  /** Undefined where it is no key, or none that counts from there. */
  async principal(text: string, address: string): Promise<Principal | undefined> {
    const [, written = '', secret = ''] = KEY.exec(text) ?? [];
    if (written === '') return undefined;
    const named = written.replace('.', '@');
    const user = await this.#user(named);
    const kept = user?.password ?? '';
    const shown = keptKey(secret);
    if (user === undefined || kept.length !== shown.length || !timingSafeEqual(Buffer.from(kept), Buffer.from(shown)))
      return undefined;
    if (!mayComeFrom(user.addresses, address)) return undefined;
    const { role, tenantId } = user;
    if (!isTenantRole(role)) return { name: named, role, reach: { kind: 'all' }, secondFactorMs: null };
    if (this.options.barred(tenantId) !== undefined) return undefined;
    return { name: named, role, reach: { kind: 'tenant', tenantId }, secondFactorMs: null };
  }

  /** At most so old that who was removed on another node is out soon. */
  async #user(named: string): Promise<UserRow | undefined> {
    const nowMs = this.options.clock.nowMs();
    const known = this.#known.get(named);
    if (known !== undefined && nowMs - known.readMs < LIMITS.access.knownMs) return known.user;
    const user = await this.options.ledger.user(named);
    this.#known.delete(named);
    this.#known.set(named, { user, readMs: nowMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > LIMITS.access.known && oldest !== undefined) this.#known.delete(oldest);
    return user;
  }
}
