import { type CandlePattern, LONG } from './candle-pattern.js';

export function eveningStar(penetration: number): CandlePattern {
  return {
    name: 'cdl_evening_star',
    definition: `−100: long white; a body not long, wholly over it; long black that closes more than ${penetration} of the first body below the first close (${LONG})`,
    warmup: 13,
    value: ({ now, last, second }) =>
      second.long &&
      second.white &&
      !last.long &&
      last.gapsAbove(second) &&
      now.long &&
      !now.white &&
      now.close < second.close - second.body * penetration
        ? -100
        : 0,
  };
}
