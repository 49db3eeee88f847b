import type { CandlePattern } from './candle-pattern.js';

export const doji: CandlePattern = {
  name: 'cdl_doji',
  definition: '100: body at most 0.1 of the mean range of the 10 candles before',
  warmup: 11,
  asks: { now: ['slight'] },
  value: () => 100,
};
