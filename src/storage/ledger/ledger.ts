/**
 * The ledger: what money depends on. One interface, two implementations under one contract suite: SQL over `pg`
 * (PostgreSQL, TimescaleDB, or PGlite behind its socket) and an in-memory twin for simulation.
 *
 * All changes to accounts' signals go through `commit`: a batch of operations in one transaction, each fenced by the
 * account's epoch on its own, so that one fenced account never spoils its neighbours' operations. A batch is stored whole
 * or not at all; when `commit` resolves, it is durable. Operations are idempotent: each is recognised by its natural key.
 *
 * Every change is told in the audit log, in its own transaction: what cannot be told does not happen.
 */
import type { AccountMode } from '../../accounts/account-modes.js';
import type { Halt } from '../../accounts/halt.js';
import type { TierName } from '../../accounts/tiers.js';
import type { TradingOverrides } from '../../accounts/trading-settings.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { Figures } from '../../risk/risk-check.js';
import type { AccessStore } from './access.js';
import type { CommandOp, CommandOpResult, CommandRow, CommandStore } from './commands.js';
import type { HistoryStore } from './history.js';
import type { OwnModelStore } from './own-models.js';
import type { LedgerReads } from './reads.js';
import type { AuditAnchor, AuditEntry, AuditHead, OperatorAction } from '../audit/audit.js';
import type { Direction, ScoreParts, SignalState, Strength } from '../../signals/signal.js';

export type Tier = TierName;
export type { AccountMode };

export interface TenantRow {
  /** Lower-case letters, digits and dashes. */
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly signalTimeframe: Timeframe;
  readonly strategy: string;
  /** Canonical symbols it follows; the tier bounds how many. */
  readonly symbols: readonly string[];
  /** What was set of its trading settings. */
  readonly trading: TradingOverrides;
  /** Its emergency stop; null while it trades. */
  readonly stopped: Halt | null;
  readonly createdAt: number;
}

/** As a tenant begins: with the usual trading settings, and trading. */
export type NewTenant = Omit<TenantRow, 'trading' | 'stopped'> & Partial<Pick<TenantRow, 'trading'>>;

/** What becomes of an account's keys. `atMs` of the call is when. */
export type KeyChange =
  /** Another key. The one before is valid until then as well; null: from now on it is worth nothing, and its session is fenced. */
  | { readonly kind: 'rotated'; readonly keyHash: string; readonly previousUntil: number | null }
  /** The key before is worth nothing from now on. */
  | { readonly kind: 'finished' }
  /** Both are worth nothing, and the session is fenced: the hash is of a key that nobody has. */
  | { readonly kind: 'revoked'; readonly keyHash: string };

/** Why keys stay as they are: two are valid already; the newer was never used; there is but one. */
export type KeyRefusal = 'overlapping' | 'unused' | 'single';

export interface AccountRow {
  /** UUID. */
  readonly id: string;
  readonly tenantId: string;
  readonly mode: AccountMode;
  /** SHA-256 of the API key, lower-case hex. */
  readonly keyHash: string;
  /** Of the key before, which is valid as well before `previousUntil`. */
  readonly previousKeyHash: string | null;
  readonly previousUntil: number | null;
  /** When the newest key first let an EA in. */
  readonly keyUsedAt: number | null;
  readonly keyRevoked: boolean;
  /** High 32 bits of the magic of each of its signals; unique over all accounts. */
  readonly magicBase: number;
  /** Number of its newest signal; signals are numbered from 1 without gaps. */
  readonly seq: number;
  /** Ownership: raised by every accepted HELLO. */
  readonly epoch: number;
  /** Bound at the key's first use. */
  readonly login: number | null;
  readonly server: string | null;
  readonly currency: string | null;
  /** Instance id of the EA of the newest session, 32 hex digits. */
  readonly instance: string | null;
  /** Which symbol table its suho-1 EA uses; without one it is sent no command. */
  readonly suho1Table: 'current' | 'older' | null;
  /** What was set of trading settings for it, laid over its tenant's. */
  readonly trading: TradingOverrides;
  /** By a limit that was reached, or by an operator; null while it trades. */
  readonly disabled: Halt | null;
  readonly createdAt: number;
}

