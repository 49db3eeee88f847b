import type { CandlePattern } from './candle-pattern.js';

export const threeOutside: CandlePattern = {
  name: 'cdl_three_outside',
  definition:
    '100: black; white whose body holds it and reaches beyond both ends; a higher close; −100: the same the other way up',
  warmup: 4,
  asks: { last: ['turned', 'engulfing'] },
  value({ now, last, second }) {
    if (last.top === second.top || last.bottom === second.bottom) return 0;
    if (last.white) return now.close > last.close ? 100 : 0;
    return now.close < last.close ? -100 : 0;
  },
};
