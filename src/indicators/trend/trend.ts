import type { IndicatorDefinition } from '../indicator.js';
import { adx } from './adx.js';
import { macd } from './macd.js';
import { supertrend } from './supertrend.js';

/** Which way the price goes, and how surely, in the catalogue's order. */
export const TREND: readonly IndicatorDefinition[] = [macd(12, 26, 9), adx(14), supertrend(10, 3)];
