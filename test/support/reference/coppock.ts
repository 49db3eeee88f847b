import { rocOf, type Series, wmaOf } from './series.js';

/** WMA 10 of the changes in percent over 14 and over 11 candles, added. */
export function coppockOf(closes: Series): number[] {
  const near = rocOf(closes, 11);
  return wmaOf(
    rocOf(closes, 14).map((far, at) => far + (near[at] as number)),
    10,
  );
}
