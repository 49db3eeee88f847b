/** Tenants and accounts as an operator makes and changes them; every input is checked here, whoever brings it. */
import { z } from 'zod';
import { readWish, SuhoError } from '../errors.js';
import { canonicalSymbol, instrumentOf } from '../market/instrument.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import type { Clock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import { LIMITS } from '../limits.js';
import type { AccountRow, KeyChange, KeyRefusal, Ledger, NewTenant, TenantRow } from '../storage/ledger/ledger.js';
import { type Presence, presenceOf } from './presence.js';
import { ACCOUNT_MODES } from './account-modes.js';
import { CommandRequests, type CommandStanding } from './command-requests.js';
import { AWAY } from './commands.js';
import type { Halt } from './halt.js';
import { hashKey, keyBytes, printedKey } from './keys.js';
import { TIER_NAMES, type TierName, type Tiers } from './tiers.js';
import {
  DEFAULT_TRADING,
  parseTrading,
  resolveTrading,
  type TradingOverrides,
  type TradingSettings,
} from './trading-settings.js';

const USUAL_TIMEFRAME: Timeframe = 'M15';

const tenantId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id is 1 to 63 lower-case letters, digits and dashes');
const symbols = z.array(z.string()).transform(known);
/** Laid over the defaults; what an account sets is laid over its tenant's once that is known. */
const tradingSettings = z.unknown().transform((input, context): TradingOverrides => {
  const parsed = parseTrading(input);
  if (parsed.ok) return parsed.overrides;
  context.addIssue({ code: 'custom', message: parsed.sentence });
  return z.NEVER;
});
const addTenant = z.strictObject({
  id: tenantId,
  name: z.string().trim().min(1, 'a name is not empty').max(200, 'a name has at most 200 characters').optional(),
  tier: z.enum(TIER_NAMES, `a tier is one of ${TIER_NAMES.join(', ')}`),
  timeframe: z.enum(TIMEFRAMES, `a timeframe is one of ${TIMEFRAMES.join(', ')}`).optional(),
  strategy: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'a strategy is 1 to 64 letters, digits, dots and dashes')
    .default('default-1'),
  symbols: symbols.default(['EURUSD']),
});
const setTenant = z.strictObject({
  id: tenantId,
  name: addTenant.shape.name,
  tier: addTenant.shape.tier.optional(),
  timeframe: z.enum(TIMEFRAMES, `a timeframe is one of ${TIMEFRAMES.join(', ')}`).optional(),
  strategy: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'a strategy is 1 to 64 letters, digits, dots and dashes')
    .optional(),
  symbols: symbols.optional(),
  trading: tradingSettings.optional(),
});
/** Whoever asks over HTTP is told by the route; on the command line it is whoever has the machine. */
const by = z.enum(['operator', 'tenant']).default('operator');
const halting = z.strictObject({
  id: tenantId,
  by,
  reason: z.string().trim().min(1, 'a reason is not empty').max(200, 'a reason has at most 200 characters'),
});
const addAccounts = z.strictObject({
  tenant: tenantId,
  count: z.int('a count is a whole number').min(1, 'a count is at least 1').max(10_000, 'a count is at most 10,000').default(1),
  mode: z.enum(ACCOUNT_MODES, `a mode is one of ${ACCOUNT_MODES.join(', ')}`).default('observe'),
  suho1Table: z.enum(['current', 'older'], 'a suho-1 table is current or older').nullable().default(null),
});
const listAccounts = z.strictObject({ tenant: tenantId.optional() });
const setMode = z.strictObject({ id: z.uuid('an account is named by its id'), mode: addAccounts.shape.mode.unwrap() });

const oneAccount = setMode.pick({ id: true });
const setAccount = oneAccount.extend({ trading: z.unknown() });
const disabling = oneAccount.extend({ reason: halting.shape.reason, by });
const oneTenant = halting.pick({ id: true });
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const overlap = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhd]$/, 'an overlap is a number and s, m, h or d, like 24h')
  .transform((text) => Number.parseInt(text, 10) * UNIT_MS[text.at(-1) as keyof typeof UNIT_MS])
  .refine((ms) => ms <= LIMITS.keys.overlapMostMs, 'an overlap is at most 30d');
const rotateKey = oneAccount
  .extend({ overlap: overlap.default(LIMITS.keys.overlapMs), now: z.boolean().default(false) })
  .strict();

/** An account with its new key, which is shown once and not kept. */
export interface IssuedAccount {
  readonly account: string;
  readonly tenant: string;
  readonly key: string;
}

