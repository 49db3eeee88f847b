import { adx } from './adx.js';
import { aroon } from './aroon.js';
import { dpo } from './dpo.js';
import { ichimoku } from './ichimoku.js';
import type { IndicatorDefinition } from '../indicator.js';
import { kst } from './kst.js';
import { linreg } from './linreg.js';
import { macd } from './macd.js';
import { mass } from './mass.js';
import { priceOscillator } from './price-oscillator.js';
import { psar } from './psar.js';
import { supertrend } from './supertrend.js';
import { trix } from './trix.js';
import { vortex } from './vortex.js';

/** Which way the price goes, and how surely, in the catalogue's order. */
export const TREND: readonly IndicatorDefinition[] = [
  macd(12, 26, 9),
  priceOscillator(12, 26),
  adx(14),
  aroon(25),
  psar(0.02, 0.2),
  ichimoku(9, 26, 52),
  supertrend(10, 3),
  vortex(14),
  linreg(14),
  trix(15),
  mass(25),
  dpo(20),
  kst(9),
];
