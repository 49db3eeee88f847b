import type { MeasuredCandle } from '../parts/candle-window.js';
import { BARE, type CandlePattern } from './candle-pattern.js';

const follows = (candle: MeasuredCandle, before: MeasuredCandle): boolean =>
  candle.open < before.open && candle.open > before.close && candle.close < before.close;

export const threeBlackCrows: CandlePattern = {
  name: 'cdl_three_black_crows',
  definition: `−100: a white candle, then three black, bare below, each closing lower and opening within the body before; the first closes under the white one's high (${BARE})`,
  warmup: 14,
  asks: { second: ['black', 'bare below'], last: ['black', 'bare below'], now: ['black', 'bare below'] },
  value: ({ now, last, second, third }) =>
    third.white && follows(last, second) && follows(now, last) && third.high > second.close ? -100 : 0,
};
