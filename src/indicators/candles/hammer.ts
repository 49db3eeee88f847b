import { BARE, type CandlePattern, LONG, NEAR } from './candle-pattern.js';

export const hammer: CandlePattern = {
  name: 'cdl_hammer',
  definition: `100: short, lower shadow over the body, bare above, body's bottom under or near the low before (${LONG}; ${BARE}; ${NEAR} that low's)`,
  warmup: 12,
  value: ({ now, last }) =>
    now.short && now.lowerShadow > now.body && now.upperShadow < now.slight && now.bottom <= last.low + last.near ? 100 : 0,
};
