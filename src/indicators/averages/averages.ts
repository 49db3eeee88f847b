import { ema } from './ema.js';
import { hma } from './hma.js';
import type { IndicatorDefinition } from '../indicator.js';
import { kama } from './kama.js';
import { mulloy } from './mulloy.js';
import { sma } from './sma.js';
import { t3 } from './t3.js';
import { trima } from './trima.js';
import { vwma } from './vwma.js';
import { wma } from './wma.js';
import { zlema } from './zlema.js';

/** Averages of the price, in the catalogue's order. */
export const AVERAGES: readonly IndicatorDefinition[] = [
  sma(5, 10, 20, 50, 100, 200),
  ema(5, 9, 12, 20, 26, 50, 100, 200),
  wma(10, 20),
  ...[9, 20].map(hma),
  mulloy(20),
  trima(20),
  kama(10),
  zlema(20),
  t3(5, 0.7),
  vwma(20),
];
