import type { Decision, Direction } from '../signals/signal.js';
import type { OrderPrices } from './broker-price.js';
import { type Caps, type Refusal, refused, type SymbolSpec } from './risk-check.js';
import { stepsToValue, wholeSteps } from './steps.js';

type Regime = NonNullable<Decision['regime']>;

const RISK_PERCENT_MOST = 2;
/** In a market that moves wildly, or a move that is nearly spent, less is put at risk. */
const HALVED: ReadonlySet<Regime> = new Set(['VOLATILE', 'TREND_UP_EXHAUSTING', 'TREND_DOWN_EXHAUSTING']);

/** Risk grows from 1 % at a score of 60 to 2 % at 100; below, it shrinks at the same rate, to nothing. */
export function riskPercentOf(score: number): number {
  return Math.max(0, Math.min(RISK_PERCENT_MOST, 1 + (score - 60) / 40));
}

export function regimeFactor(regime: Regime | undefined): number {
  return regime !== undefined && HALVED.has(regime) ? 0.5 : 1;
}

export interface RiskFactors {
  readonly score: number;
  readonly regime?: Regime | undefined;
  /** 1, or what a drawdown leaves of it. */
  readonly drawdownFactor: number;
  readonly caps: Caps;
}

/** The least of what the score earns in this regime and drawdown, the tenant's cap and the user's own. */
export function cappedRiskPercent({ score, regime, drawdownFactor, caps }: RiskFactors): number {
  const earned = riskPercentOf(score) * regimeFactor(regime) * drawdownFactor;
  return Math.min(earned, caps.tenantRiskPercent, caps.userRiskPercent ?? Number.POSITIVE_INFINITY);
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

export interface SizeInput extends RiskFactors {
  readonly direction: Direction;
  readonly equity: number;
  readonly prices: Pick<OrderPrices, 'entryLow' | 'entryHigh' | 'stopLoss'>;
  readonly symbol: Pick<
    SymbolSpec,
    'tickSize' | 'tickValueLoss' | 'commissionPerLot' | 'volumeMin' | 'volumeMax' | 'volumeStep' | 'volumeLimit'
  >;
  /** Lots of the symbol that are held that way, or on their way. */
  readonly held: number;
}

type Sized = { readonly ok: true; readonly size: OrderSize } | Refusal;

/**
 * The volume whose loss at the stop is the risk allowed, measured from the adverse end of the entry range: a promise must hold
 * for the worst fill that the order permits. Rounded down to the step, cut at the largest volume, refused under the smallest.
 */
export function sizeOrder(input: SizeInput): Sized {
  const { symbol, caps, equity, prices, held } = input;
  if (!(equity > 0)) return refused('equity-missing', { equity });
  const { volumeMin, volumeStep, volumeLimit } = symbol;
  const left = volumeLimit > 0 ? volumeLimit - held : Number.POSITIVE_INFINITY;
  const leastSteps = Math.max(1, wholeSteps(volumeMin, volumeStep, 'up'));
  if (wholeSteps(left, volumeStep, 'down') < leastSteps) return refused('volume-limit-reached', { held, volumeLimit, volumeMin });
  const riskPercent = cappedRiskPercent(input);
  const stopDistance = input.direction === 'BUY' ? prices.entryHigh - prices.stopLoss : prices.stopLoss - prices.entryLow;
  const lossPerLot = (stopDistance / symbol.tickSize) * symbol.tickValueLoss + symbol.commissionPerLot;
  const wanted = (equity * riskPercent) / 100 / lossPerLot;
  const most = Math.min(symbol.volumeMax, left, caps.userVolume ?? Number.POSITIVE_INFINITY);
  const steps = wholeSteps(Math.min(wanted, most), volumeStep, 'down');
  if (steps < leastSteps)
    return refused('volume-below-minimum', { wanted, volumeMost: most, volumeMin, riskPercent, stopDistance });
  const volume = stepsToValue(steps, volumeStep);
  return { ok: true, size: { volume, riskPercent, stopDistance, plannedLoss: volume * lossPerLot } };
}
