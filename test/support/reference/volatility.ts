import type { CandleInput } from '../../../src/indicators/indicator.js';
import {
  atrOf,
  emaOf,
  mean,
  named,
  type ReferenceColumns,
  type Series,
  smoothed,
  trOf,
  variance,
  windows,
  ZERO,
} from './series.js';

function bollingerOf(closes: Series): Record<string, number[]> {
  const middle = windows(closes, 20, mean);
  const spread = windows(closes, 20, (window) => Math.sqrt(variance(window)));
  const over = (share: (at: number, middle: number, spread: number) => number): number[] =>
    closes.map((_, at) => share(at, middle[at] as number, spread[at] as number));
  // How far the mean lies above the close, without the rounding of either.
  const below = windows(closes, 20, (window) => mean(window.map((value) => value - (window.at(-1) as number))));
  return {
    bb_upper: over((_, m, s) => m + 2 * s),
    bb_middle: middle,
    bb_lower: over((_, m, s) => m - 2 * s),
    bb_width: over((_, m, s) => (4 * s) / m),
    bb_percent: over((at, _, s) => (s === 0 ? 0.5 : 0.5 - (below[at] as number) / (4 * s))),
  };
}

function channelsOf(candles: readonly CandleInput[], closes: Series): Record<string, number[]> {
  const middle = emaOf(closes, 20);
  const range = atrOf(candles, 20);
  const upper = windows(
    candles.map(({ high }) => high),
    20,
    (window) => Math.max(...window),
  );
  const lower = windows(
    candles.map(({ low }) => low),
    20,
    (window) => Math.min(...window),
  );
  return {
    kc_upper: middle.map((value, at) => value + 2 * (range[at] as number)),
    kc_middle: middle,
    kc_lower: middle.map((value, at) => value - 2 * (range[at] as number)),
    dc_upper: upper,
    dc_middle: upper.map((high, at) => high - (high - (lower[at] as number)) / 2),
    dc_lower: lower,
  };
}

/** Estimates of the volatility of log prices over 20 candles. */
function estimatesOf(candles: readonly CandleInput[], closes: Series): Record<string, number[]> {
  const returns = closes.map((close, at) => Math.log(close / (closes[at - 1] ?? Number.NaN)));
  const spans = candles.map(({ high, low }) => Math.log(high / low));
  const bodies = candles.map(({ open, close }) => Math.log(close / open));
  const garmanKlass = spans.map((span, at) => span ** 2 / 2 - (2 * Math.log(2) - 1) * (bodies[at] as number) ** 2);
  const rootMean = (values: Series): number[] => windows(values, 20, (window) => Math.sqrt(Math.max(0, mean(window))));
  return {
    hist_vol_20: windows(returns, 20, (window) => Math.sqrt(variance(window))),
    parkinson_20: rootMean(spans.map((span) => span ** 2 / (4 * Math.log(2)))),
    garman_klass_20: rootMean(garmanKlass),
  };
}

function chaikinVolOf(candles: readonly CandleInput[]): number[] {
  const average = smoothed(
    candles.map(({ high, low }) => high - low),
    1,
    0,
    2 / 11,
  );
  return average.map((value, at) => {
    const before = average[at - 10] as number;
    return at < 19 ? Number.NaN : before < ZERO ? 0 : (100 * (value - before)) / before;
  });
}

function ulcerOf(closes: Series): number[] {
  const drawdowns = windows(closes, 14, (window) => {
    const highest = Math.max(...window);
    return (100 * (highest - (window.at(-1) as number))) / highest;
  });
  return windows(drawdowns, 14, (window) => Math.sqrt(window.reduce((sum, value) => sum + value ** 2, 0) / 14));
}

export function volatilityReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return {
    tr: trOf(candles),
    ...named('atr', [7, 14], (period) => atrOf(candles, period)),
    natr_14: atrOf(candles, 14).map((value, at) => (100 * value) / (closes[at] as number)),
    ...bollingerOf(closes),
    ...channelsOf(candles, closes),
    stddev_20: windows(closes, 20, (window) => Math.sqrt(variance(window))),
    var_20: windows(closes, 20, variance),
    ...estimatesOf(candles, closes),
    chaikin_vol_10: chaikinVolOf(candles),
    ulcer_14: ulcerOf(closes),
  };
}
