import type { IndicatorDefinition } from '../indicator.js';

/** The price itself, its returns, and the time of day, in the catalogue's order. */
export const PRICE: readonly IndicatorDefinition[] = [];
