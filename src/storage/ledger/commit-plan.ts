/**
 * What a tenant's operations of a batch come to, as pure code: it starts from the rows that they name, applies them one
 * after the other as if each had its own transaction, and ends with the answers and with the rows to write. The tenant's
 * tables are read once before and written once after, however many operations there are.
 */
import { assert, unreachable } from '../../runtime/assert.js';
import { mayFollow, type SignalState } from '../../signals/signal.js';
import type { NumberedAccount, StoredSignal, StoredSymbol } from './columns.js';
import { CommandPlan } from './command-plan.js';
import type { CommandRow } from './commands.js';
import type {
  AccountSymbolRow,
  DealRow,
  ExecutionRow,
  LedgerOp,
  LineageRow,
  NewSignal,
  OpResult,
  RefusalRow,
  SignalRow,
} from './ledger.js';

/** The part of an account's row that operations read and change; locked while they do. */
export interface AccountHead {
  readonly id: string;
  readonly tenantId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly symbolSeq: number;
}

/** What stands in the ledger of all that a tenant's operations name. */
export interface Standing {
  readonly heads: readonly AccountHead[];
  readonly signals: readonly StoredSignal[];
  readonly refusals: readonly RefusalKey[];
  readonly executions: readonly ExecutionKey[];
  readonly deals: readonly DealKey[];
  readonly symbols: readonly StoredSymbol[];
  readonly commands: readonly CommandRow[];
}

export type RefusalKey = Pick<RefusalRow, 'accountId' | 'closeTime' | 'strategy' | 'symbol' | 'timeframe' | 'direction'>;
export type ExecutionKey = Pick<ExecutionRow, 'accountId' | 'signalId' | 'attempt' | 'outcome'>;
export type DealKey = Pick<DealRow, 'accountId' | 'deal'>;

/** Rows to write; a signal raised and moved in one batch is inserted as it ends. */
export interface Writes {
  readonly numbered: readonly NumberedAccount[];
  readonly inserted: readonly StoredSignal[];
  /** Of the decisions of signals raised, one each; the ledger may have it already. */
  readonly lineage: readonly LineageRow[];
  readonly changed: readonly StoredSignal[];
  readonly refusals: readonly RefusalRow[];
  readonly executions: readonly ExecutionRow[];
  readonly deals: readonly DealRow[];
  readonly commands: readonly CommandRow[];
  readonly changedCommands: readonly CommandRow[];
  readonly symbols: readonly StoredSymbol[];
  readonly symbolHeads: readonly { readonly id: string; readonly symbolSeq: number }[];
  /** Accounts whose wanted history is told. */
  readonly historyTold: readonly string[];
}

const UNITS_PER_LOT = 1e8;

/** A signal that is raised, as its table will hold it; spelled out for the same reason as a row. */
function numbered(signal: NewSignal, tenantId: string, seq: number): StoredSignal {
  return {
    id: signal.id,
    accountId: signal.accountId,
    tenantId,
    seq,
    strategy: signal.strategy,
    symbol: signal.symbol,
    timeframe: signal.timeframe,
    closeTime: signal.closeTime,
    kind: signal.kind,
    targetId: signal.targetId,
    position: signal.position,
    direction: signal.direction,
    entry: signal.entry,
    entryLow: signal.entryLow,
    entryHigh: signal.entryHigh,
    stopLoss: signal.stopLoss,
    takeProfit: signal.takeProfit,
    volume: signal.volume,
    riskPercent: signal.riskPercent,
    plannedLoss: signal.plannedLoss,
    figures: signal.figures,
    score: signal.score,
    strength: signal.strength,
    parts: signal.parts,
    validUntil: signal.validUntil,
    state: signal.state,
    reason: null,
    instance: signal.instance,
    filledVolume: 0,
    fillPrice: 0,
    openedUnits: 0,
    closedUnits: 0,
    createdAt: signal.createdAt,
    updatedAt: signal.createdAt,
  };
}

