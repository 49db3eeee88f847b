/** What the in-memory ledger keeps through a crash, and the journal that takes an unfinished transaction back. */
import type { Halt } from '../../../accounts/halt.js';
import type { AuditAnchor, AuditEntry, AuditHead } from '../../audit/audit.js';
import type { SignInRow, UserRow } from '../access.js';
import type { CommandRow } from '../commands.js';
import type { BalanceRow, RiskEventRow, UsageRow } from '../history.js';
import type {
  AccountRow,
  AccountSymbolRow,
  DealRow,
  ExecutionRow,
  HelloClaim,
  RefusalRow,
  RestoredAccount,
  SignalRow,
  TenantRow,
  TokenKeyRow,
} from '../ledger.js';
import type { OwnModelRow } from '../own-models.js';

/** Undoes, newest first, what a transaction wrote; forgotten when it commits. */
export class Journal {
  readonly #undo: (() => void)[] = [];
  readonly #written: (rows: number) => void;

  constructor(written: (rows: number) => void) {
    this.#written = written;
  }

  /** Called before each write; the write is not made where `written` throws. */
  record(undo: () => void): void {
    this.#written(this.#undo.length + 1);
    this.#undo.push(undo);
  }

  takeBack(): void {
    while (this.#undo.length > 0) this.#undo.pop()?.();
  }
}

export class Table<Row> {
  readonly #rows = new Map<string, Row>();

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  put(key: string, row: Row, journal: Journal): void {
    const before = this.#rows.get(key);
    journal.record(() => {
      if (before === undefined) this.#rows.delete(key);
      else this.#rows.set(key, before);
    });
    this.#rows.set(key, row);
  }

  get size(): number {
    return this.#rows.size;
  }

  values(): Row[] {
    return [...this.#rows.values()];
  }

  /** Rows are replaced and never changed, so a copy shares them. */
  copy(): Table<Row> {
    const copied = new Table<Row>();
    for (const [key, row] of this.#rows) copied.#rows.set(key, row);
    return copied;
  }
}

/** Numbers that a restore of an account left out: from after these to these. */
export interface Leap {
  readonly afterEpoch: number;
  readonly afterSeq: number;
  readonly epoch: number;
  readonly seq: number;
}

export class MemoryTables {
  readonly tenants = new Table<TenantRow>();
  readonly accounts = new Table<AccountRow>();
  readonly accountOfKey = new Table<string>();
  readonly counters = new Table<number>();
  /** By account: the number of its newest change. */
  readonly accountChanges = new Table<number>();
  /** By tenant, likewise. */
  readonly tenantChanges = new Table<number>();
  /** One row. */
  readonly emergencyStop = new Table<Halt | null>();
  readonly tokenKeys = new Table<TokenKeyRow>();
  readonly users = new Table<UserRow>();
  readonly signIns = new Table<SignInRow>();
  /** By account and epoch. */
  readonly sessions = new Table<HelloClaim>();
  readonly signals = new Table<SignalRow>();
  readonly signalOfKey = new Table<string>();
  /** By account and seq. */
  readonly signalOfSeq = new Table<string>();
  /** By tenant, strategy, symbol, timeframe and close. */
  readonly lineage = new Table<{ readonly body: string }>();
  readonly refusals = new Table<RefusalRow>();
  readonly executions = new Table<ExecutionRow>();
  readonly deals = new Table<DealRow>();
  readonly dealsOfSignal = new Table<readonly DealRow[]>();
  readonly newestDeal = new Table<string>();
  /** By account and id. */
  readonly commands = new Table<CommandRow>();
  /** By account and cause: the id. */
  readonly commandOfCause = new Table<string>();
  /** In the order in which they came, by their number in it. */
  readonly balances = new Table<BalanceRow>();
  readonly riskEvents = new Table<RiskEventRow>();
  /** By tenant, hour and what. */
  readonly usage = new Table<UsageRow>();
  /** By tenant, name and version; the graph of one that answers. */
  readonly ownModels = new Table<{ readonly row: OwnModelRow; readonly graph: Uint8Array | undefined }>();
  /** By tenant and writer. */
  readonly historyMarks = new Table<number>();
  /** Of each account, in the order of their ids, which are their places from 1. */
  readonly symbols = new Table<readonly AccountSymbolRow[]>();
  /** By tenant, writer and place. */
  readonly audit = new Table<AuditEntry>();
  /** By tenant and writer. */
  readonly auditHeads = new Table<AuditHead & { readonly anchoredSeq: number }>();
  /** By tenant and place. */
  readonly auditAnchors = new Table<AuditAnchor>();
  readonly newestAnchor = new Table<AuditAnchor>();
  /** By account. */
  readonly restores = new Table<RestoredAccount>();
  readonly leaps = new Table<readonly Leap[]>();
  /** Numbers given to processes that write. */
  auditWriters = 0;

  /** All of it as it stands. */
  copy(): MemoryTables {
    const copied = new MemoryTables();
    for (const [name, table] of Object.entries(this)) if (table instanceof Table) Object.assign(copied, { [name]: table.copy() });
    copied.auditWriters = this.auditWriters;
    return copied;
  }
}
