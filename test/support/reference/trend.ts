import type { CandleInput } from '../../../src/indicators/indicator.js';
import {
  atrOf,
  emaOf,
  mean,
  ratio,
  type ReferenceColumns,
  rocOf,
  type Series,
  trOf,
  wilderSum,
  windows,
  ZERO,
} from './series.js';

function macdOf(closes: Series): Record<string, number[]> {
  const slow = emaOf(closes, 26);
  const fast = emaOf(closes, 12, 25);
  const line = closes.map((_, at) => (fast[at] as number) - (slow[at] as number));
  const signal = emaOf(line.slice(25), 9);
  const shown = closes.map((_, at) => (at < 33 ? Number.NaN : (signal[at - 25] as number)));
  return {
    macd: line.map((value, at) => (at < 33 ? Number.NaN : value)),
    macd_signal: shown,
    macd_hist: line.map((value, at) => value - (shown[at] as number)),
  };
}

function adxOf(candles: readonly CandleInput[], period: number): Record<string, number[]> {
  const moves = candles.map((candle, at) => {
    const before = candles[at - 1] ?? candle;
    const up = candle.high - before.high;
    const down = before.low - candle.low;
    return { plus: up > 0 && up > down ? up : 0, minus: down > 0 && down > up ? down : 0 };
  });
  const range = wilderSum(trOf(candles), period);
  const share = (values: Series): number[] => wilderSum(values, period).map((sum, at) => 100 * ratio(sum, range[at] as number));
  const plus = share(moves.map((move) => move.plus));
  const minus = share(moves.map((move) => move.minus));
  const moved = (at: number): boolean => (plus[at] as number) + (minus[at] as number) >= ZERO;
  const dx: number[] = candles.map(() => Number.NaN);
  const adx: number[] = candles.map(() => Number.NaN);
  for (let at = period; at < candles.length; at++) {
    const [p, m] = [plus[at] as number, minus[at] as number];
    dx[at] = moved(at) ? (100 * Math.abs(p - m)) / (p + m) : at === period ? 0 : (dx[at - 1] as number);
    if (at < 2 * period - 1) continue;
    const seed =
      dx.slice(period, 2 * period).reduce((sum, value, place) => sum + (moved(period + place) ? value : 0), 0) / period;
    const before = adx[at - 1] as number;
    adx[at] = at === 2 * period - 1 ? seed : moved(at) ? before + ((dx[at] as number) - before) / period : before;
  }
  const adxr = adx.map((value, at) => (value + (adx[at - period + 1] ?? Number.NaN)) / 2);
  return { adx, adxr, dx, plus_di: plus, minus_di: minus };
}

function supertrendOf(candles: readonly CandleInput[]): Record<string, number[]> {
  const range = atrOf(candles, 10);
  const bands = candles.map(({ high, low }, at) => {
    const middle = (high + low) / 2;
    return { middle, upper: middle + 3 * (range[at] as number), lower: middle - 3 * (range[at] as number) };
  });
  const line: number[] = candles.map(() => Number.NaN);
  const dir: number[] = candles.map(() => Number.NaN);
  for (let at = 10; at < candles.length; at++) {
    const { close } = candles[at] as CandleInput;
    const band = bands[at] as (typeof bands)[number];
    const last = bands[at - 1] as (typeof bands)[number];
    const before = (candles[at - 1] as CandleInput).close;
    if (at > 10) {
      // A band loosens only when the close before broke it.
      if (before <= last.upper) band.upper = Math.min(band.upper, last.upper);
      if (before >= last.lower) band.lower = Math.max(band.lower, last.lower);
      dir[at] = dir[at - 1] === 1 ? (close < band.lower ? -1 : 1) : close > band.upper ? 1 : -1;
    } else dir[at] = close < band.middle ? -1 : 1;
    line[at] = dir[at] === 1 ? band.lower : band.upper;
  }
  return { supertrend: line, supertrend_dir: dir };
}

function priceOscillatorOf(closes: Series): Record<string, number[]> {
  const slow = emaOf(closes, 26);
  const apo = emaOf(closes, 12).map((fast, at) => fast - (slow[at] as number));
  return { ppo: apo.map((apart, at) => 100 * ratio(apart, slow[at] as number)), apo };
}

function aroonOf(candles: readonly CandleInput[], period: number): Record<string, number[]> {
  const share = (values: Series): number[] =>
    windows(values, period + 1, (window) => (100 * window.lastIndexOf(Math.max(...window))) / period);
  const up = share(candles.map(({ high }) => high));
  const down = share(candles.map(({ low }) => -low));
  return { aroon_up: up, aroon_down: down, aroon_osc: up.map((value, at) => value - (down[at] as number)) };
}

/** Written out for either side, as Wilder tells it, over the candles' highs and lows. */
function psarOf(candles: readonly CandleInput[]): number[] {
  const line: number[] = candles.map(() => Number.NaN);
  const [first, second] = candles as readonly [CandleInput, CandleInput];
  const [up, down] = [second.high - first.high, first.low - second.low];
  let long = down <= 0 || down <= up;
  let [stop, extreme] = long ? [first.low, second.high] : [first.high, second.low];
  let speed = 0.02;
  for (let at = 1; at < candles.length; at++) {
    const { high, low } = candles[at] as CandleInput;
    const before = candles[Math.max(at - 1, 1)] as CandleInput;
    const outside = (price: number): number => (long ? Math.min(price, before.low, low) : Math.max(price, before.high, high));
    if (long ? low <= stop : high >= stop) {
      long = !long;
      stop = outside(extreme);
      extreme = long ? high : low;
      speed = 0.02;
      line[at] = stop;
    } else {
      line[at] = stop;
      if (long ? high > extreme : low < extreme) {
        extreme = long ? high : low;
        speed = Math.min(0.2, speed + 0.02);
      }
    }
    stop = outside(stop + speed * (extreme - stop));
  }
  return line;
}