/** Spelled out: an object put together of others, or of what is left of one, is slow to make, slow to read, and ten times as large. */
export function toRow(signal: StoredSignal): SignalRow {
  return {
    id: signal.id,
    accountId: signal.accountId,
    tenantId: signal.tenantId,
    seq: signal.seq,
    strategy: signal.strategy,
    symbol: signal.symbol,
    timeframe: signal.timeframe,
    closeTime: signal.closeTime,
    kind: signal.kind,
    targetId: signal.targetId,
    position: signal.position,
    direction: signal.direction,
    entry: signal.entry,
    entryLow: signal.entryLow,
    entryHigh: signal.entryHigh,
    stopLoss: signal.stopLoss,
    takeProfit: signal.takeProfit,
    volume: signal.volume,
    riskPercent: signal.riskPercent,
    plannedLoss: signal.plannedLoss,
    figures: signal.figures,
    score: signal.score,
    strength: signal.strength,
    parts: signal.parts,
    validUntil: signal.validUntil,
    state: signal.state,
    reason: signal.reason,
    instance: signal.instance,
    filledVolume: signal.filledVolume,
    remainingVolume: Math.max(0, signal.openedUnits - signal.closedUnits) / UNITS_PER_LOT,
    fillPrice: signal.fillPrice,
    createdAt: signal.createdAt,
    updatedAt: signal.updatedAt,
  };
}

const SEPARATOR = '\u0001';

export function signalKey(
  signal: Pick<NewSignal, 'accountId' | 'strategy' | 'symbol' | 'timeframe' | 'closeTime' | 'kind'>,
): string {
  return [signal.accountId, signal.strategy, signal.symbol, signal.timeframe, signal.closeTime, signal.kind].join(SEPARATOR);
}

/** What the decision of a signal was made of. */
export function lineageRow(signal: StoredSignal | SignalRow, body: string): LineageRow {
  const { tenantId, closeTime, strategy, symbol, timeframe, createdAt } = signal;
  return { tenantId, closeTime, strategy, symbol, timeframe, body, createdAt };
}

function lineageKey({ tenantId, closeTime, strategy, symbol, timeframe }: StoredSignal): string {
  return [tenantId, closeTime, strategy, symbol, timeframe].join(SEPARATOR);
}

function refusalKey(refusal: RefusalKey): string {
  const { accountId, closeTime, strategy, symbol, timeframe, direction } = refusal;
  return [accountId, closeTime, strategy, symbol, timeframe, direction].join(SEPARATOR);
}

function executionKey({ accountId, signalId, attempt, outcome }: ExecutionKey): string {
  return [accountId, signalId, attempt, outcome].join(SEPARATOR);
}

function dealKey({ accountId, deal }: DealKey): string {
  return [accountId, deal].join(SEPARATOR);
}

function symbolKey(symbol: Pick<StoredSymbol, 'accountId' | 'brokerName'>): string {
  return [symbol.accountId, symbol.brokerName].join(SEPARATOR);
}

/**
 * All that was opened is closed, by the broker's own deals. More than that may be: on a netting account the user can add to our
 * position, and what closes it closes his share too. While a deal that opened it is still to be told it is not over: whose
 * signal is over would not be found for that deal.
 */
function nothingRemains({ openedUnits, closedUnits, filledVolume }: StoredSignal): boolean {
  return openedUnits > 0 && closedUnits >= Math.max(openedUnits, Math.round(filledVolume * UNITS_PER_LOT));
}

type Op<K extends LedgerOp['kind']> = Extract<LedgerOp, { kind: K }>;

export class CommitPlan {
  readonly #heads: Map<string, AccountHead>;
  readonly #signals: Map<string, StoredSignal>;
  readonly #idByKey: Map<string, string>;
  readonly #symbols: Map<string, StoredSymbol>;
  readonly #refusalKeys: Set<string>;
  readonly #executionKeys: Set<string>;
  readonly #dealKeys: Set<string>;
  readonly #takenIds: Set<string>;
  readonly #inserted = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #raised = new Map<string, number>();
  readonly #changedSymbols = new Set<string>();
  readonly #symbolHeads = new Set<string>();
  readonly #lineage = new Map<string, LineageRow>();
  readonly #historyTold = new Set<string>();
  readonly #refusals: RefusalRow[] = [];
  readonly #executions: ExecutionRow[] = [];
  readonly #deals: DealRow[] = [];
  readonly #commands: CommandPlan;

