import { type CandlePattern, LONG } from './candle-pattern.js';

export function eveningStar(penetration: number): CandlePattern {
  return {
    name: 'cdl_evening_star',
    definition: `−100: long white; a body not long, wholly over it; long black that closes more than ${penetration} of the first body below the first close (${LONG})`,
    warmup: 13,
    asks: { second: ['white', 'long'], last: ['not long'], now: ['black', 'long'] },
    value: ({ now, last, second }) => (last.gapsAbove(second) && now.close < second.close - second.body * penetration ? -100 : 0),
  };
}
