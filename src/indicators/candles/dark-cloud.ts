import { type CandlePattern, LONG } from './candle-pattern.js';

export function darkCloud(penetration: number): CandlePattern {
  return {
    name: 'cdl_dark_cloud',
    definition: `−100: long white, then black that opens over its high and closes within its body, more than ${penetration} of it deep (${LONG})`,
    warmup: 12,
    asks: { last: ['white', 'long'], now: ['black'] },
    value: ({ now, last }) =>
      now.open > last.high && now.close > last.open && now.close < last.close - last.body * penetration ? -100 : 0,
  };
}
