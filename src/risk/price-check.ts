import { LIMITS } from '../limits.js';
import type { PriceStanding } from '../prices/account-prices.js';
import { assert } from '../runtime/assert.js';
import { brokerPrices } from './broker-price.js';
import { type Figures, passed, type RiskCheck, refused } from './risk-check.js';

/** What the broker's quotes of the symbol usually are beside the reference; the deviation of now is among the prices. */
function usualFigures(standing: PriceStanding | undefined): Figures {
  if (standing === undefined) return {};
  const { usualBid, usualAsk, dispersionBid, dispersionAsk, usualReach, compared } = standing.figures;
  return { usualBid, usualAsk, dispersionBid, dispersionAsk, usualReach, compared };
}

/** The decision's prices can be had at the account's broker, by a quote that is like its others; adds them to the order. */
export const priceCheck: RiskCheck = {
  name: 'price',
  check: ({ decision, quote, reference, symbol, standing, nowMs }, draft) => {
    assert(quote !== undefined && symbol !== undefined, 'the quote is checked before it is used');
    if (standing?.spikeSinceMs !== undefined)
      return refused('quote-implausible', { ...standing.figures, spikeMs: nowMs - standing.spikeSinceMs });
    const usual = usualFigures(standing);
    const reconciled = brokerPrices(decision, quote, reference, symbol);
    if (!reconciled.ok) return { ...reconciled, figures: { ...usual, ...reconciled.figures } };
    const { prices } = reconciled;
    // Not the same thing under the same name, or one of the two prices is wrong: nothing can be moved by that.
    const percentMost = 100 * LIMITS.market.absurdJump;
    if (prices.deviationPercent > percentMost) return refused('quote-implausible', { ...prices, ...usual, percentMost });
    draft.prices = prices;
    // Nothing deviates from itself: the account's quotes are the feed.
    return passed({ ...prices, ...usual, ...(quote === reference ? { ownReference: true } : {}) });
  },
};