  /** `takenIds` is shared by all plans of a batch: ids of signals, of whichever tenant, that no other may have. */
  constructor(standing: Standing, takenIds: Set<string>) {
    this.#takenIds = takenIds;
    this.#heads = new Map(standing.heads.map((head) => [head.id, head]));
    this.#signals = new Map(standing.signals.map((signal) => [signal.id, signal]));
    this.#idByKey = new Map(standing.signals.map((signal) => [signalKey(signal), signal.id]));
    this.#symbols = new Map(standing.symbols.map((symbol) => [symbolKey(symbol), symbol]));
    this.#refusalKeys = new Set(standing.refusals.map(refusalKey));
    this.#executionKeys = new Set(standing.executions.map(executionKey));
    this.#dealKeys = new Set(standing.deals.map(dealKey));
    this.#commands = new CommandPlan(standing.commands);
  }

  apply(op: LedgerOp): OpResult {
    const head = this.#heads.get(op.accountId);
    if (head === undefined || head.epoch !== op.epoch) return { kind: 'fenced' };
    switch (op.kind) {
      case 'raise':
        return this.#raise(head, op);
      case 'refuse':
        return this.#refuse(head, op.refusal);
      case 'transition':
        return this.#transition(op);
      case 'result':
        return this.#result(head, op);
      case 'deal':
        return this.#deal(head, op);
      case 'history-told':
        this.#historyTold.add(head.id);
        return { kind: 'stored' };
      case 'symbols':
        return this.#describe(head, op);
      case 'command':
        return this.#commands.command(head.tenantId, op);
      case 'command-transition':
        return this.#commands.transition(op);
      case 'command-result':
        return this.#commands.result(op);
      default:
        return unreachable(op);
    }
  }

