import { BARE, type CandlePattern, LONG, NEAR } from './candle-pattern.js';

export const hammer: CandlePattern = {
  name: 'cdl_hammer',
  definition: `100: short, lower shadow over the body, bare above, body's bottom under or near the low before (${LONG}; ${BARE}; ${NEAR} that low's)`,
  warmup: 12,
  asks: { now: ['short', 'tail below', 'bare above'] },
  value: ({ now, last }) => (now.bottom <= last.low + last.near ? 100 : 0),
};
