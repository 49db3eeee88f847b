import { PASSED, type RiskCheck, refused } from './risk-check.js';

/** The trading settings let this symbol be traded, and in this direction. */
export const allowedCheck: RiskCheck = {
  name: 'allowed',
  check: ({ decision: { symbol, direction }, settings: { symbols, directions } }) => {
    if (symbols !== null && !symbols.includes(symbol)) return refused('symbol-not-allowed', { symbol, allowed: symbols.length });
    const barred = directions === 'close-only' || directions === (direction === 'BUY' ? 'short-only' : 'long-only');
    return barred ? refused('direction-not-allowed', { direction, directions }) : PASSED;
  },
};
