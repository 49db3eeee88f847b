import { type CandlePattern, LONG } from './candle-pattern.js';

export function morningStar(penetration: number): CandlePattern {
  return {
    name: 'cdl_morning_star',
    definition: `100: long black; a body not long, wholly under it; long white that closes more than ${penetration} of the first body above the first close (${LONG})`,
    warmup: 13,
    asks: { second: ['black', 'long'], last: ['not long'], now: ['white', 'long'] },
    value: ({ now, last, second }) => (last.gapsBelow(second) && now.close > second.close + second.body * penetration ? 100 : 0),
  };
}