  writes(): Writes {
    const signals = (ids: ReadonlySet<string>): StoredSignal[] => [...ids].map((id) => this.#signals.get(id) as StoredSignal);
    return {
      numbered: [...this.#raised].map(([id, raised]) => ({ id, epoch: (this.#heads.get(id) as AccountHead).epoch, raised })),
      inserted: signals(this.#inserted),
      lineage: [...this.#lineage.values()],
      changed: signals(this.#changed),
      refusals: this.#refusals,
      executions: this.#executions,
      deals: this.#deals,
      commands: this.#commands.inserted(),
      changedCommands: this.#commands.changed(),
      symbols: [...this.#changedSymbols].map((key) => this.#symbols.get(key) as StoredSymbol),
      historyTold: [...this.#historyTold],
      symbolHeads: [...this.#symbolHeads].map((id) => ({ id, symbolSeq: (this.#heads.get(id) as AccountHead).symbolSeq })),
    };
  }

  #raise(head: AccountHead, { signal, lineage }: Op<'raise'>): OpResult {
    const standing = this.#signals.get(this.#idByKey.get(signalKey(signal)) ?? signal.id);
    if (standing !== undefined)
      return standing.accountId === head.id ? { kind: 'exists', row: toRow(standing) } : { kind: 'exists' };
    if (this.#takenIds.has(signal.id)) return { kind: 'exists' };
    this.#takenIds.add(signal.id);
    const seq = head.seq + 1;
    this.#heads.set(head.id, { ...head, seq });
    this.#raised.set(head.id, (this.#raised.get(head.id) ?? 0) + 1);
    const stored = numbered(signal, head.tenantId, seq);
    this.#signals.set(stored.id, stored);
    this.#idByKey.set(signalKey(stored), stored.id);
    this.#inserted.add(stored.id);
    const decision = lineageKey(stored);
    if (lineage !== undefined && !this.#lineage.has(decision)) this.#lineage.set(decision, lineageRow(stored, lineage));
    return { kind: 'raised', row: toRow(stored) };
  }

  #refuse(head: AccountHead, refusal: RefusalRow): OpResult {
    const key = refusalKey(refusal);
    if (this.#refusalKeys.has(key)) return { kind: 'exists' };
    this.#refusalKeys.add(key);
    this.#refusals.push({ ...refusal, tenantId: head.tenantId });
    return { kind: 'stored' };
  }

  #transition(op: Op<'transition'>): OpResult {
    const signal = this.#signalOf(op.accountId, op.signalId);
    if (signal === undefined) return { kind: 'missing' };
    if (!op.from.includes(signal.state) || !mayFollow(signal.state, op.to)) return { kind: 'unmoved', state: signal.state };
    const instance = op.to === 'SENT' && op.instance !== undefined ? op.instance : signal.instance;
    this.#change({ ...signal, state: op.to, reason: op.reason, instance, updatedAt: op.atMs });
    return { kind: 'moved', state: op.to };
  }

  #result(head: AccountHead, { execution, atMs }: Op<'result'>): OpResult {
    if (this.#executionKeys.has(executionKey(execution))) return { kind: 'exists' };
    const signal = this.#signalOf(head.id, execution.signalId);
    if (signal === undefined) return { kind: 'missing' };
    this.#executionKeys.add(executionKey(execution));
    this.#executions.push({ ...execution, tenantId: head.tenantId });
    if (!mayFollow(signal.state, execution.outcome)) return { kind: 'stored', state: signal.state };
    const told = { ...signal, reason: execution.sentence || null, updatedAt: atMs };
    if (execution.outcome !== 'EXECUTED') return { kind: 'stored', state: this.#change({ ...told, state: execution.outcome }) };
    const { filledVolume, price: fillPrice } = execution;
    const position = signal.kind === 'OPEN' ? execution.position : signal.position;
    const filled = { ...told, filledVolume, fillPrice, position };
    // Its deals may have come before it, even all of them.
    return { kind: 'stored', state: this.#change({ ...filled, state: nothingRemains(filled) ? 'CLOSED' : 'EXECUTED' }) };
  }

  #deal(head: AccountHead, { deal, atMs }: Op<'deal'>): OpResult {
    if (this.#dealKeys.has(dealKey(deal))) return { kind: 'exists' };
    const signal = deal.signalId === null ? undefined : this.#signalOf(head.id, deal.signalId);
    if (deal.signalId !== null && signal === undefined) return { kind: 'missing' };
    this.#dealKeys.add(dealKey(deal));
    this.#deals.push({ ...deal, tenantId: head.tenantId });
    if (signal === undefined) return { kind: 'stored' };
    const units = Math.round(deal.volume * UNITS_PER_LOT);
    const moved: StoredSignal = {
      ...signal,
      openedUnits: signal.openedUnits + (deal.entry === 'IN' ? units : 0),
      closedUnits: signal.closedUnits + (deal.entry === 'OUT' || deal.entry === 'OUT_BY' ? units : 0),
      updatedAt: atMs,
    };
    const closes = signal.state === 'EXECUTED' && nothingRemains(moved);
    return { kind: 'stored', state: this.#change(closes ? { ...moved, state: 'CLOSED' } : moved) };
  }

  #describe(head: AccountHead, op: Op<'symbols'>): OpResult {
    const keys = op.symbols.map((told) => {
      const key = symbolKey({ accountId: head.id, brokerName: told.brokerName });
      const standing = this.#symbols.get(key);
      const symbolId = standing?.symbolId ?? this.#nextSymbolId(head.id);
      this.#symbols.set(key, {
        accountId: head.id,
        tenantId: head.tenantId,
        symbolId,
        brokerName: told.brokerName,
        symbol: told.symbol,
        details: told.details,
      });
      this.#changedSymbols.add(key);
      return key;
    });
    return { kind: 'symbols', rows: [...new Set(keys)].map((key) => this.#symbolRow(key)) };
  }

  #symbolRow(key: string): AccountSymbolRow {
    const { tenantId: _, ...row } = this.#symbols.get(key) as StoredSymbol;
    return row;
  }

  #nextSymbolId(accountId: string): number {
    const head = this.#heads.get(accountId);
    assert(head !== undefined, 'symbols are described only under a head');
    this.#heads.set(accountId, { ...head, symbolSeq: head.symbolSeq + 1 });
    this.#symbolHeads.add(accountId);
    return head.symbolSeq + 1;
  }

  #signalOf(accountId: string, signalId: string): StoredSignal | undefined {
    const signal = this.#signals.get(signalId);
    return signal?.accountId === accountId ? signal : undefined;
  }

  #change(signal: StoredSignal): SignalState {
    this.#signals.set(signal.id, signal);
    if (!this.#inserted.has(signal.id)) this.#changed.add(signal.id);
    return signal.state;
  }
}
