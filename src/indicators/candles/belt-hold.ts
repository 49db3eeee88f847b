import { BARE, type CandlePattern, LONG } from './candle-pattern.js';

export const beltHold: CandlePattern = {
  name: 'cdl_belt_hold',
  definition: `±100, + where white: long, bare where it opens: white below, black above (${LONG}; ${BARE})`,
  warmup: 11,
  asks: { now: ['long', 'bare opening'] },
  value: ({ now }) => (now.white ? 100 : -100),
};
