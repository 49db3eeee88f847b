import { passed, type RiskCheck, refused } from './risk-check.js';

/** Nobody, and no limit, has stopped trading. */
export const tradingCheck: RiskCheck = {
  name: 'trading',
  check: ({ trading }) => {
    if (trading.emergencyStop) return refused('emergency-stop', {});
    return trading.enabled ? passed({}) : refused('trading-disabled', {});
  },
};
