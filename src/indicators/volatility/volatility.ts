import { bollinger } from './bollinger.js';
import { chaikinVol } from './chaikin-vol.js';
import { donchian } from './donchian.js';
import { garmanKlass } from './garman-klass.js';
import { histVol } from './hist-vol.js';
import type { IndicatorDefinition } from '../indicator.js';
import { keltner } from './keltner.js';
import { parkinson } from './parkinson.js';
import { stddev } from './stddev.js';
import { trueRanges } from './true-ranges.js';
import { ulcer } from './ulcer.js';

/** How far the price swings, in the catalogue's order. */
export const VOLATILITY: readonly IndicatorDefinition[] = [
  trueRanges(7, 14),
  bollinger(20, 2),
  keltner(20, 2),
  donchian(20),
  stddev(20),
  histVol(20),
  parkinson(20),
  garmanKlass(20),
  chaikinVol(10),
  ulcer(14),
];
