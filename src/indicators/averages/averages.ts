import { dema } from './dema.js';
import { ema } from './ema.js';
import { hma } from './hma.js';
import type { IndicatorDefinition } from '../indicator.js';
import { kama } from './kama.js';
import { sma } from './sma.js';
import { t3 } from './t3.js';
import { tema } from './tema.js';
import { trima } from './trima.js';
import { vwma } from './vwma.js';
import { wma } from './wma.js';
import { zlema } from './zlema.js';

/** Averages of the price, in the catalogue's order. */
export const AVERAGES: readonly IndicatorDefinition[] = [
  ...[5, 10, 20, 50, 100, 200].map(sma),
  ...[5, 9, 12, 20, 26, 50, 100, 200].map(ema),
  ...[10, 20].map(wma),
  ...[9, 20].map(hma),
  dema(20),
  tema(20),
  trima(20),
  kama(10),
  zlema(20),
  t3(5, 0.7),
  vwma(20),
];
