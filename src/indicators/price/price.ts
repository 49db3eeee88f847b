import type { IndicatorDefinition } from '../indicator.js';
import { candlePrice } from './candle-price.js';
import { candleShares } from './candle-shares.js';
import { logReturns } from './log-returns.js';
import { percentRank } from './percent-rank.js';
import { pivots } from './pivots.js';
import { returnShape } from './return-shape.js';
import { sessions } from './sessions.js';
import { timeOfWeek } from './time-of-week.js';
import { zscore } from './zscore.js';

/** The price itself, its returns, and the time of day, in the catalogue's order. */
export const PRICE: readonly IndicatorDefinition[] = [
  logReturns(1, 5, 20),
  candlePrice(),
  zscore(20),
  percentRank(100),
  returnShape(20),
  pivots(),
  candleShares(),
  timeOfWeek(),
  sessions(),
];
