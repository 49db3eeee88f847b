import type { CandlePattern } from './candle-pattern.js';

export const engulfing: CandlePattern = {
  name: 'cdl_engulfing',
  definition: '±100, + where white: body holds the body before, of the other colour; ±80 where they meet at one end',
  warmup: 3,
  asks: { now: ['turned', 'engulfing'] },
  value({ now, last }) {
    const meetsTop = now.top === last.top;
    const meetsBottom = now.bottom === last.bottom;
    if (meetsTop && meetsBottom) return 0;
    const strength = meetsTop || meetsBottom ? 80 : 100;
    return now.white ? strength : -strength;
  },
};
