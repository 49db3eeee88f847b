import { assert } from '../runtime/assert.js';
import { brokerPrices } from './broker-price.js';
import { passed, type RiskCheck } from './risk-check.js';

/** The decision's prices can be had at the account's broker; adds them to the order. */
export const priceCheck: RiskCheck = {
  name: 'price',
  check: ({ decision, quote, reference, symbol }, draft) => {
    assert(quote !== undefined && symbol !== undefined, 'the quote is checked before it is used');
    const reconciled = brokerPrices(decision, quote, reference, symbol);
    if (!reconciled.ok) return reconciled;
    draft.prices = reconciled.prices;
    return passed(reconciled.prices as unknown as Readonly<Record<string, number | boolean>>);
  },
};