/** An account, and the trading settings that hold for it. */
export interface SetAccount {
  readonly account: AccountRow;
  readonly effective: TradingSettings;
}

/** With until when the key before is valid as well; null where it is not. */
export type RotatedAccount = IssuedAccount & { readonly previousUntil: number | null };

/** An account without its keys' hashes, which nobody who lists accounts needs. */
export type ShownAccount = Omit<AccountRow, 'keyHash' | 'previousKeyHash'>;
export type ListedAccount = ShownAccount & Presence;

export function shownAccount({ keyHash: _, previousKeyHash: __, ...shown }: AccountRow): ShownAccount {
  return shown;
}

/** Why keys stay as they are, for a person. */
const KEPT: Readonly<Record<KeyRefusal, string>> = {
  overlapping: 'two of its keys are valid already: end the older by rotate --finish, or both by rotate --now',
  unused: 'no EA has come with the newer key yet: ending the older would shut its EA out; rotate --now does so',
  single: 'it has one key only',
};

export interface CatalogueOptions {
  readonly ledger: Ledger;
  readonly tiers: Tiers;
  readonly clock: Clock;
  /** Told of an account after it was changed, so that its session hears of it. */
  readonly changed?: (account: AccountRow) => void;
  /** When an account with a session here was heard last. */
  readonly heardAt?: (accountId: string) => number | undefined;
}

const INPUTS = {
  'tenant.add': addTenant,
  'tenant.set': setTenant,
  'tenant.list': z.unknown(),
  'account.add': addAccounts,
  'account.list': listAccounts,
  'tenant.halt': halting,
  'tenant.resume': oneTenant,
  'account.mode': setMode,
  'account.set': setAccount,
  'account.disable': disabling,
  'account.enable': oneAccount,
  'account.commands': oneAccount,
  'account.rotate': rotateKey,
  'account.finish': oneAccount,
  'account.revoke': oneAccount,
  'account.unbind': oneAccount,
} as const;
export type CatalogueMethod = keyof typeof INPUTS;

/** Refuses what needs no ledger to be refused, so that a mistyped command does not first make one. */
export function checkInput(method: CatalogueMethod, input: unknown): void {
  readWish(INPUTS[method], input);
}

export class Catalogue {
  constructor(readonly options: CatalogueOptions) {}

  async addTenant(input: unknown): Promise<TenantRow> {
    const { id, name, tier, timeframe, strategy, symbols: wished } = readWish(addTenant, input);
    const createdAt = this.options.clock.nowMs();
    const tenant: NewTenant = {
      id,
      name: name ?? id,
      tier,
      signalTimeframe: timeframe ?? this.#usualTimeframe(tier),
      strategy,
      symbols: wished,
      createdAt,
    };
    this.#checkTier(tenant);
    if ((await this.options.ledger.createTenant(tenant)) === 'exists')
      throw new SuhoError('CONFLICT', `there is a tenant ${id} already`);
    return { ...tenant, trading: {}, stopped: null };
  }

