import type { IndicatorDefinition } from '../indicator.js';

/** Candle patterns, as TA-Lib's, in the catalogue's order. */
export const CANDLES: readonly IndicatorDefinition[] = [];
