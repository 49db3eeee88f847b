import { type CandlePattern, LONG } from './candle-pattern.js';

export const spinningTop: CandlePattern = {
  name: 'cdl_spinning_top',
  definition: `±100, + where white: short, both shadows over the body (${LONG})`,
  warmup: 11,
  asks: { now: ['short', 'tail above', 'tail below'] },
  value: ({ now }) => (now.white ? 100 : -100),
};
