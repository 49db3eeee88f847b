import { PASSED, type RiskCheck, refused } from './risk-check.js';

/** The owner lets the engine trade this account; real money needs the switch for live trading. */
export const modeCheck: RiskCheck = {
  name: 'mode',
  check: ({ account: { mode, tradeMode } }) => {
    if (mode === 'observe') return refused('observe-mode', { mode, tradeMode });
    if (tradeMode === 'live' && mode !== 'live') return refused('live-not-enabled', { mode, tradeMode });
    return PASSED;
  },
};
