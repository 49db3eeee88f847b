import { LIMITS } from '../limits.js';
import { assert } from '../runtime/assert.js';
import { brokerPrices } from './broker-price.js';
import { priceFigures, usualFigures } from './price-figures.js';
import { passed, type RiskCheck, refused } from './risk-check.js';

/** The decision's prices can be had at the account's broker, by a quote that is like its others; adds them to the order. */
export const priceCheck: RiskCheck = {
  name: 'price',
  check: ({ decision, quote, reference, symbol, standing, nowMs }, draft) => {
    assert(quote !== undefined && symbol !== undefined, 'the quote is checked before it is used');
    if (standing?.spikeSinceMs !== undefined)
      return refused('quote-implausible', { ...standing.figures, spikeMs: nowMs - standing.spikeSinceMs });
    const reconciled = brokerPrices(decision, quote, reference, symbol);
    if (!reconciled.ok) return { ...reconciled, figures: { ...(standing && usualFigures(standing)), ...reconciled.figures } };
    const { prices } = reconciled;
    assert(reference !== undefined, 'nothing is priced without a reference');
    const figures = priceFigures(quote, reference, prices, standing, nowMs);
    // Not the same thing under the same name, or one of the two prices is wrong: nothing can be moved by that.
    const percentMost = 100 * LIMITS.market.absurdJump;
    if (prices.deviationPercent > percentMost) return refused('quote-implausible', { ...prices, ...figures, percentMost });
    draft.prices = prices;
    draft.figures = figures;
    return passed(figures);
  },
};
