import type { CandlePattern } from './candle-pattern.js';

export const engulfing: CandlePattern = {
  name: 'cdl_engulfing',
  definition: '±100, + where white: body holds the body before, of the other colour; ±80 where they meet at one end',
  warmup: 3,
  value({ now, last }) {
    if (now.white === last.white) return 0;
    if (now.top < last.top || now.bottom > last.bottom) return 0;
    const meetsTop = now.top === last.top;
    const meetsBottom = now.bottom === last.bottom;
    if (meetsTop && meetsBottom) return 0;
    const strength = meetsTop || meetsBottom ? 80 : 100;
    return now.white ? strength : -strength;
  },
};
