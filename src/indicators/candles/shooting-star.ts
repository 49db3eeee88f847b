import { BARE, type CandlePattern, LONG } from './candle-pattern.js';

export const shootingStar: CandlePattern = {
  name: 'cdl_shooting_star',
  definition: `−100: short, upper shadow over the body, bare below, body wholly over the body before (${LONG}; ${BARE})`,
  warmup: 12,
  asks: { now: ['short', 'tail above', 'bare below'] },
  value: ({ now, last }) => (now.gapsAbove(last) ? -100 : 0),
};
