import { ao } from './ao.js';
import { bop } from './bop.js';
import { bullBearPower } from './bull-bear-power.js';
import { cci } from './cci.js';
import { closeChanges } from './close-changes.js';
import { cmo } from './cmo.js';
import { coppock } from './coppock.js';
import { fisher } from './fisher.js';
import type { IndicatorDefinition } from '../indicator.js';
import { rsi } from './rsi.js';
import { stoch } from './stoch.js';
import { stochrsi } from './stochrsi.js';
import { tsi } from './tsi.js';
import { ultosc } from './ultosc.js';
import { williamsR } from './williams-r.js';

/** How fast the price goes, in the catalogue's order. */
export const MOMENTUM: readonly IndicatorDefinition[] = [
  rsi(7, 14, 21),
  stoch(14),
  stochrsi(14, 14),
  cci(14, 20),
  williamsR(14),
  closeChanges([10, 20], 10),
  ultosc(7),
  ao(5, 34),
  cmo(14),
  tsi(25, 13),
  fisher(9),
  bop(),
  coppock(10, 14, 11),
  bullBearPower(13),
];
