import { PASSED, type RiskCheck, refused } from './risk-check.js';

/** Nobody, no limit and no full disk has stopped trading. */
export const tradingCheck: RiskCheck = {
  name: 'trading',
  check: ({ trading: { stopped, disabled, historyFull } }) => {
    if (stopped !== null) return refused('emergency-stop', { why: stopped.reason, sinceMs: stopped.atMs });
    if (historyFull) return refused('history-full', {});
    return disabled === null
      ? PASSED
      : refused('account-disabled', { why: disabled.reason, by: disabled.by, sinceMs: disabled.atMs });
  },
};
