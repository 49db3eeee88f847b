/** Signals of the in-memory ledger: what operations make of them, what comes of their executions and deals, and how they are read. */
import { mayFollow, isUndecided, type SignalState } from '../../../signals/signal.js';
import type { AccountRow, ClosedTradeRows, DealRow, ExplainedSignal, LedgerOp, OpResult, SignalRow } from '../ledger.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, decisionKey, inOrder, type Key, keyOf, signalKey } from './row-keys.js';

type Op<K extends LedgerOp['kind']> = Extract<LedgerOp, { kind: K }>;

const units = (volume: number): number => Math.round(volume * 1e8);

export class MemorySignals {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  raise(account: AccountRow, { signal, lineage: body }: Op<'raise'>, journal: Journal): OpResult {
    const { signals, signalOfKey, signalOfSeq, accounts, lineage } = this.#tables;
    const known = signals.get(signalOfKey.get(signalKey(signal)) ?? signal.id);
    if (known !== undefined) return known.accountId === account.id ? { kind: 'exists', row: known } : { kind: 'exists' };
    const seq = account.seq + 1;
    const unfilled = { reason: null, filledVolume: 0, remainingVolume: 0, fillPrice: 0 };
    const row: SignalRow = { ...signal, ...unfilled, tenantId: account.tenantId, seq, updatedAt: signal.createdAt };
    accounts.put(account.id, { ...account, seq }, journal);
    signals.put(row.id, row, journal);
    signalOfKey.put(signalKey(row), row.id, journal);
    signalOfSeq.put(keyOf(account.id, seq), row.id, journal);
    if (body !== undefined && !lineage.has(decisionKey(row))) lineage.put(decisionKey(row), { body }, journal);
    return { kind: 'raised', row };
  }

