/** What a closed trade tells of its pattern and of its strategy. Pure. */
import { tradeFigures } from '../accounts/closed-trade.js';
import { netOf } from '../accounts/performance.js';
import type { ClosedTradeRows } from '../storage/ledger/ledger.js';

/** A pattern has won from so many pips on. */
const WON_PIPS = 10;
/** Pips are told to the thousandth: a price that is exactly ten away is not nine and many nines. */
const PIP_PARTS = 1_000;

export interface TradeResult {
  readonly signalId: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly won: boolean;
  /** Of the price alone. */
  readonly pips: number;
  /** What was left after costs, over what the stop would have lost: the same in every currency. */
  readonly risked: number;
  /** When the ledger had it. */
  readonly atMs: number;
}

export function tradeResult(rows: ClosedTradeRows): TradeResult | undefined {
  const figures = tradeFigures(rows, 0);
  if (figures === undefined) return undefined;
  const { id: signalId, strategy, symbol, direction, stopLoss, updatedAt: atMs } = rows.signal;
  // Plus 0: a price that did not move has not lost either.
  const pips = Math.round(figures.pips * PIP_PARTS) / PIP_PARTS + 0;
  const moved = (figures.exitPrice - figures.entryPrice) * (direction === 'BUY' ? 1 : -1);
  const distance = Math.abs(figures.entryPrice - stopLoss);
  // What a price is worth in the account's money is known from the profit that it made.
  const share = figures.profit === 0 ? 1 : netOf(figures) / figures.profit;
  const risked = stopLoss > 0 && distance > 0 ? (moved / distance) * share : 0;
  return { signalId, strategy, symbol, won: pips >= WON_PIPS, pips, risked, atMs };
}
