import type { CandleInput } from '../../../src/indicators/indicator.js';
import { closeOfOther } from '../stream.js';
import type { ReferenceColumns } from './series.js';

/** The ICE's formula as a product of powers, over the tests' stream: EURUSD is its own, the five others are known beside it. */
export function dollarReference(candles: readonly CandleInput[]): ReferenceColumns {
  const dxy = candles.map(({ close, time }) => {
    const of = (symbol: string): number => closeOfOther(symbol, time);
    const euro = close ** -0.576;
    const yen = of('USDJPY') ** 0.136;
    const pound = of('GBPUSD') ** -0.119;
    return 50.14348112 * euro * yen * pound * of('USDCAD') ** 0.091 * of('USDSEK') ** 0.042 * of('USDCHF') ** 0.036;
  });
  return { dxy };
}
