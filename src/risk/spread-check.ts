import { assert } from '../runtime/assert.js';
import { PASSED, passed, type RiskCheck, refused } from './risk-check.js';

/** A rounding error of a spread in pips. */
const NEAR = 1e-9;

/** The broker's spread is no wider than the settings allow. */
export const spreadCheck: RiskCheck = {
  name: 'spread',
  check: ({ quote, symbol, settings: { spreadPipsMost } }) => {
    if (spreadPipsMost === null) return PASSED;
    assert(quote !== undefined && symbol !== undefined, 'the quote is checked before its spread');
    const spreadPips = (quote.ask - quote.bid) / symbol.pip;
    const figures = { spreadPips, spreadPipsMost };
    return spreadPips > spreadPipsMost + NEAR ? refused('spread-wide', figures) : passed(figures);
  },
};
