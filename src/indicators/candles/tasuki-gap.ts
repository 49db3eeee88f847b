import { type CandlePattern, NEAR } from './candle-pattern.js';

export const tasukiGap: CandlePattern = {
  name: 'cdl_tasuki_gap',
  definition: `100: white, its body wholly over the one before; black that opens within it and closes under it, within the gap; their bodies near each other; −100: the same the other way up (${NEAR} the first's)`,
  warmup: 8,
  asks: { last: ['gapping'], now: ['turned'] },
  value({ now, last, second }) {
    if (now.open >= last.top || now.open <= last.bottom) return 0;
    if (Math.abs(last.body - now.body) >= last.near) return 0;
    if (last.white) return last.gapsAbove(second) && now.close < last.open && now.close > second.top ? 100 : 0;
    return last.gapsBelow(second) && now.close > last.open && now.close < second.bottom ? -100 : 0;
  },
};