  async setTenant(input: unknown): Promise<TenantRow> {
    const { id, name, tier, timeframe, strategy, symbols: wished, trading } = readWish(setTenant, input);
    const before = (await this.options.ledger.listTenants()).find((tenant) => tenant.id === id);
    if (before === undefined) throw new SuhoError('NOT_FOUND', `there is no tenant ${id}`);
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(tier === undefined ? {} : { tier }),
      ...(timeframe === undefined ? {} : { signalTimeframe: timeframe }),
      ...(strategy === undefined ? {} : { strategy }),
      ...(wished === undefined ? {} : { symbols: wished }),
      ...(trading === undefined ? {} : { trading }),
    };
    this.#checkTier({ ...before, ...change });
    const after = await this.options.ledger.updateTenant(id, change, this.options.clock.nowMs());
    if (after === undefined) throw new SuhoError('NOT_FOUND', `there is no tenant ${id}`);
    return after;
  }

  /** The tenant's emergency stop: nothing is opened for any of its accounts until it is lifted. */
  haltTenant(input: unknown): Promise<TenantRow> {
    const { id, reason, by } = readWish(halting, input);
    return this.#stopTenant(id, { reason, atMs: this.options.clock.nowMs(), by });
  }

  resumeTenant(input: unknown): Promise<TenantRow> {
    return this.#stopTenant(readWish(oneTenant, input).id, null);
  }

  async #stopTenant(id: string, stopped: Halt | null): Promise<TenantRow> {
    const tenant = await this.options.ledger.updateTenant(id, { stopped }, this.options.clock.nowMs());
    if (tenant === undefined) throw new SuhoError('NOT_FOUND', `there is no tenant ${id}`);
    return tenant;
  }

  listTenants(): Promise<readonly TenantRow[]> {
    return this.options.ledger.listTenants();
  }

  async addAccounts(input: unknown): Promise<readonly IssuedAccount[]> {
    const { tenant: owner, count, mode, suho1Table } = readWish(addAccounts, input);
    const tenant = (await this.options.ledger.listTenants()).find(({ id }) => id === owner);
    if (tenant === undefined) throw new SuhoError('NOT_FOUND', `there is no tenant ${owner}`);
    const held = await this.#accountsOf(owner);
    if (!this.options.tiers.mayAddAccount(tenant.tier, held + count - 1)) {
      throw new SuhoError(
        'CONFLICT',
        `tenant ${owner} has ${held} accounts, and its tier ${tenant.tier} allows ${this.options.tiers.rules(tenant.tier).accounts}`,
      );
    }
    const createdAt = this.options.clock.nowMs();
    // Keys are secrets: drawn from the machine's entropy whatever seed the node runs with.
    const issued = Array.from(
      { length: count },
      (): IssuedAccount => ({
        account: entropyIds.idFor('account', createdAt),
        tenant: owner,
        key: printedKey(entropyIds.secretFor('account')),
      }),
    );
    await this.options.ledger.createAccounts(
      issued.map(({ account, key }) => ({
        id: account,
        tenantId: owner,
        mode,
        keyHash: hashKey(keyBytes(key) as Uint8Array),
        suho1Table,
        createdAt,
      })),
    );
    return issued;
  }

  async #accountsOf(tenantId: string): Promise<number> {
    let count = 0;
    let after: string | undefined;
    do {
      const page = await this.options.ledger.listAccounts({ tenantId, ...(after === undefined ? {} : { after }) });
      count += page.rows.length;
      after = page.next;
    } while (after !== undefined);
    return count;
  }

  /** With what is known of whether their EAs are there. */
  async listAccounts(input: unknown): Promise<readonly ListedAccount[]> {
    const { tenant } = readWish(listAccounts, input);
    const rows: ListedAccount[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await this.options.ledger.listAccounts({
        ...(tenant === undefined ? {} : { tenantId: tenant }),
        ...(after === undefined ? {} : { after }),
      });
      rows.push(...(await this.#listed(page.rows)));
      after = page.next;
      more = after !== undefined;
    }
    return rows;
  }

  async #listed(accounts: readonly AccountRow[]): Promise<readonly ListedAccount[]> {
    const { ledger, clock, heardAt } = this.options;
    const known = await ledger.presence(accounts.map(({ id }) => id));
    const byId = new Map(known.map((row) => [row.accountId, row]));
    return accounts.map((account) => {
      const here = heardAt?.(account.id);
      const presence: Presence =
        here === undefined
          ? presenceOf(byId.get(account.id), clock.nowMs())
          : { state: 'connected', heardAt: here, silentSince: null };
      return { ...shownAccount(account), ...presence };
    });
  }

  async setMode(input: unknown): Promise<AccountRow> {
    const { id, mode } = readWish(setMode, input);
    return this.#changed(id, await this.options.ledger.setAccountMode(id, mode, this.options.clock.nowMs()));
  }

  /** What is set for the account alone, in place of what was; answers the settings that it comes to with its tenant's. */
  async setTrading(input: unknown): Promise<SetAccount> {
    const { id, trading } = readWish(setAccount, input);
    const { ledger, clock } = this.options;
    const before = (await ledger.accounts([id])).at(0);
    if (before === undefined) throw new SuhoError('NOT_FOUND', `there is no account ${id}`);
    const tenant = (await ledger.listTenants()).find((row) => row.id === before.tenantId);
    const under = resolveTrading(DEFAULT_TRADING, tenant?.trading ?? {});
    const told = parseTrading(trading, under);
    if (!told.ok) throw new SuhoError('USAGE', told.sentence);
    const account = this.#changed(id, await ledger.setAccountTrading(id, told.overrides, clock.nowMs()));
    return { account, effective: resolveTrading(under, told.overrides) };
  }

  /** Its EA is told to open nothing, and gets no signals until it is enabled. */
  disable(input: unknown): Promise<AccountRow> {
    const { id, reason, by } = readWish(disabling, input);
    return this.#setDisabled(id, { reason, atMs: this.options.clock.nowMs(), by });
  }

  enable(input: unknown): Promise<AccountRow> {
    return this.#setDisabled(readWish(oneAccount, input).id, null);
  }

  async #setDisabled(id: string, disabled: Halt | null): Promise<AccountRow> {
    return this.#changed(id, await this.options.ledger.setAccountDisabled(id, disabled, this.options.clock.nowMs()));
  }

  /** What was asked of its EA, newest first. */
  commands(input: unknown): Promise<readonly CommandStanding[]> {
    const nobodyThere = new CommandRequests({
      ...this.options,
      ids: entropyIds,
      tell: (_tenant, _account, _wish, answered) => answered(AWAY),
    });
    return nobodyThere.list(input);
  }

  /** Another key, shown once. The one before is valid beside it for a while; `now`: it is worth nothing from here on. */
  async rotateKey(input: unknown): Promise<RotatedAccount> {
    const { id, overlap: overlapMs, now } = readWish(rotateKey, input);
    const key = printedKey(entropyIds.secretFor('account'));
    const previousUntil = now ? null : this.options.clock.nowMs() + overlapMs;
    const account = await this.#changeKeys(id, { kind: 'rotated', keyHash: hashKey(keyBytes(key) as Uint8Array), previousUntil });
    return { account: id, tenant: account.tenantId, key, previousUntil: account.previousUntil };
  }

  /** The EA has its new key: the one before is worth nothing from here on. */
  finishRotation(input: unknown): Promise<AccountRow> {
    return this.#changeKeys(readWish(oneAccount, input).id, { kind: 'finished' });
  }

  /** A key that nobody is shown: no session comes to be until the account gets another. */
  revokeKey(input: unknown): Promise<AccountRow> {
    const keyHash = hashKey(keyBytes(entropyIds.secretFor('account')) as Uint8Array);
    return this.#changeKeys(readWish(oneAccount, input).id, { kind: 'revoked', keyHash });
  }

  /** The next EA that comes with the key binds the account to its login, server and currency. */
  async unbind(input: unknown): Promise<AccountRow> {
    const { id } = readWish(oneAccount, input);
    const answer = await this.options.ledger.unbindAccount(id, this.options.clock.nowMs());
    if (answer === 'held') {
      throw new SuhoError(
        'CONFLICT',
        `account ${id} has signals that may be open at the broker it is bound to; make another account for another login`,
      );
    }
    return this.#changed(id, answer);
  }

  async #changeKeys(id: string, change: KeyChange): Promise<AccountRow> {
    const answer = await this.options.ledger.setAccountKey(id, change, this.options.clock.nowMs());
    if (typeof answer === 'string') throw new SuhoError('CONFLICT', `account ${id} keeps its keys: ${KEPT[answer]}`);
    return this.#changed(id, answer);
  }

  #changed(id: string, account: AccountRow | undefined): AccountRow {
    if (account === undefined) throw new SuhoError('NOT_FOUND', `there is no account ${id}`);
    this.options.changed?.(account);
    return account;
  }

  /** M15, or the longest that a smaller tier has. */
  #usualTimeframe(tier: TierName): Timeframe {
    const { tiers } = this.options;
    return tiers.allowsTimeframe(tier, USUAL_TIMEFRAME)
      ? USUAL_TIMEFRAME
      : (tiers.rules(tier).timeframes.at(-1) ?? USUAL_TIMEFRAME);
  }

  #checkTier({
    id,
    tier,
    signalTimeframe,
    symbols: followed,
  }: Pick<TenantRow, 'id' | 'tier' | 'signalTimeframe' | 'symbols'>): void {
    const { tiers } = this.options;
    if (!tiers.allowsTimeframe(tier, signalTimeframe))
      throw new SuhoError('CONFLICT', `tier ${tier} of tenant ${id} has no signals on ${signalTimeframe}`);
    const beyond = followed.find((symbol) => !tiers.allowsSymbol(tier, followed, symbol));
    if (beyond !== undefined) {
      throw new SuhoError(
        'CONFLICT',
        `tier ${tier} of tenant ${id} allows ${tiers.rules(tier).symbols} symbols, and ${beyond} is one more`,
      );
    }
  }
}

function known(wished: readonly string[]): readonly string[] {
  const names = wished.map((text) => {
    const symbol = canonicalSymbol(text);
    if (symbol === undefined || instrumentOf(symbol) === undefined)
      throw new SuhoError('USAGE', `${text} is not a symbol of this engine`);
    return symbol;
  });
  return [...new Set(names)];
}