/** One decision for one account. */
export interface SignalRow {
  readonly id: string;
  readonly accountId: string;
  readonly tenantId: string;
  /** The account's signal number. */
  readonly seq: number;
  readonly strategy: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly closeTime: number;
  readonly kind: 'OPEN' | 'CLOSE';
  /** Of a CLOSE: the signal whose position it closes. */
  readonly targetId: string | null;
  /** Broker's ticket of the position that it opened, or that it closes; '0' while there is none. */
  readonly position: string;
  readonly direction: Direction;
  readonly entry: number;
  readonly entryLow: number;
  readonly entryHigh: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly volume: number;
  readonly riskPercent: number;
  /** Loss at the stop that was promised when it was sent, with commission, in the account's currency; 0 where none was. */
  readonly plannedLoss: number;
  /** By what it was priced: the broker's quote and the reference's, how far apart they were, and are usually. Of a CLOSE: nothing. */
  readonly figures: Figures;
  readonly score: number;
  readonly strength: Strength;
  readonly parts: ScoreParts;
  readonly validUntil: number;
  readonly state: SignalState;
  /** Why it is in that state, where there is more to say. */
  readonly reason: string | null;
  /** Instance it was first sent to. */
  readonly instance: string | null;
  readonly filledVolume: number;
  /** Volume still open at the broker, from TRADE reports. */
  readonly remainingVolume: number;
  readonly fillPrice: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What the account actor hands over; the ledger numbers it. */
export type NewSignal = Omit<SignalRow, 'seq' | 'filledVolume' | 'remainingVolume' | 'fillPrice' | 'updatedAt' | 'reason'>;

/** What a tenant's decision was made of: one for all of its accounts. */
export interface LineageRow {
  readonly tenantId: string;
  readonly closeTime: number;
  readonly strategy: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** JSON of a `Lineage`, as it was written. */
  readonly body: string;
  readonly createdAt: number;
}

/** A signal, and what its decision was made of; null where that was not kept, or has left for the archive. */
export interface ExplainedSignal {
  readonly signal: SignalRow;
  readonly lineage: string | null;
}

export interface RefusalRow {
  readonly accountId: string;
  readonly tenantId: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly closeTime: number;
  readonly direction: Direction;
  readonly reason: string;
  readonly figures: Figures;
  readonly createdAt: number;
}

export type Outcome = 'EXECUTED' | 'REJECTED' | 'EXPIRED' | 'CANCELLED' | 'UNKNOWN';

/** A RESULT frame as kept: unique by (signal, attempt, outcome). */
export interface ExecutionRow {
  readonly accountId: string;
  readonly tenantId: string;
  readonly signalId: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly requestedVolume: number;
  readonly filledVolume: number;
  readonly price: number;
  readonly retcode: number;
  /** Tickets are unsigned 64-bit and kept as decimal text. */
  readonly order: string;
  readonly position: string;
  readonly deals: readonly string[];
  readonly receivedAt: number;
  readonly doneAt: number;
  readonly sentence: string;
}

/** A deal of a TRADE frame: unique by (account, deal). */
export interface DealRow {
  readonly accountId: string;
  readonly tenantId: string;
  readonly deal: string;
  readonly order: string;
  readonly position: string;
  /** Null for a trade that is not ours. */
  readonly signalId: string | null;
  readonly symbol: string;
  readonly entry: 'IN' | 'OUT' | 'INOUT' | 'OUT_BY';
  readonly direction: Direction;
  readonly volume: number;
  readonly price: number;
  readonly profit: number;
  readonly commission: number;
  readonly swap: number;
  /** Why the broker made the deal: client, expert, sl, tp, so (stop-out). */
  readonly reason: string;
  readonly magic: string;
  readonly brokerTime: number;
}

/** A broker's symbol as the account's EA described it; `symbolId` is given by the ledger, permanent, never reused. */
export interface AccountSymbolRow {
  readonly accountId: string;
  readonly symbolId: number;
  readonly brokerName: string;
  /** Canonical name, or null where it could not be mapped. */
  readonly symbol: string | null;
  /** What SYMBOLS told, by field name. */
  readonly details: Readonly<Record<string, number | string | boolean>>;
}

/** An account whose ledger was put back from a backup. */
export interface RestoredAccount {
  /** When. What was decided before may have been executed under a number that the ledger has lost. */
  readonly atMs: number;
  /** From when on the broker's history is wanted, to know of all that was traded since the backup; null once it is stored. */
  readonly historyFromMs: number | null;
}

interface Fenced {
  readonly accountId: string;
  /** The operation holds only while this is the account's epoch. */
  readonly epoch: number;
}

export type LedgerOp =
  | (Fenced & {
      readonly kind: 'raise';
      readonly signal: NewSignal;
      /** JSON of what its decision was made of; stored with the first signal of that decision. */
      readonly lineage?: string;
    })
  | (Fenced & { readonly kind: 'refuse'; readonly refusal: RefusalRow })
  | (Fenced & {
      readonly kind: 'transition';
      readonly signalId: string;
      readonly from: readonly SignalState[];
      readonly to: SignalState;
      readonly reason: string | null;
      /** Set with a transition to SENT: the instance it goes to. */
      readonly instance?: string;
      readonly atMs: number;
    })
  | (Fenced & { readonly kind: 'result'; readonly execution: ExecutionRow; readonly atMs: number })
  | (Fenced & { readonly kind: 'deal'; readonly deal: DealRow; readonly atMs: number })
  /** The broker's history that the account wanted since its ledger was restored is told, and its deals are stored. */
  | (Fenced & { readonly kind: 'history-told'; readonly atMs: number })
  | (Fenced & { readonly kind: 'symbols'; readonly symbols: readonly Omit<AccountSymbolRow, 'symbolId' | 'accountId'>[] })
  | CommandOp;

/**
 * `fenced`: the epoch has moved on, nothing was stored. `raised`: stored now, numbered. `exists`: the natural key (or the
 * result, or the deal) was there already; for `raise` with the row as it stands. `moved` / `unmoved`: a transition that did
 * or did not apply, with the state afterwards. `missing`: no such signal or command in this account.
 * `commanded`: a command stored now; one whose cause was there is answered `exists`, with the command as it stands.
 */
export type OpResult =
  | { readonly kind: 'fenced' }
  | { readonly kind: 'raised'; readonly row: SignalRow }
  | { readonly kind: 'exists'; readonly row?: SignalRow; readonly command?: CommandRow }
  | { readonly kind: 'stored'; readonly state?: SignalState }
  | { readonly kind: 'moved'; readonly state: SignalState }
  | { readonly kind: 'unmoved'; readonly state: SignalState }
  | { readonly kind: 'symbols'; readonly rows: readonly AccountSymbolRow[] }
  | CommandOpResult
  | { readonly kind: 'missing' };

/** Profit, commission and swap of the deals of a day, counted from 1970 by the broker's clock. */
export interface BookedDay {
  readonly day: number;
  readonly net: number;
}

/** Commission of the deals that opened, or closed, positions of a symbol, and their lots. */
export interface ChargedLots {
  readonly symbol: string;
  readonly opening: boolean;
  readonly lots: number;
  readonly commission: number;
}

export interface HelloClaim {
  readonly accountId: string;
  /** Of the key that was shown. It was found valid before; whether it still is, is known under the lock alone. */
  readonly keyHash?: string;
  readonly instance: string;
  readonly login: number;
  readonly server: string;
  readonly currency: string;
  readonly atMs: number;
}

/** Answer to an accepted HELLO: the account under its new epoch, and what must be taken up again. */
export type Claimed =
  | {
      readonly kind: 'claimed';
      readonly account: AccountRow;
      /** PENDING, SENT, UNKNOWN, and EXECUTED until it is CLOSED (its deals may still be to come), in seq order. */
      readonly open: readonly SignalRow[];
      /** PENDING, SENT and UNKNOWN, and those that call back a signal of `open`; in the order in which they were made. */
      readonly commands: readonly CommandRow[];
      readonly symbols: readonly AccountSymbolRow[];
      /** Newest deal known, decimal text; null where none. */
      readonly lastDeal: string | null;
      /** Claims by another instance than the one before, within the takeover window. */
      readonly takeovers: number;
      /** Where the ledger was restored since the account is in it. */
      readonly restored: RestoredAccount | null;
      /** How many signals that open it was given since the UTC day of the claim began. */
      readonly opened: { readonly fromMs: number; readonly count: number };
      /** What its deals of the last days made, by the day of the broker's clock. */
      readonly booked: readonly BookedDay[];
      /** What the broker took for deals of its signals of the last quarter. */
      readonly charged: readonly ChargedLots[];
    }
  /** The key is bound to another login, server or currency. */
  | { readonly kind: 'bound'; readonly login: number; readonly server: string; readonly currency: string }
  | { readonly kind: 'missing' };

/** A signal whose position is closed, and its deals in the order of the broker's time. */
export interface ClosedTradeRows {
  readonly signal: SignalRow;
  readonly deals: readonly DealRow[];
}

/** A key by which tokens are known to be a node's. */
export interface TokenKeyRow {
  readonly id: string;
  /** Of Ed25519, 32 bytes as base64url. */
  readonly publicKey: string;
  readonly madeAt: number;
  readonly validUntil: number;
}

/** The emergency stop of all nodes as the ledger has it, and the number of its newest change. */
export interface StandingStop {
  /** Null while the nodes trade. */
  readonly stopped: Halt | null;
  readonly change: number;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Pass as `after` for the next page; undefined at the end. */
  readonly next?: string;
}

export interface Ledger extends HistoryStore, OwnModelStore, CommandStore, AccessStore {
  /** What people read, as far as they reach. */
  readonly reads: LedgerReads;
  /** Applies missing migrations; safe twice and safe at once. Answers the names applied. */
  migrate(): Promise<readonly string[]>;
  commit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]>;
  /** Takes ownership: epoch + 1, first-use binding, then loads. */
  claim(hello: HelloClaim): Promise<Claimed>;
  /** The same for several accounts in one transaction, answered in their order; each account once. */
  claimAll(hellos: readonly HelloClaim[]): Promise<readonly Claimed[]>;
  /** Key hash, tenant and mode of accounts; unknown ids are left out. */
  accounts(ids: readonly string[]): Promise<readonly AccountRow[]>;
  /** The account of a key that is valid at that time, for a client that brings its key and no account id. */
  accountByKey(keyHash: string, atMs: number): Promise<AccountRow | undefined>;
  /**
   * Accounts that operators have changed since the change with that number, in the order of the changes, and the number of the
   * newest; without a number none, and the newest number that there is.
   */
  changedAccounts(after?: number): Promise<{ readonly rows: readonly AccountRow[]; readonly newest: number }>;