  refuse(account: AccountRow, { refusal }: Op<'refuse'>, journal: Journal): OpResult {
    const { accountId, closeTime, strategy, symbol, timeframe, direction } = refusal;
    const key = keyOf(accountId, closeTime, strategy, symbol, timeframe, direction);
    if (this.#tables.refusals.has(key)) return { kind: 'exists' };
    this.#tables.refusals.put(key, { ...refusal, tenantId: account.tenantId }, journal);
    return { kind: 'stored' };
  }

  transition(op: Op<'transition'>, journal: Journal): OpResult {
    const signal = this.#signalOf(op.accountId, op.signalId);
    if (signal === undefined) return { kind: 'missing' };
    if (!op.from.includes(signal.state) || !mayFollow(signal.state, op.to)) return { kind: 'unmoved', state: signal.state };
    const moved = { ...signal, state: op.to, reason: op.reason, updatedAt: op.atMs };
    const sent = op.to === 'SENT' && op.instance !== undefined ? { instance: op.instance } : {};
    this.#tables.signals.put(signal.id, { ...moved, ...sent }, journal);
    return { kind: 'moved', state: op.to };
  }

  result(account: AccountRow, { execution, atMs }: Op<'result'>, journal: Journal): OpResult {
    const key = keyOf(account.id, execution.signalId, execution.attempt, execution.outcome);
    if (this.#tables.executions.has(key)) return { kind: 'exists' };
    const signal = this.#signalOf(account.id, execution.signalId);
    if (signal === undefined) return { kind: 'missing' };
    this.#tables.executions.put(key, { ...execution, tenantId: account.tenantId }, journal);
    if (!mayFollow(signal.state, execution.outcome)) return { kind: 'stored', state: signal.state };
    const moved: SignalRow = { ...signal, state: execution.outcome, reason: execution.sentence || null, updatedAt: atMs };
    const filled =
      execution.outcome === 'EXECUTED'
        ? {
            filledVolume: execution.filledVolume,
            fillPrice: execution.price,
            position: signal.kind === 'OPEN' ? execution.position : signal.position,
          }
        : {};
    return { kind: 'stored', state: this.#settle({ ...moved, ...filled }, journal) };
  }

  deal(account: AccountRow, { deal, atMs }: Op<'deal'>, journal: Journal): OpResult {
    const { deals, dealsOfSignal, newestDeal } = this.#tables;
    const key = keyOf(account.id, deal.deal);
    if (deals.has(key)) return { kind: 'exists' };
    const signal = deal.signalId === null ? undefined : this.#signalOf(account.id, deal.signalId);
    if (deal.signalId !== null && signal === undefined) return { kind: 'missing' };
    const row = { ...deal, tenantId: account.tenantId };
    deals.put(key, row, journal);
    if (BigInt(newestDeal.get(account.id) ?? -1) < BigInt(deal.deal)) newestDeal.put(account.id, deal.deal, journal);
    if (signal === undefined) return { kind: 'stored' };
    dealsOfSignal.put(signal.id, [...(dealsOfSignal.get(signal.id) ?? []), row], journal);
    return { kind: 'stored', state: this.#settle({ ...signal, updatedAt: atMs }, journal) };
  }

  /** Sums up the signal's deals, closes it where they say so, and stores it. */
  #settle(signal: SignalRow, journal: Journal): SignalState {
    const deals = this.#tables.dealsOfSignal.get(signal.id) ?? [];
    const sum = (...entries: readonly DealRow['entry'][]): number =>
      deals.filter(({ entry }) => entries.includes(entry)).reduce((total, { volume }) => total + units(volume), 0);
    const opened = sum('IN');
    const closed = sum('OUT', 'OUT_BY');
    const state =
      signal.state === 'EXECUTED' && opened > 0 && closed >= Math.max(opened, units(signal.filledVolume))
        ? 'CLOSED'
        : signal.state;
    this.#tables.signals.put(signal.id, { ...signal, state, remainingVolume: Math.max(0, opened - closed) / 1e8 }, journal);
    return state;
  }

  #signalOf(accountId: string, signalId: string): SignalRow | undefined {
    const signal = this.#tables.signals.get(signalId);
    return signal?.accountId === accountId ? signal : undefined;
  }

  /** In the order of their numbers. */
  ofAccount(account: AccountRow): SignalRow[] {
    const rows: SignalRow[] = [];
    const leaps = this.#tables.leaps.get(account.id) ?? [];
    for (let seq = 1; seq <= account.seq; seq++) {
      const row = this.#tables.signals.get(this.#tables.signalOfSeq.get(keyOf(account.id, seq)) ?? '');
      if (row !== undefined) rows.push(row);
      // Only a restore leaves numbers out.
      else seq = leaps.find(({ afterSeq }) => afterSeq === seq - 1)?.seq ?? seq;
    }
    return rows;
  }

  /** What a new session must take up again. */
  openOf(account: AccountRow): SignalRow[] {
    return this.ofAccount(account).filter(({ state, kind }) => isUndecided(state) || (state === 'EXECUTED' && kind === 'OPEN'));
  }

  explained(signalId: string): ExplainedSignal | undefined {
    const signal = this.#tables.signals.get(signalId);
    if (signal === undefined) return undefined;
    return copy({ signal, lineage: this.#tables.lineage.get(decisionKey(signal))?.body ?? null });
  }

  closedTrades(accountId: string, sinceMs: number): readonly ClosedTradeRows[] {
    const { signals, dealsOfSignal } = this.#tables;
    const closed = signals
      .values()
      .filter((row) => row.accountId === accountId && row.kind === 'OPEN' && row.state === 'CLOSED')
      .filter(({ updatedAt }) => updatedAt >= sinceMs)
      .sort((a, b) => a.seq - b.seq);
    const key = ({ brokerTime, deal }: DealRow): Key => [brokerTime, BigInt(deal)];
    return closed.map((signal) => {
      const deals = [...(dealsOfSignal.get(signal.id) ?? [])].sort((a, b) => inOrder(key(a), key(b)));
      return copy({ signal, deals });
    });
  }
}
