import { BARE, type CandlePattern, LONG } from './candle-pattern.js';

export const invertedHammer: CandlePattern = {
  name: 'cdl_inverted_hammer',
  definition: `100: short, upper shadow over the body, bare below, body wholly under the body before (${LONG}; ${BARE})`,
  warmup: 12,
  asks: { now: ['short', 'tail above', 'bare below'] },
  value: ({ now, last }) => (now.gapsBelow(last) ? 100 : 0),
};
