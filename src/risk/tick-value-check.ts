import { LIMITS } from '../limits.js';
import { assert } from '../runtime/assert.js';
import { passed, type RiskCheck, refused } from './risk-check.js';
import { expectedTickValue } from './tick-value.js';

/** How far what the broker tells may be from what quotes say: spreads, roundings and quotes a minute old; a wrong unit is far more. */
const APART_MOST = 0.05;

/** The tick value is told, fresh, and what it must be by the quotes of the currencies, where they are known. */
export const tickValueCheck: RiskCheck = {
  name: 'tick-value',
  check: ({ nowMs, symbol, account: { currency }, surroundings }) => {
    assert(symbol !== undefined, 'the symbol is checked before its tick value');
    const { tickValueLoss } = symbol;
    if (!(tickValueLoss > 0)) return refused('tick-value-missing', { tickValueLoss });
    const ageMs = nowMs - symbol.tickValueAtMs;
    const ageMsMax = LIMITS.quote.tickValueStaleMs;
    if (ageMs > ageMsMax) return refused('tick-value-stale', { ageMs, ageMsMax });
    const expected = expectedTickValue(symbol, currency, surroundings.rate);
    if (expected === undefined) return passed({ tickValueLoss, tickValueChecked: false });
    const apart = Math.abs(tickValueLoss / expected - 1);
    const figures = { tickValueLoss, tickValueExpected: expected, tickValueTimes: tickValueLoss / expected };
    return apart > APART_MOST ? refused('tick-value-implausible', figures) : passed(figures);
  },
};
