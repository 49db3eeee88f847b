import { passed, type RiskCheck, refused } from './risk-check.js';

/** Nobody, no limit and no full disk has stopped trading. */
export const tradingCheck: RiskCheck = {
  name: 'trading',
  check: ({ trading }) => {
    if (trading.emergencyStop) return refused('emergency-stop', {});
    if (trading.historyFull) return refused('history-full', {});
    return trading.enabled ? passed({}) : refused('trading-disabled', {});
  },
};
