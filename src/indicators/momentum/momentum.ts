import { ao } from './ao.js';
import { bop } from './bop.js';
import { bullBearPower } from './bull-bear-power.js';
import { cci } from './cci.js';
import { cmo } from './cmo.js';
import { coppock } from './coppock.js';
import { fisher } from './fisher.js';
import type { IndicatorDefinition } from '../indicator.js';
import { mom } from './mom.js';
import { roc } from './roc.js';
import { rsi } from './rsi.js';
import { stoch } from './stoch.js';
import { stochrsi } from './stochrsi.js';
import { tsi } from './tsi.js';
import { ultosc } from './ultosc.js';
import { williamsR } from './williams-r.js';

/** How fast the price goes, in the catalogue's order. */
export const MOMENTUM: readonly IndicatorDefinition[] = [
  ...[7, 14, 21].map(rsi),
  stoch(14),
  stochrsi(14, 14),
  ...[14, 20].map(cci),
  williamsR(14),
  ...[10, 20].map(roc),
  mom(10),
  ultosc(7),
  ao(5, 34),
  cmo(14),
  tsi(25, 13),
  fisher(9),
  bop(),
  coppock(10, 14, 11),
  bullBearPower(13),
];
