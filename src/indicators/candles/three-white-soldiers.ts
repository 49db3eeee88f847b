import type { MeasuredCandle } from '../parts/candle-window.js';
import { BARE, type CandlePattern, LONG, NEAR } from './candle-pattern.js';

const soldier = (candle: MeasuredCandle): boolean => candle.white && candle.upperShadow < candle.slight;

const follows = (candle: MeasuredCandle, before: MeasuredCandle): boolean =>
  candle.close > before.close &&
  candle.open > before.open &&
  candle.open <= before.close + before.near &&
  candle.body > before.body - before.far;

export const threeWhiteSoldiers: CandlePattern = {
  name: 'cdl_three_white_soldiers',
  definition: `100: three white, bare above, each closing higher, opening over the open before and under or near its close, body shorter by less than 3 times near; the last long (${BARE}; ${NEAR}; ${LONG})`,
  warmup: 13,
  value: ({ now, last, second }) =>
    soldier(now) && soldier(last) && soldier(second) && follows(last, second) && follows(now, last) && now.long ? 100 : 0,
};
