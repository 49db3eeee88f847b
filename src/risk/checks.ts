import { modeCheck } from './mode-check.js';
import { priceCheck } from './price-check.js';
import { quoteCheck } from './quote-check.js';
import type { RiskCheck } from './risk-check.js';
import { sizeCheck } from './size-check.js';
import { subscriptionCheck } from './subscription-check.js';
import { tradingCheck } from './trading-check.js';

/** In the order they are asked: rights, then state, then price, then what the price allows. A new check is a file and a line. */
export const CHECKS: readonly RiskCheck[] = [subscriptionCheck, modeCheck, tradingCheck, quoteCheck, priceCheck, sizeCheck];
