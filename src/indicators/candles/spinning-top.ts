import { type CandlePattern, LONG } from './candle-pattern.js';

export const spinningTop: CandlePattern = {
  name: 'cdl_spinning_top',
  definition: `±100, + where white: short, both shadows over the body (${LONG})`,
  warmup: 11,
  value({ now }) {
    if (!now.short || now.upperShadow <= now.body || now.lowerShadow <= now.body) return 0;
    return now.white ? 100 : -100;
  },
};
