import type { CandleInput } from '../../../src/indicators/indicator.js';
import { emaOf, mean, named, ratio, type ReferenceColumns, type Series, smoothed, trOf, windows, ZERO } from './series.js';
import { coppockOf } from './coppock.js';

/**
 * Wilder's average of all but the first value. Written with his own arithmetic, not as a step towards the new value: a
 * stochastic of what is made of it feels its last digits after a jump, when the index hardly moves.
 */
function wilderOf(values: Series, period: number): number[] {
  const line: number[] = values.map(() => Number.NaN);
  const seed = values.slice(1, period + 1).reduce((sum, value) => sum + value, 0) / period;
  for (let at = period; at < values.length; at++) {
    line[at] = at === period ? seed : ((line[at - 1] as number) * (period - 1) + (values[at] as number)) / period;
  }
  return line;
}

function averageChanges(closes: Series, period: number): { gains: number[]; losses: number[] } {
  const changes = closes.map((close, at) => (at === 0 ? Number.NaN : close - (closes[at - 1] as number)));
  const average = (sign: number): number[] =>
    wilderOf(
      changes.map((change) => Math.max(sign * change, 0)),
      period,
    );
  return { gains: average(1), losses: average(-1) };
}

function changeRatio(closes: Series, period: number, top: (gain: number, loss: number) => number): number[] {
  const { gains, losses } = averageChanges(closes, period);
  return closes.map((_, at) => {
    const [gain, loss] = [gains[at] as number, losses[at] as number];
    return at < period ? Number.NaN : 100 * ratio(top(gain, loss), gain + loss);
  });
}

const rsiOf = (closes: Series, period: number): number[] => changeRatio(closes, period, (gain) => gain);

/** The values, each that is nearer than `noise` to the one before put equal to it. */
function withoutNoise(values: Series, noise: number): number[] {
  let last = Number.NaN;
  return values.map((value) => {
    if (!(Math.abs(value - last) < noise)) last = value;
    return last;
  });
}

interface Prices {
  readonly highs: Series;
  readonly lows: Series;
  readonly closes: Series;
}

const highestOf = (values: Series, period: number): number[] => windows(values, period, (window) => Math.max(...window));
const lowestOf = (values: Series, period: number): number[] => windows(values, period, (window) => Math.min(...window));

/** Share of the close between the lowest low and the highest high. */
function placeOf({ highs, lows, closes }: Prices, period: number): number[] {
  const [highest, lowest] = [highestOf(highs, period), lowestOf(lows, period)];
  return closes.map((close, at) => {
    const range = (highest[at] as number) - (lowest[at] as number);
    return range === 0 ? 0 : (100 * (close - (lowest[at] as number))) / range;
  });
}

function stochOf(prices: Prices, period: number): { k: number[]; d: number[] } {
  const k = windows(placeOf(prices, period), 3, (window) => window.reduce((sum, place) => sum + place, 0) / 3);
  const d = windows(k, 3, (window) => window.reduce((sum, place) => sum + place, 0) / 3);
  return { k: k.map((value, at) => (Number.isNaN(d[at]) ? Number.NaN : value)), d };
}

function cciOf(typical: Series, period: number): number[] {
  return windows(typical, period, (window) => {
    const last = window.at(-1) as number;
    const offsets = window.map((price) => price - last);
    const plainMean = (values: Series): number => values.reduce((sum, value) => sum + value, 0) / period;
    const middle = plainMean(offsets);
    const apart = plainMean(offsets.map((offset) => Math.abs(offset - middle)));
    return apart === 0 ? 0 : -middle / (0.015 * apart);
  });
}

function ultoscOf(candles: readonly CandleInput[]): number[] {
  const ranges = trOf(candles);
  const pressures = candles.map(({ low, close }, at) => close - Math.min(low, candles[at - 1]?.close ?? Number.NaN));
  const total = (values: Series, period: number): number[] =>
    windows(values, period, (window) => window.reduce((sum, value) => sum + value, 0));
  const share = (period: number): number[] => {
    const [top, bottom] = [total(pressures, period), total(ranges, period)];
    return top.map((value, at) => ratio(value, bottom[at] as number));
  };
  const [short, middle, long] = [share(7), share(14), share(28)];
  return candles.map((_, at) => (100 * (4 * (short[at] as number) + 2 * (middle[at] as number) + (long[at] as number))) / 7);
}