  createTenant(tenant: NewTenant): Promise<'created' | 'exists'>;
  updateTenant(
    id: string,
    change: Partial<Pick<TenantRow, 'name' | 'tier' | 'signalTimeframe' | 'strategy' | 'symbols' | 'trading' | 'stopped'>>,
    atMs: number,
  ): Promise<TenantRow | undefined>;
  listTenants(): Promise<readonly TenantRow[]>;
  /** As `changedAccounts`; a tenant that was made is changed too. */
  changedTenants(after?: number): Promise<{ readonly rows: readonly TenantRow[]; readonly newest: number }>;
  /** Of all nodes with this ledger. */
  emergencyStop(): Promise<StandingStop>;
  /** Where `after` is still the number of its newest change; answers how it stands then. */
  setEmergencyStop(stopped: Halt | null, after: number): Promise<StandingStop>;
  /** `magicBase` is given by the ledger. All or none. */
  createAccounts(
    accounts: readonly Pick<AccountRow, 'id' | 'tenantId' | 'mode' | 'keyHash' | 'suho1Table' | 'createdAt'>[],
  ): Promise<readonly AccountRow[]>;
  setAccountMode(id: string, mode: AccountMode, atMs: number): Promise<AccountRow | undefined>;
  setAccountTrading(id: string, trading: TradingOverrides, atMs: number): Promise<AccountRow | undefined>;
  /** Of one that is disabled already, the first reason stays; null lets it trade again. Answers the account as it is then. */
  setAccountDisabled(id: string, disabled: Halt | null, atMs: number): Promise<AccountRow | undefined>;
  setAccountKey(id: string, change: KeyChange, atMs: number): Promise<AccountRow | KeyRefusal | undefined>;
  /**
   * The next EA binds the account anew, and the session that stands is fenced. `held`: a signal of the account may still be
   * open, and what became of it can be asked of the broker it is bound to alone.
   */
  unbindAccount(id: string, atMs: number): Promise<AccountRow | 'held' | undefined>;
  listAccounts(filter: { readonly tenantId?: string; readonly after?: string }): Promise<Page<AccountRow>>;

