/** Signals that were executed and trades that closed, for who learns of them; and a ledger that tells of them and of nothing else. */
import { embeddingText } from '../../src/signals/lineage-embedding.js';
import { seededIds } from '../../src/runtime/ids.js';
import type { Decision } from '../../src/signals/signal.js';
import type { ClosedTradeRows, DealRow, ExplainedSignal, Ledger, SignalRow } from '../../src/storage/ledger/ledger.js';

export const CLOSE_TIME = 1_772_409_600_000;
const ids = seededIds('learned trades');
const ENTRY = 1.1;
const STOP_PIPS = 20;
const PIP = 0.0001;
const LOT = 100_000;

/** Executed by an account; 'one' decision of several accounts has one close time. */
export function executedSignal(account: string, closeTime: number, change: Partial<SignalRow> = {}): SignalRow {
  return {
    id: ids.idFor(`${account} ${closeTime}`, closeTime),
    accountId: account,
    tenantId: 'blue',
    seq: 1,
    strategy: 'main-1',
    symbol: 'EURUSD',
    timeframe: 'M15',
    closeTime,
    kind: 'OPEN',
    targetId: null,
    position: '1',
    direction: 'BUY',
    entry: ENTRY,
    entryLow: ENTRY,
    entryHigh: ENTRY,
    stopLoss: ENTRY - STOP_PIPS * PIP,
    takeProfit: ENTRY + 1.5 * STOP_PIPS * PIP,
    volume: 0.1,
    riskPercent: 1,
    plannedLoss: 0,
    figures: {},
    score: 70,
    strength: 'MODERATE',
    parts: { technical: 70 },
    validUntil: closeTime + 900_000,
    state: 'EXECUTED',
    reason: null,
    instance: null,
    filledVolume: 0.1,
    remainingVolume: 0.1,
    fillPrice: ENTRY,
    createdAt: closeTime,
    updatedAt: closeTime,
    ...change,
  };
}

export function decisionOf(row: SignalRow): Decision {
  const { tenantId, strategy, symbol, timeframe, closeTime, direction, score, strength, parts, validUntil } = row;
  const { entry, stopLoss, takeProfit } = row;
  return {
    kind: 'OPEN',
    ...{ tenantId, strategy, symbol, timeframe, closeTime, direction, score, strength, parts, validUntil },
    ...{ entry, stopLoss, takeProfit },
  };
}

function dealOf(row: SignalRow, entry: 'IN' | 'OUT', price: number, change: Partial<DealRow>): DealRow {
  const { accountId, tenantId, id: signalId, symbol, direction, volume } = row;
  return {
    ...{ accountId, tenantId, signalId, symbol, direction, volume, entry, price },
    deal: `${signalId} ${entry}`,
    order: '1',
    position: '1',
    profit: 0,
    commission: 0,
    swap: 0,
    reason: 'tp',
    magic: '1',
    brokerTime: row.updatedAt,
    ...change,
  };
}

/** The trade as it closed so many pips away, `atMs` in the ledger. */
export function closedTrade(row: SignalRow, pips: number, atMs: number, costs = 0): ClosedTradeRows {
  const signal: SignalRow = { ...row, state: 'CLOSED', updatedAt: atMs, remainingVolume: 0 };
  const side = row.direction === 'BUY' ? 1 : -1;
  const out = dealOf(signal, 'OUT', ENTRY + side * pips * PIP, { profit: pips * PIP * LOT * row.volume, commission: costs });
  return { signal, deals: [dealOf(signal, 'IN', ENTRY, {}), out] };
}

export class ToldLedger implements Pick<Ledger, 'closedTrades' | 'explained'> {
  readonly trades: ClosedTradeRows[] = [];
  readonly lineages = new Map<string, string>();
  explainedAsked = 0;
  down = false;

  keepLineage(row: SignalRow, embedding: Float32Array): void {
    this.lineages.set(row.id, JSON.stringify({ regime: 'QUIET', embedding: embeddingText(embedding), embedder: 'cnn-m1' }));
  }

  async closedTrades(accountId: string, sinceMs: number): Promise<readonly ClosedTradeRows[]> {
    if (this.down) throw new Error('the ledger is down');
    return this.trades.filter(({ signal }) => signal.accountId === accountId && signal.updatedAt >= sinceMs);
  }

  async explained(signalId: string): Promise<ExplainedSignal | undefined> {
    if (this.down) throw new Error('the ledger is down');
    this.explainedAsked += 1;
    const lineage = this.lineages.get(signalId);
    return lineage === undefined ? undefined : { signal: executedSignal('any', 0), lineage };
  }
}