/** An exponential average of an average, both from the first value on. */
function twiceSmoothed(values: Series, first: number, second: number): number[] {
  return smoothed(smoothed(values, 1, 0, 2 / (first + 1)), 1, 0, 2 / (second + 1));
}

function tsiOf(closes: Series): number[] {
  const changes = closes.slice(1).map((close, at) => close - (closes[at] as number));
  const top = twiceSmoothed(changes, 25, 13);
  const bottom = twiceSmoothed(changes.map(Math.abs), 25, 13);
  return closes.map((_, at) => (at < 37 ? Number.NaN : 100 * ratio(top[at - 1] as number, bottom[at - 1] as number)));
}

function fisherOf(medians: Series, period: number): { fisher: number[]; signal: number[] } {
  const [highest, lowest] = [highestOf(medians, period), lowestOf(medians, period)];
  const fisher: number[] = medians.map(() => Number.NaN);
  let place = 0;
  for (let at = period - 1; at < medians.length; at++) {
    const range = (highest[at] as number) - (lowest[at] as number);
    const share = range > 0 ? ((medians[at] as number) - (lowest[at] as number)) / range : 0.5;
    place = 0.33 * (2 * share - 1) + 0.67 * place;
    if (Math.abs(place) > 0.99) place = 0.999 * Math.sign(place);
    fisher[at] = Math.atanh(place) + 0.5 * (at < period ? 0 : (fisher[at - 1] as number));
  }
  return {
    fisher,
    signal: fisher.map((value, at) => (Number.isNaN(value) ? value : at < period ? 0 : (fisher[at - 1] as number))),
  };
}

export function momentumReference(candles: readonly CandleInput[]): ReferenceColumns {
  const highs = candles.map(({ high }) => high);
  const lows = candles.map(({ low }) => low);
  const closes = candles.map(({ close }) => close);
  const typical = candles.map(({ high, low, close }) => (high + low + close) / 3);
  const medians = candles.map(({ high, low }) => (high + low) / 2);
  const before = (period: number, at: number): number => closes[at - period] ?? Number.NaN;
  const strength = withoutNoise(rsiOf(closes, 14), 1e-9);
  const stoch = stochOf({ highs, lows, closes }, 14);
  const stochrsi = stochOf({ highs: strength, lows: strength, closes: strength }, 14);
  const { fisher, signal } = fisherOf(medians, 9);
  const [short, long] = [windows(medians, 5, mean), windows(medians, 34, mean)];
  const [highest, lowest] = [highestOf(highs, 14), lowestOf(lows, 14)];
  const average = emaOf(closes, 13);
  return {
    ...named('rsi', [7, 14, 21], (period) => rsiOf(closes, period)),
    stoch_k: stoch.k,
    stoch_d: stoch.d,
    stochrsi_k: stochrsi.k,
    stochrsi_d: stochrsi.d,
    ...named('cci', [14, 20], (period) => cciOf(typical, period)),
    williams_r_14: closes.map((close, at) => {
      const [high, low] = [highest[at] as number, lowest[at] as number];
      return high === low ? 0 : (-100 * (high - close)) / (high - low);
    }),
    ...named('roc', [10, 20], (period) => closes.map((close, at) => (100 * (close - before(period, at))) / before(period, at))),
    mom_10: closes.map((close, at) => close - before(10, at)),
    ultosc: ultoscOf(candles),
    ao: short.map((value, at) => value - (long[at] as number)),
    cmo_14: changeRatio(closes, 14, (gain, loss) => gain - loss),
    tsi: tsiOf(closes),
    fisher_9: fisher,
    fisher_signal_9: signal,
    bop: candles.map(({ open, high, low, close }) => (high - low < ZERO ? 0 : (close - open) / (high - low))),
    coppock: coppockOf(closes),
    bull_power: highs.map((high, at) => high - (average[at] as number)),
    bear_power: lows.map((low, at) => low - (average[at] as number)),
  };
}
