import { allowedCheck } from './allowed-check.js';
import { correlatedExposureCheck, currencyExposureCheck, leverageCheck } from './exposure-checks.js';
import { hoursCheck } from './hours-check.js';
import { kindCheck } from './kind-check.js';
import { lossCheck } from './loss-check.js';
import { marginCheck } from './margin-check.js';
import { modeCheck } from './mode-check.js';
import { newsCheck } from './news-check.js';
import { positionsCheck } from './positions-check.js';
import { priceCheck } from './price-check.js';
import { quoteCheck } from './quote-check.js';
import type { RiskCheck } from './risk-check.js';
import { sizeCheck } from './size-check.js';
import { spreadCheck } from './spread-check.js';
import { subscriptionCheck } from './subscription-check.js';
import { tickValueCheck } from './tick-value-check.js';
import { tradingCheck } from './trading-check.js';

/**
 * In the order they are asked: rights, then times, then what stands still, then the account's state, then price, size, and what
 * the order would make of the whole. A new check is a file and a line.
 */
export const CHECKS: readonly RiskCheck[] = [
  subscriptionCheck,
  modeCheck,
  allowedCheck,
  tradingCheck,
  hoursCheck,
  newsCheck,
  kindCheck,
  lossCheck,
  positionsCheck,
  quoteCheck,
  spreadCheck,
  priceCheck,
  tickValueCheck,
  sizeCheck,
  marginCheck,
  leverageCheck,
  currencyExposureCheck,
  correlatedExposureCheck,
];
