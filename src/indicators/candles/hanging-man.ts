import { BARE, type CandlePattern, LONG, NEAR } from './candle-pattern.js';

export const hangingMan: CandlePattern = {
  name: 'cdl_hanging_man',
  definition: `−100: short, lower shadow over the body, bare above, body's bottom over or near the high before (${LONG}; ${BARE}; ${NEAR} that high's)`,
  warmup: 12,
  asks: { now: ['short', 'tail below', 'bare above'] },
  value: ({ now, last }) => (now.bottom >= last.high - last.near ? -100 : 0),
};
