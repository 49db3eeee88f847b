import { assert } from '../runtime/assert.js';
import { heldVolume } from './holdings.js';
import { passed, type RiskCheck, refused } from './risk-check.js';
import { sizeOrder } from './size.js';

/** The risk allowed buys a volume that the broker takes; adds it to the order. */
export const sizeCheck: RiskCheck = {
  name: 'size',
  check: ({ decision, account, symbol, caps, settings, losses, holdings }, draft) => {
    const { prices } = draft;
    assert(prices !== undefined && symbol !== undefined, 'prices are worked out before the size');
    const { direction, score, regime } = decision;
    const held = symbol.volumeLimit > 0 ? heldVolume(holdings, symbol.brokerName, direction) : 0;
    const { drawdownPercent = 0 } = losses;
    const halved = settings.drawdownHalvesPercent !== null && drawdownPercent > settings.drawdownHalvesPercent;
    const drawdownFactor = halved ? 0.5 : 1;
    const sized = sizeOrder({ direction, score, regime, equity: account.equity, prices, symbol, caps, drawdownFactor, held });
    if (!sized.ok) return refused(sized.reason, sized.figures);
    draft.size = sized.size;
    return passed({ equity: account.equity, drawdownFactor, ...sized.size });
  },
};
