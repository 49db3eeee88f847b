import type { MeasuredCandle } from '../parts/candle-window.js';
import { BARE, type CandlePattern, LONG, NEAR } from './candle-pattern.js';

const follows = (candle: MeasuredCandle, before: MeasuredCandle): boolean =>
  candle.close > before.close &&
  candle.open > before.open &&
  candle.open <= before.close + before.near &&
  candle.body > before.body - before.far;

export const threeWhiteSoldiers: CandlePattern = {
  name: 'cdl_three_white_soldiers',
  definition: `100: three white, bare above, each closing higher, opening over the open before and under or near its close, body shorter by less than 3 times near; the last long (${BARE}; ${NEAR}; ${LONG})`,
  warmup: 13,
  asks: { second: ['white', 'bare above'], last: ['white', 'bare above'], now: ['white', 'bare above', 'long'] },
  value: ({ now, last, second }) => (follows(last, second) && follows(now, last) ? 100 : 0),
};
