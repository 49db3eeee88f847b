import { LIMITS } from '../limits.js';
import type { Direction } from '../signals/signal.js';
import type { OrderPrices } from './broker-price.js';
import { type Caps, type Refusal, refused, type SymbolSpec } from './risk-check.js';
import { stepsToValue, wholeSteps } from './steps.js';

const RISK_PERCENT_MOST = 2;

/** Risk grows from 1 % at a score of 60 to 2 % at 100; below, it shrinks at the same rate, to nothing. */
export function riskPercentOf(score: number): number {
  return Math.max(0, Math.min(RISK_PERCENT_MOST, 1 + (score - 60) / 40));
}

/** The least of what the score earns, the tenant's cap and the user's own. */
export function cappedRiskPercent(score: number, caps: Caps): number {
  return Math.min(riskPercentOf(score), caps.tenantRiskPercent, caps.userRiskPercent ?? Number.POSITIVE_INFINITY);
}

export interface OrderSize {
  readonly volume: number;
  /** What was allowed; the volume's rounding keeps the loss at or below it. */
  readonly riskPercent: number;
  /** Entry, at the adverse end of its range, to stop, in price. */
  readonly stopDistance: number;
  /** Loss of the whole volume over that distance, with commission, in the account's currency. */
  readonly plannedLoss: number;
}

export interface SizeInput {
  readonly nowMs: number;
  readonly direction: Direction;
  readonly score: number;
  readonly equity: number;
  readonly prices: Pick<OrderPrices, 'entryLow' | 'entryHigh' | 'stopLoss'>;
  readonly symbol: SymbolSpec;
  readonly caps: Caps;
}

type Sized = { readonly ok: true; readonly size: OrderSize } | Refusal;

/**
 * The volume whose loss at the stop is the risk allowed, measured from the adverse end of the entry range: a promise must hold
 * for the worst fill that the order permits. Rounded down to the step, cut at the largest volume, refused under the smallest.
 */
export function sizeOrder(input: SizeInput): Sized {
  const { symbol, caps, equity, prices } = input;
  const unpriced = refuseTickValue(symbol, input.nowMs);
  if (unpriced !== undefined) return unpriced;
  if (!(equity > 0)) return refused('equity-missing', { equity });
  const riskPercent = cappedRiskPercent(input.score, caps);
  const stopDistance = input.direction === 'BUY' ? prices.entryHigh - prices.stopLoss : prices.stopLoss - prices.entryLow;
  const lossPerLot = (stopDistance / symbol.tickSize) * symbol.tickValueLoss + symbol.commissionPerLot;
  const wanted = (equity * riskPercent) / 100 / lossPerLot;
  const most = Math.min(symbol.volumeMax, caps.userVolume ?? Number.POSITIVE_INFINITY);
  const steps = wholeSteps(Math.min(wanted, most), symbol.volumeStep, 'down');
  const volume = stepsToValue(steps, symbol.volumeStep);
  if (steps <= 0 || steps < wholeSteps(symbol.volumeMin, symbol.volumeStep, 'up')) {
    return refused('volume-below-minimum', { wanted, volumeMost: most, volumeMin: symbol.volumeMin, riskPercent, stopDistance });
  }
  return { ok: true, size: { volume, riskPercent, stopDistance, plannedLoss: volume * lossPerLot } };
}

function refuseTickValue(symbol: SymbolSpec, nowMs: number): Refusal | undefined {
  const { tickValueLoss } = symbol;
  if (!(tickValueLoss > 0)) return refused('tick-value-missing', { tickValueLoss });
  const ageMs = nowMs - symbol.tickValueAtMs;
  return ageMs > LIMITS.quote.tickValueStaleMs
    ? refused('tick-value-stale', { ageMs, ageMsMax: LIMITS.quote.tickValueStaleMs })
    : undefined;
}
