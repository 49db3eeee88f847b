import type { CandleInput } from '../../../src/indicators/indicator.js';
import { days, mean, named, type ReferenceColumns, type Series, variance, windows } from './series.js';

/** By the relative change: where the two are near each other their quotient has lost most digits of its logarithm. */
const logReturnsOf = (closes: Series, period: number): number[] =>
  closes.map((close, at) => {
    const before = closes[at - period] ?? Number.NaN;
    return Math.log1p((close - before) / before);
  });

/** Central moment of a window whose numbers are measured from one of them. */
function moment(window: Series, power: number): number {
  const apart = window.map((value) => value - (window[0] as number));
  const middle = mean(apart);
  return mean(apart.map((value) => (value - middle) ** power));
}

function zscoreOf(window: Series): number {
  const close = window.at(-1) as number;
  const spread = Math.sqrt(variance(window));
  return spread === 0 ? 0 : -mean(window.map((value) => value - close)) / spread;
}

function percentRankOf(window: Series): number {
  const before = window.slice(0, -1);
  const close = window.at(-1) as number;
  const below = before.filter((value) => value < close).length;
  const equal = before.filter((value) => value === close).length;
  return (below + equal / 2) / before.length;
}

function autocorrOf(window: Series): number {
  const apart = window.map((value) => value - (window[0] as number));
  const deviations = apart.map((value) => value - mean(apart));
  const squares = deviations.reduce((sum, value) => sum + value * value, 0);
  const products = deviations.slice(1).reduce((sum, value, at) => sum + value * (deviations[at] as number), 0);
  return squares === 0 ? 0 : products / squares;
}

/** Of each window of 20 returns; the first candle has none. */
function ofReturns(closes: Series, of: (window: Series) => number): number[] {
  return [Number.NaN, ...windows(logReturnsOf(closes, 1).slice(1), 20, of)];
}

function pivotsOf(candles: readonly CandleInput[]): Record<string, number[]> {
  const spanMs = (candles[1] as CandleInput).time - (candles[0] as CandleInput).time;
  let traded: readonly CandleInput[] = [];
  const levels = days(candles).flatMap((day) => {
    const h = Math.max(...traded.map(({ high }) => high));
    const l = Math.min(...traded.map(({ low }) => low));
    const c = traded.at(-1)?.close ?? Number.NaN;
    const p = (h + l + c) / 3;
    const level = { p, r1: 2 * p - l, r2: p + h - l, r3: h + 2 * (p - l), s1: 2 * p - h, s2: p - h + l, s3: l - 2 * (h - p) };
    if (day.length * spanMs >= 12 * 3_600_000) traded = day;
    return day.map(() => level);
  });
  const names = ['p', 'r1', 'r2', 'r3', 's1', 's2', 's3'] as const;
  return Object.fromEntries(names.map((name) => [`pivot_${name}`, levels.map((level) => level[name])]));
}

function sharesOf(candles: readonly CandleInput[]): Record<string, number[]> {
  const over = (part: (candle: CandleInput) => number): number[] =>
    candles.map((candle) => (candle.high > candle.low ? part(candle) / (candle.high - candle.low) : 0));
  return {
    body_ratio: over(({ open, close }) => Math.abs(close - open)),
    upper_wick_ratio: over(({ open, high, close }) => Math.min(high - open, high - close)),
    lower_wick_ratio: over(({ open, low, close }) => Math.min(open - low, close - low)),
  };
}

function clockOf(candles: readonly CandleInput[]): Record<string, number[]> {
  const dates = candles.map(({ time }) => new Date(time));
  const hours = dates.map((date) => date.getUTCHours() + date.getUTCMinutes() / 60);
  const weekdays = dates.map((date) => (date.getUTCDay() + 6) % 7);
  const between = (opens: number, closes: number): number[] => hours.map((hour) => Number(hour >= opens && hour < closes));
  return {
    hour_sin: hours.map((hour) => Math.sin((2 * Math.PI * hour) / 24)),
    hour_cos: hours.map((hour) => Math.cos((2 * Math.PI * hour) / 24)),
    weekday_sin: weekdays.map((day) => Math.sin((2 * Math.PI * day) / 7)),
    weekday_cos: weekdays.map((day) => Math.cos((2 * Math.PI * day) / 7)),
    session_asia: between(0, 9),
    session_london: between(7, 16),
    session_newyork: between(12, 21),
  };
}

export function priceReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return {
    ...named('log_return', [1, 5, 20], (period) => logReturnsOf(closes, period)),
    typical: candles.map(({ high, low, close }) => mean([high, low, close])),
    median: candles.map(({ high, low }) => mean([high, low])),
    weighted_close: candles.map(({ high, low, close }) => mean([high, low, close, close])),
    zscore_20: windows(closes, 20, zscoreOf),
    percent_rank_100: windows(closes, 101, percentRankOf),
    skew_20: ofReturns(closes, (window) => (variance(window) === 0 ? 0 : moment(window, 3) / moment(window, 2) ** 1.5)),
    kurtosis_20: ofReturns(closes, (window) => (variance(window) === 0 ? 0 : moment(window, 4) / moment(window, 2) ** 2 - 3)),
    autocorr_20: ofReturns(closes, autocorrOf),
    ...pivotsOf(candles),
    ...sharesOf(candles),
    ...clockOf(candles),
  };
}
