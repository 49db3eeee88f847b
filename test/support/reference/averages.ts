import type { CandleInput } from '../../../src/indicators/indicator.js';
import { emaOf, mean, named, ratio, type ReferenceColumns, type Series, weightedMean, windows, wmaOf, ZERO } from './series.js';

function hmaOf(closes: Series, period: number, half: number, root: number): number[] {
  const whole = wmaOf(closes, period);
  const line = wmaOf(closes, half).map((value, at) => 2 * value - (whole[at] as number));
  return wmaOf(line, root);
}

/** EMA, EMA of EMA and so on; each starts where the one before has `period` values. */
function emasOf(closes: Series, period: number, count: number): number[][] {
  const lines = [closes as number[]];
  for (let order = 1; order <= count; order++) lines.push(emaOf(lines[order - 1] as number[], period, order * (period - 1)));
  return lines.slice(1);
}

/** The sum over the lines, each times its factor. */
const combined = (lines: readonly Series[], factors: Series): number[] =>
  (lines[0] as Series).map((_, at) =>
    lines.reduce((sum, line, order) => (factors[order] === 0 ? sum : sum + (factors[order] as number) * (line[at] as number)), 0),
  );

function trimaOf(closes: Series, period: number): number[] {
  const weights = Array.from({ length: period }, (_, at) => Math.min(at + 1, period - at));
  return windows(closes, period, (window) => weightedMean(window, weights));
}

function kamaOf(closes: Series, period: number): number[] {
  const [fast, slow] = [2 / (2 + 1), 2 / (30 + 1)];
  const line: number[] = closes.map(() => Number.NaN);
  for (let at = period; at < closes.length; at++) {
    const window = closes.slice(at - period, at + 1);
    const [first, last] = [window[0] as number, window[period] as number];
    const way = window.slice(1).reduce((sum, close, place) => sum + Math.abs(close - (window[place] as number)), 0);
    const efficiency = way < ZERO ? 1 : ratio(Math.abs(last - first), way);
    const before = at === period ? (closes[at - 1] as number) : (line[at - 1] as number);
    line[at] = before + (efficiency * (fast - slow) + slow) ** 2 * (last - before);
  }
  return line;
}

function zlemaOf(closes: Series, period: number, lag: number): number[] {
  let line = closes[lag - 1] as number;
  return closes.map((close, at) => {
    if (at >= lag) line += (2 / (period + 1)) * (2 * close - (closes[at - lag] as number) - line);
    return at + 1 < period ? Number.NaN : line;
  });
}

/** ((1 + v) · EMA − v · EMA of EMA) thrice over, multiplied out as a polynomial in how often EMA is taken. */
function t3Of(closes: Series, period: number, v: number): number[] {
  const step = [0, 1 + v, -v];
  let factors = [1];
  for (let time = 0; time < 3; time++) {
    const product = new Array<number>(factors.length + 2).fill(0);
    factors.forEach((factor, power) => {
      step.forEach((each, more) => {
        product[power + more] = (product[power + more] as number) + factor * each;
      });
    });
    factors = product;
  }
  return combined(emasOf(closes, period, 6), factors.slice(1));
}

function vwmaOf(candles: readonly CandleInput[], period: number): number[] {
  return candles.map(({ close }, at) => {
    if (at + 1 < period) return Number.NaN;
    const window = candles.slice(at + 1 - period, at + 1);
    const volumes = window.map(({ volume }) => volume);
    if (volumes.every((volume) => volume === 0)) return close;
    return weightedMean(
      window.map((candle) => candle.close),
      volumes,
    );
  });
}

export function averagesReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return {
    ...named('sma', [5, 10, 20, 50, 100, 200], (period) => windows(closes, period, mean)),
    ...named('ema', [5, 9, 12, 20, 26, 50, 100, 200], (period) => emaOf(closes, period)),
    ...named('wma', [10, 20], (period) => wmaOf(closes, period)),
    hma_9: hmaOf(closes, 9, 4, 3),
    hma_20: hmaOf(closes, 20, 10, 4),
    dema_20: combined(emasOf(closes, 20, 2), [2, -1]),
    tema_20: combined(emasOf(closes, 20, 3), [3, -3, 1]),
    trima_20: trimaOf(closes, 20),
    kama_10: kamaOf(closes, 10),
    zlema_20: zlemaOf(closes, 20, 9),
    t3_5: t3Of(closes, 5, 0.7),
    vwma_20: vwmaOf(candles, 20),
  };
}