function ichimokuOf(candles: readonly CandleInput[]): Record<string, number[]> {
  const middle = (period: number): number[] =>
    candles.map((_, at) => {
      if (at + 1 < period) return Number.NaN;
      const window = candles.slice(at + 1 - period, at + 1);
      return (Math.max(...window.map(({ high }) => high)) + Math.min(...window.map(({ low }) => low))) / 2;
    });
  const [tenkan, kijun, far] = [middle(9), middle(26), middle(52)] as const;
  const past = (values: Series): number[] => values.map((_, at) => values[at - 26] ?? Number.NaN);
  return {
    ichimoku_tenkan: tenkan,
    ichimoku_kijun: kijun,
    ichimoku_senkou_a: past(tenkan.map((value, at) => (value + (kijun[at] as number)) / 2)),
    ichimoku_senkou_b: past(far),
  };
}

function vortexOf(candles: readonly CandleInput[], period: number): Record<string, number[]> {
  const range = trOf(candles);
  const share = (way: (candle: CandleInput, before: CandleInput) => number): number[] =>
    candles.map((_, last) => {
      if (last < period) return Number.NaN;
      let [moved, ranges] = [0, 0];
      for (let at = last - period + 1; at <= last; at++) {
        moved += Math.abs(way(candles[at] as CandleInput, candles[at - 1] as CandleInput));
        ranges += range[at] as number;
      }
      return ranges === 0 ? 1 : moved / ranges;
    });
  return {
    vortex_plus: share((candle, before) => candle.high - before.low),
    vortex_minus: share((candle, before) => candle.low - before.high),
  };
}

function linregOf(closes: Series, period: number): Record<string, number[]> {
  const places = Array.from({ length: period }, (_, at) => at);
  const centre = mean(places);
  const spread = places.reduce((sum, place) => sum + (place - centre) ** 2, 0);
  const slope = windows(closes, period, (window) => {
    const middle = mean(window);
    return window.reduce((sum, close, at) => sum + (close - middle) * (at - centre), 0) / spread;
  });
  const middle = windows(closes, period, mean);
  const ahead = (place: number): number[] => slope.map((rise, at) => (middle[at] as number) + rise * (place - centre));
  return {
    linreg: ahead(period - 1),
    linreg_slope: slope,
    linreg_angle: slope.map((rise) => (Math.atan(rise) / Math.PI) * 180),
    tsf: ahead(period),
  };
}

function trixOf(closes: Series, period: number): number[] {
  let line = closes as number[];
  for (let order = 1; order <= 3; order++) line = emaOf(line, period, order * (period - 1));
  return rocOf(line, 1);
}

/** An average that starts at `from` with the value there, and moves by 2/10 of the way. */
function nineFrom(values: Series, from: number): number[] {
  const line: number[] = values.map(() => Number.NaN);
  for (let at = from; at < values.length; at++) {
    line[at] = at === from ? (values[at] as number) : 0.8 * (line[at - 1] as number) + 0.2 * (values[at] as number);
  }
  return line;
}

function massOf(candles: readonly CandleInput[], period: number): number[] {
  const once = nineFrom(
    candles.map(({ high, low }) => high - low),
    0,
  );
  const twice = nineFrom(once, 8);
  const ratios = once.map((value, at) => (twice[at] === 0 ? 1 : value / (twice[at] as number)));
  return ratios.map((_, at) =>
    at < 16 + period - 1 ? Number.NaN : ratios.slice(at + 1 - period, at + 1).reduce((sum, value) => sum + value, 0),
  );
}

function dpoOf(closes: Series, period: number): number[] {
  return windows(closes, period, (window) => {
    const past = window[period - 1 - (period / 2 + 1)] as number;
    return window.reduce((sum, close) => sum + (past - close), 0) / period;
  });
}

function kstOf(closes: Series): Record<string, number[]> {
  const rates = [
    windows(rocOf(closes, 10), 10, mean),
    windows(rocOf(closes, 15), 10, mean),
    windows(rocOf(closes, 20), 10, mean),
    windows(rocOf(closes, 30), 15, mean),
  ];
  const kst = closes.map((_, at) => rates.reduce((sum, rate, place) => sum + (place + 1) * (rate[at] as number), 0));
  return { kst, kst_signal: windows(kst, 9, mean) };
}

export function trendReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return {
    ...macdOf(closes),
    ...priceOscillatorOf(closes),
    ...adxOf(candles, 14),
    ...aroonOf(candles, 25),
    psar: psarOf(candles),
    ...ichimokuOf(candles),
    ...supertrendOf(candles),
    ...vortexOf(candles, 14),
    ...linregOf(closes, 14),
    trix_15: trixOf(closes, 15),
    mass_25: massOf(candles, 25),
    dpo_20: dpoOf(closes, 20),
    ...kstOf(closes),
  };
}
