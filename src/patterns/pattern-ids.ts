/**
 * Ids that are worked out, and not drawn: who comes later, or comes again after a restart, comes to the same one. So nothing
 * has to keep which pattern a decision made.
 */
import { seededIds } from '../runtime/ids.js';
import type { Decision } from '../signals/signal.js';

const PATTERNS = seededIds('pattern');
const STRATEGIES = seededIds('strategy');
const CORRELATIONS = seededIds('correlation');

/** One decision, however many accounts execute it. */
export type DecisionKey = Pick<Decision, 'tenantId' | 'strategy' | 'symbol' | 'timeframe' | 'closeTime' | 'direction'>;

export function decisionName({ strategy, symbol, timeframe, closeTime, direction }: DecisionKey): string {
  return [strategy, symbol, timeframe, closeTime, direction].join(':');
}

export function patternIdOf(decision: DecisionKey): string {
  return PATTERNS.idFor(`${decision.tenantId}:${decisionName(decision)}`, decision.closeTime);
}

export function strategyIdOf(tenantId: string, strategy: string): string {
  return STRATEGIES.idFor(`${tenantId}:${strategy}`, 0);
}

export function correlationIdOf(tenantId: string, symbols: readonly [string, string]): string {
  return CORRELATIONS.idFor(`${tenantId}:${symbols.join(':')}`, 0);
}
