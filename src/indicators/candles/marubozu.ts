import { BARE, type CandlePattern, LONG } from './candle-pattern.js';

export const marubozu: CandlePattern = {
  name: 'cdl_marubozu',
  definition: `±100, + where white: long, bare above and below (${LONG}; ${BARE})`,
  warmup: 11,
  asks: { now: ['long', 'bare above', 'bare below'] },
  value: ({ now }) => (now.white ? 100 : -100),
};