  /** The same id again changes nothing. */
  addTokenKey(key: TokenKeyRow): Promise<void>;
  /** Its tokens are not taken any more from then on; never later than it was. */
  endTokenKey(id: string, validUntilMs: number): Promise<void>;
  /** Those that were valid at that time or later, by their ids. */
  tokenKeys(sinceMs: number): Promise<readonly TokenKeyRow[]>;

  /** Keyset pages in a fixed order, for statements, digests and checks. */
  listSignals(after?: string): Promise<Page<SignalRow>>;
  /** Undefined where there is no such signal. */
  explained(signalId: string): Promise<ExplainedSignal | undefined>;
  listRefusals(after?: string): Promise<Page<RefusalRow>>;
  listExecutions(after?: string): Promise<Page<ExecutionRow>>;
  listDeals(after?: string): Promise<Page<DealRow>>;
  /** Trades of the account that were closed here at `sinceMs` or later, by their numbers; none of an unknown account. */
  closedTrades(accountId: string, sinceMs: number): Promise<readonly ClosedTradeRows[]>;

  /** Tells of what somebody does, in the chain of the tenant or of the node: before it is done, so that nothing is done untold. */
  tellAction(action: OperatorAction): Promise<void>;
  /** Anchors the audit log of each tenant, and of the node, whose heads have moved since its newest anchor; answers how many. */
  anchorAudit(atMs: number): Promise<number>;
  /** By tenant, writer and place: as the verifier reads them. */
  listAudit(after?: string): Promise<Page<AuditEntry>>;
  listAuditHeads(after?: string): Promise<Page<AuditHead>>;
  listAuditAnchors(after?: string): Promise<Page<AuditAnchor>>;

  /** UTC by the clock of the machine that the ledger runs on. */
  clockMs(): Promise<number>;
  /** A number above all that it gave before, also before it was put back from a copy: by its clock, where that is further. */
  nextGeneration(): Promise<number>;

  /** Where the ledger is files of this machine: copies them as they stand between two transactions. */
  copyTo?(folder: string): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
