import { assert } from '../runtime/assert.js';
import { passed, type RiskCheck } from './risk-check.js';
import { sizeOrder } from './size.js';

/** The risk allowed buys a volume that the broker takes; adds it to the order. */
export const sizeCheck: RiskCheck = {
  name: 'size',
  check: ({ nowMs, decision, account, symbol, caps, draft: { prices } }) => {
    assert(prices !== undefined && symbol !== undefined, 'prices are worked out before the size');
    const { direction, score } = decision;
    const sized = sizeOrder({ nowMs, direction, score, equity: account.equity, prices, symbol, caps });
    if (!sized.ok) return sized;
    return passed({ equity: account.equity, ...sized.size }, { size: sized.size });
  },
};
