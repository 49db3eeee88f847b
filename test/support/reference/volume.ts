import type { CandleInput } from '../../../src/indicators/indicator.js';
import { days, emaOf, mean, type ReferenceColumns, type Series, windows } from './series.js';

const total = (values: Series): number => values.reduce((sum, value) => sum + value, 0);

/** Running sums of what each candle of the day adds, given the day's candles and its place among them. */
function dailySum(candles: readonly CandleInput[], added: (day: readonly CandleInput[], at: number) => number): number[] {
  return days(candles).flatMap((day) => {
    let sum = 0;
    return day.map((_, at) => {
      sum += added(day, at);
      return sum;
    });
  });
}

function flowOf({ high, low, close, volume }: CandleInput): number {
  return high === low ? 0 : ((close - low - (high - close)) / (high - low)) * volume;
}

function obvOf(candles: readonly CandleInput[]): number[] {
  return dailySum(candles, (day, at) => {
    const { close, volume } = day[at] as CandleInput;
    return at === 0 ? volume : Math.sign(close - (day[at - 1] as CandleInput).close) * volume;
  });
}

function pvtOf(candles: readonly CandleInput[]): number[] {
  return dailySum(candles, (day, at) => {
    const { close, volume } = day[at] as CandleInput;
    const before = (day[at - 1] ?? (day[at] as CandleInput)).close;
    return ((close - before) / before) * volume;
  });
}

function vwapOf(candles: readonly CandleInput[]): number[] {
  return days(candles).flatMap((day) =>
    day.map(({ high, low, close }, at) => {
      const soFar = day.slice(0, at + 1);
      const volume = total(soFar.map((candle) => candle.volume));
      if (volume === 0) return (high + low + close) / 3;
      const shares = soFar.map((candle) => ((candle.high + candle.low + candle.close) / 3) * (candle.volume / volume));
      return total(shares);
    }),
  );
}

function mfiOf(candles: readonly CandleInput[], period: number): number[] {
  const typical = candles.map(({ high, low, close }) => (high + low + close) / 3);
  const flows = candles.slice(1).map(({ volume }, at) => {
    const price = typical[at + 1] as number;
    return { way: Math.sign(price - (typical[at] as number)), flow: price * volume };
  });
  const over = (way: number): number[] => flows.map((each) => (each.way === way ? each.flow : 0));
  const up = windows(over(1), period, total);
  const down = windows(over(-1), period, total);
  // Less than one in all counts as nothing, in TA-Lib.
  const shares = up.map((rise, at) => {
    const both = rise + (down[at] as number);
    return both < 1 ? 0 : (100 * rise) / both;
  });
  return [Number.NaN, ...shares];
}

/**
 * The difference of two averages of a running sum, each seeded with its first value, as what it is in what was added: a flow that
 * came j candles ago is in the one with 1 − kept^(j + 1) of itself and so with the difference of such powers in the two.
 */
function adoscOf(candles: readonly CandleInput[], fast: number, slow: number): number[] {
  const flows = candles.map(flowOf);
  const kept = (period: number): number => (period - 1) / (period + 1);
  const weights = candles.map((_, ago) => kept(slow) ** (ago + 1) - kept(fast) ** (ago + 1)).filter((weight) => weight > 1e-25);
  return flows.map((_, at) => {
    if (at + 1 < slow) return Number.NaN;
    let sum = 0;
    for (let ago = Math.min(weights.length, at) - 1; ago >= 0; ago--) {
      sum += (weights[ago] as number) * (flows[at - ago] as number);
    }
    return sum;
  });
}

function cmfOf(candles: readonly CandleInput[], period: number): number[] {
  const flow = windows(candles.map(flowOf), period, total);
  const volume = windows(
    candles.map((candle) => candle.volume),
    period,
    total,
  );
  return flow.map((sum, at) => (volume[at] === 0 ? 0 : sum / (volume[at] as number)));
}

function forceOf(candles: readonly CandleInput[], period: number): number[] {
  const forces = candles.slice(1).map(({ close, volume }, at) => (close - (candles[at] as CandleInput).close) * volume);
  return [Number.NaN, ...emaOf(forces, period)];
}

function eomOf(candles: readonly CandleInput[], period: number): number[] {
  const ease = candles.slice(1).map(({ high, low, volume }, at) => {
    const before = candles[at] as CandleInput;
    const move = (high + low) / 2 - (before.high + before.low) / 2;
    return volume === 0 ? 0 : move / (volume / 10_000 / (high - low));
  });
  return [Number.NaN, ...windows(ease, period, mean)];
}

/** 1000 times the growth of the close over all candles whose volume went this way. */
function volumeIndexOf(candles: readonly CandleInput[], way: 1 | -1): number[] {
  let index = 1_000;
  return candles.map(({ close, volume }, at) => {
    const before = candles[at - 1];
    if (before !== undefined && Math.sign(volume - before.volume) === way) index *= close / before.close;
    return index;
  });
}

export function volumeReference(candles: readonly CandleInput[]): ReferenceColumns {
  return {
    obv: obvOf(candles),
    vwap: vwapOf(candles),
    mfi_14: mfiOf(candles, 14),
    ad: dailySum(candles, (day, at) => flowOf(day[at] as CandleInput)),
    adosc: adoscOf(candles, 3, 10),
    cmf_20: cmfOf(candles, 20),
    force_13: forceOf(candles, 13),
    eom_14: eomOf(candles, 14),
    volume_sma_20: windows(
      candles.map(({ volume }) => volume),
      20,
      mean,
    ),
    nvi: volumeIndexOf(candles, -1),
    pvi: volumeIndexOf(candles, 1),
    pvt: pvtOf(candles),
  };
}
