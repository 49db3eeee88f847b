import { PASSED, type RiskCheck, refused } from './risk-check.js';

/** The symbol is one that the tenant's tier and settings cover. */
export const subscriptionCheck: RiskCheck = {
  name: 'subscription',
  check: ({ decision, subscribed }) => {
    const covered = subscribed === 'all' || subscribed.has(decision.symbol);
    return covered ? PASSED : refused('symbol-not-subscribed', { symbol: decision.symbol, subscribed: subscribed.size });
  },
};
