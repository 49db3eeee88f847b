import { BARE, type CandlePattern, LONG } from './candle-pattern.js';

export const shootingStar: CandlePattern = {
  name: 'cdl_shooting_star',
  definition: `−100: short, upper shadow over the body, bare below, body wholly over the body before (${LONG}; ${BARE})`,
  warmup: 12,
  value: ({ now, last }) =>
    now.short && now.upperShadow > now.body && now.lowerShadow < now.slight && now.gapsAbove(last) ? -100 : 0,
};
