import type { IndicatorDefinition } from '../indicator.js';
import { ema } from './ema.js';
import { sma } from './sma.js';

/** Averages of the price, in the catalogue's order. */
export const AVERAGES: readonly IndicatorDefinition[] = [
  ...[5, 10, 20, 50, 100, 200].map(sma),
  ...[5, 9, 12, 20, 26, 50, 100, 200].map(ema),
];
