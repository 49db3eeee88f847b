import type { IndicatorDefinition } from '../indicator.js';
import { rsi } from './rsi.js';

/** How fast the price goes, in the catalogue's order. */
export const MOMENTUM: readonly IndicatorDefinition[] = [...[7, 14, 21].map(rsi)];
