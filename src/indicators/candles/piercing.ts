import { type CandlePattern, LONG } from './candle-pattern.js';

export const piercing: CandlePattern = {
  name: 'cdl_piercing',
  definition: `100: long black, then long white that opens under its low and closes within its body over the middle (${LONG})`,
  warmup: 12,
  asks: { last: ['black', 'long'], now: ['white', 'long'] },
  value: ({ now, last }) => (now.open < last.low && now.close < last.open && now.close > last.close + last.body * 0.5 ? 100 : 0),
};
