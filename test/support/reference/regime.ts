import type { CandleInput } from '../../../src/indicators/indicator.js';
import { momentumReference } from './momentum.js';
import type { ReferenceColumns, Series } from './series.js';
import { trendReference } from './trend.js';
import { volatilityReference } from './volatility.js';

/** The share of the 100 values before that are below, plus half of those that equal it to a billionth. */
function rankOf(values: Series): number[] {
  return values.map((value, at) => {
    const before = values.slice(Math.max(0, at - 100), at).filter((each) => !Number.isNaN(each));
    if (before.length < 100) return Number.NaN;
    const equal = before.filter((each) => Math.abs(each - value) <= 1e-9 * Math.abs(value));
    const below = before.filter((each) => each < value && !equal.includes(each));
    return (below.length + equal.length / 2) / 100;
  });
}

export interface RegimeMeasures {
  readonly adx: number;
  readonly plus: number;
  readonly minus: number;
  readonly width: number;
  readonly swing: number;
  readonly rsi: number;
}

/** The table in words: trending from an adx of 25 on, strongly from 35; else bursting bands, swings, and how wide the bands are. */
export function regimeCodeOf({ adx, plus, minus, width, swing, rsi }: RegimeMeasures): number {
  if (adx >= 25 && plus > minus) return rsi >= 70 ? 2 : adx >= 35 ? 0 : 1;
  if (adx >= 25 && plus < minus) return rsi <= 30 ? 5 : adx >= 35 ? 3 : 4;
  if (adx < 25 && width >= 0.8 && plus > minus && rsi >= 60) return 8;
  if (adx < 25 && width >= 0.8 && plus < minus && rsi <= 40) return 9;
  if (swing >= 0.9) return 10;
  if (swing <= 0.1) return 11;
  return width < 0.5 ? 6 : 7;
}

const PARENTS: Series = [0, 0, 0, 1, 1, 1, 2, 2, 0, 1, 3, 2];

export function regimeReference(candles: readonly CandleInput[]): ReferenceColumns {
  const { adx = [], plus_di = [], minus_di = [] } = trendReference(candles);
  const { bb_width = [], atr_14 = [] } = volatilityReference(candles);
  const { rsi_14 = [] } = momentumReference(candles);
  const width = rankOf(bb_width);
  const swing = rankOf(atr_14);
  const first = width.findIndex((rank) => !Number.isNaN(rank));
  const raw = candles.map((_, at) => {
    const of = (series: Series): number => series[at] as number;
    const measures = {
      adx: of(adx),
      plus: of(plus_di),
      minus: of(minus_di),
      width: of(width),
      swing: of(swing),
      rsi: of(rsi_14),
    };
    return at < first || first < 0 ? Number.NaN : regimeCodeOf(measures);
  });
  const held: number[] = [];
  raw.forEach((code, at) => {
    const three = at >= first + 2 && code === raw[at - 1] && code === raw[at - 2];
    held.push(three || at <= first ? code : (held[at - 1] as number));
  });
  const ready = (of: (at: number) => number): number[] => raw.map((code, at) => (Number.isNaN(code) ? Number.NaN : of(at)));
  return {
    regime: held,
    regime_parent: held.map((code) => PARENTS[code] ?? Number.NaN),
    regime_confidence: ready((at) => {
      const last = raw.slice(Math.max(first, at - 9), at + 1);
      return last.filter((code) => code === held[at]).length / last.length;
    }),
    regime_volatility: ready((at) => swing[at] as number),
    regime_strength: ready((at) => Math.min((adx[at] as number) / 50, 1)),
  };
}
