import { type CandlePattern, LONG } from './candle-pattern.js';

export const threeInside: CandlePattern = {
  name: 'cdl_three_inside',
  definition: `100: long black; a body not long, within it; white that closes over the first open; −100: the same the other way up (${LONG})`,
  warmup: 13,
  asks: { second: ['long'], last: ['not long', 'engulfed'] },
  value({ now, last, second }) {
    if (last.top === second.top || last.bottom === second.bottom) return 0;
    if (second.white) return !now.white && now.close < second.open ? -100 : 0;
    return now.white && now.close > second.open ? 100 : 0;
  },
};
