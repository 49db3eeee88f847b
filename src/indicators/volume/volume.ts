import type { IndicatorDefinition } from '../indicator.js';
import { ad } from './ad.js';
import { adosc } from './adosc.js';
import { cmf } from './cmf.js';
import { eom } from './eom.js';
import { force } from './force.js';
import { mfi } from './mfi.js';
import { obv } from './obv.js';
import { pvt } from './pvt.js';
import { nvi, pvi } from './volume-index.js';
import { volumeSma } from './volume-sma.js';
import { vwap } from './vwap.js';

/** What the volume says, in the catalogue's order. */
export const VOLUME: readonly IndicatorDefinition[] = [
  obv(),
  vwap(),
  mfi(14),
  ad(),
  adosc(3, 10),
  cmf(20),
  force(13),
  eom(14),
  volumeSma(20),
  nvi(),
  pvi(),
  pvt(),
];
