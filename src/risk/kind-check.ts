import { heldVolume } from './holdings.js';
import { PASSED, type RiskCheck, refused } from './risk-check.js';

/** What rounding may leave between two sums of the same lots. */
const NEAR_LOTS = 1e-6;

/** The account and the broker's symbol are of a kind on which a position of ours can be opened, held and closed alone. */
export const kindCheck: RiskCheck = {
  name: 'kind',
  check: ({ decision: { direction }, account, symbol, holdings }) => {
    if (account.fifo) return refused('fifo-account', {});
    if (symbol === undefined) return PASSED;
    const { tradeMode, brokerName } = symbol;
    if (tradeMode === 'DISABLED') return refused('symbol-disabled', { brokerName });
    if (tradeMode === 'CLOSE_ONLY') return refused('close-only', { brokerName });
    if (tradeMode === 'LONG_ONLY' && direction === 'SELL') return refused('long-only', { brokerName });
    if (tradeMode === 'SHORT_ONLY' && direction === 'BUY') return refused('short-only', { brokerName });
    if (account.marginMode === 'hedging') return PASSED;
    let foreign = 0;
    for (const { brokerName: name, ours, volume } of holdings.list) if (name === brokerName && !ours) foreign += volume;
    const ours = heldVolume(holdings, brokerName, 'BUY') + heldVolume(holdings, brokerName, 'SELL') - foreign;
    if (foreign > NEAR_LOTS) return refused('netting-foreign-volume', { brokerName, foreign, ours });
    // A position has one pair of stops: a second signal in it would move those that the first one's risk was promised by, and
    // what closes it would close both.
    return ours > NEAR_LOTS ? refused('netting-position-held', { brokerName, ours }) : PASSED;
  },
};
