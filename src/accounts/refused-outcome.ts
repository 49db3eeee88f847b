/**
 * What a refused signal would have brought, by a stated rule: entered at the close that decided, at the reference's price, and
 * held until a later candle of the same timeframe reached its stop or its target.
 *
 * - Candles are of bids. A buy pays the spread when it enters and leaves at the bid; a sell leaves at the ask, a candle's mean
 *   spread above its bids.
 * - A candle that opens beyond a level leaves at that opening price, which after a gap is worse than the stop or better than
 *   the target.
 * - A candle that reaches both has reached the stop.
 * - Where the candle right after the close is not there any more, nothing is said. Neither exits by settings nor an opposite
 *   signal are looked at, and size and costs are not known: what comes out is pips, and multiples of what was risked.
 */
import type { Candle } from '../market/candle.js';
import { TIMEFRAME_MS } from '../market/timeframe.js';
import type { Direction } from '../signals/signal.js';
import type { RefusalRow } from '../storage/ledger/ledger.js';
import { pipsBetween } from './closed-trade.js';

export interface RefusedLevels {
  readonly entry: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
}

export type RefusedOutcome =
  /** Why nothing can be said. */
  | { readonly kind: 'unknown'; readonly why: 'no levels' | 'no candles' }
  | {
      /** `open`: neither was reached yet; as it stands at the newest candle. */
      readonly kind: 'target' | 'stop' | 'open';
      readonly exitPrice: number;
      readonly pips: number;
      /** Multiples of the distance to the stop. */
      readonly risks: number;
      /** Start of the candle that decided. */
      readonly atMs: number;
      /** Candles were missing before it: when exactly is not known. */
      readonly gap: boolean;
    };

/** The levels as the decision had them; undefined in rows from before they were kept, and of decisions that close. */
export function levelsOf({ figures }: RefusalRow): RefusedLevels | undefined {
  const { decisionEntry: entry, decisionStop: stopLoss, decisionTarget: takeProfit } = figures;
  if (typeof entry !== 'number' || typeof stopLoss !== 'number' || typeof takeProfit !== 'number') return undefined;
  return entry > 0 && stopLoss > 0 && takeProfit > 0 ? { entry, stopLoss, takeProfit } : undefined;
}

/** Finer than any price: what a sum of two of them is off by does not keep it from a level that it has met. */
const GRID = 1e9;

function asPrice(sum: number): number {
  return Math.round(sum * GRID) / GRID;
}

/** By the prices at which it could have been left: bids for a buy, asks for a sell. */
function leftBy(direction: Direction, { stopLoss, takeProfit }: RefusedLevels, { open, high, low, spread }: Candle) {
  const buy = direction === 'BUY';
  const left = (bid: number): number => (buy ? bid : asPrice(bid + spread));
  const [worst, best] = buy ? [low, high] : [left(high), left(low)];
  const stopped = buy ? worst <= stopLoss : worst >= stopLoss;
  const reached = buy ? best >= takeProfit : best <= takeProfit;
  const first = left(open);
  if (stopped) {
    // It opened beyond its target: there it was left, before anything else.
    if (buy ? first >= takeProfit : first <= takeProfit) return { kind: 'target', exitPrice: first } as const;
    return { kind: 'stop', exitPrice: buy ? Math.min(stopLoss, first) : Math.max(stopLoss, first) } as const;
  }
  if (!reached) return undefined;
  return { kind: 'target', exitPrice: buy ? Math.max(takeProfit, first) : Math.min(takeProfit, first) } as const;
}

/** `candles`: of its symbol and timeframe, in the order of time, as far as they are kept. */
export function refusedOutcome(refusal: RefusalRow, candles: readonly Candle[]): RefusedOutcome {
  const levels = levelsOf(refusal);
  if (levels === undefined) return { kind: 'unknown', why: 'no levels' };
  const { symbol, direction, closeTime, timeframe } = refusal;
  const decidedAt = closeTime - TIMEFRAME_MS[timeframe];
  const decided = candles.findIndex(({ time }) => time === decidedAt);
  const later = decided < 0 ? [] : candles.slice(decided + 1);
  const last = later.at(-1);
  if (last === undefined) return { kind: 'unknown', why: 'no candles' };
  const spread = (candles[decided] as Candle).spread;
  const entry = direction === 'BUY' ? levels.entry + spread : levels.entry;
  const risked = Math.abs(entry - levels.stopLoss);
  const told = (kind: 'target' | 'stop' | 'open', exitPrice: number, atMs: number, gap: boolean): RefusedOutcome => {
    const moved = (exitPrice - entry) * (direction === 'BUY' ? 1 : -1);
    return { kind, exitPrice, pips: pipsBetween(symbol, direction, entry, exitPrice), risks: moved / risked, atMs, gap };
  };
  for (const candle of later) {
    const left = leftBy(direction, levels, candle);
    if (left !== undefined) return told(left.kind, left.exitPrice, candle.time, candle.gapBefore > 0);
  }
  return told('open', last.close + (direction === 'BUY' ? 0 : last.spread), last.time, false);
}
