/**
 * Whether a closed trade of ours lost more than was promised when it was sent, and why. The promise holds for any fill in the
 * entry's range and a close at the stop, with the commission known then; what can break it is a fill outside the range, a price
 * that jumped the stop, costs that were not known, and money that is worth something else by then. Pure.
 */
import type { LimitEvent } from '../risk/limit-event.js';
import type { ClosedTradeRows } from '../storage/ledger/ledger.js';
import { tradeFigures } from './closed-trade.js';
import { netOf } from './performance.js';

export const LOSS_CAUSES = ['fill-outside-range', 'closed-beyond-stop', 'costs', 'exchange-rate'] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

export interface LossBeyondPlan {
  readonly planned: number;
  readonly actual: number;
  /** What made the most of the difference. */
  readonly cause: LossCause;
  /** What each made of it, in the account's currency. */
  readonly shares: Readonly<Record<LossCause, number>>;
}

/** Half of the smallest coin for each of a trade's few roundings. */
const NEAR = 0.02;

const SENTENCES: Readonly<Record<LossCause, string>> = {
  'fill-outside-range': 'A trade lost more than planned: it was filled outside its range.',
  'closed-beyond-stop': 'A trade lost more than planned: it was closed beyond its stop, which the price had jumped.',
  costs: 'A trade lost more than planned: commission and swap were not in the plan.',
  'exchange-rate': 'A trade lost more than planned: its currency was worth something else when it closed.',
};

/** Undefined where it kept to its plan, or has none. */
export function lossBeyondPlan(rows: ClosedTradeRows): LossBeyondPlan | undefined {
  const { signal } = rows;
  const figures = tradeFigures(rows, 0);
  if (figures === undefined || !(signal.plannedLoss > 0)) return undefined;
  const planned = signal.plannedLoss;
  const actual = -netOf(figures);
  if (actual <= planned + NEAR) return undefined;
  const sign = signal.direction === 'BUY' ? 1 : -1;
  const { entryPrice, exitPrice, profit, commission, swap } = figures;
  const moved = sign * (exitPrice - entryPrice);
  // What a price step of the whole trade was worth when it closed; 0 where the price did not move at all.
  const perPrice = moved === 0 ? 0 : Math.abs(profit / moved);
  const worst = sign > 0 ? signal.entryHigh : signal.entryLow;
  const outside = Math.max(0, sign * (entryPrice - worst));
  const beyond = Math.max(0, sign * (signal.stopLoss - exitPrice));
  // Of the plan, what was not for the price to take.
  const plannedCosts = Math.max(0, planned - sign * (worst - signal.stopLoss) * perPrice);
  const shares = {
    'fill-outside-range': outside * perPrice,
    'closed-beyond-stop': beyond * perPrice,
    costs: Math.max(0, -(commission + swap) - plannedCosts),
    'exchange-rate': 0,
  };
  const explained = shares['fill-outside-range'] + shares['closed-beyond-stop'] + shares.costs;
  shares['exchange-rate'] = Math.max(0, actual - planned - explained);
  const [cause] = [...LOSS_CAUSES].sort((one, other) => shares[other] - shares[one]);
  return { planned, actual, cause: cause as LossCause, shares };
}

export function lossEventOf({ planned, actual, cause }: LossBeyondPlan): LimitEvent {
  return {
    kind: 'loss-beyond-plan',
    severity: 'warning',
    sentence: SENTENCES[cause],
    limitValue: planned,
    currentValue: actual,
    action: cause,
  };
}
