import { type CandlePattern, LONG } from './candle-pattern.js';

export const harami: CandlePattern = {
  name: 'cdl_harami',
  definition: `±100, + where the candle before is black: it is long and its body holds the present one's, not long; ±80 where they meet at an end (${LONG})`,
  warmup: 12,
  asks: { last: ['long'], now: ['not long', 'engulfed'] },
  value({ now, last }) {
    const strength = now.top < last.top && now.bottom > last.bottom ? 100 : 80;
    return last.white ? -strength : strength;
  },
};
