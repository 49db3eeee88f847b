import { BARE, type CandlePattern, LONG } from './candle-pattern.js';

export const marubozu: CandlePattern = {
  name: 'cdl_marubozu',
  definition: `±100, + where white: long, bare above and below (${LONG}; ${BARE})`,
  warmup: 11,
  value({ now }) {
    if (!now.long || now.upperShadow >= now.slight || now.lowerShadow >= now.slight) return 0;
    return now.white ? 100 : -100;
  },
};
