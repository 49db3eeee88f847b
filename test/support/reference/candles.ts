import type { CandleInput } from '../../../src/indicators/indicator.js';
import type { ReferenceColumns, Series } from './series.js';

const FIRST_VALUES: Readonly<Record<string, number>> = {
  cdl_doji: 10,
  cdl_hammer: 11,
  cdl_hanging_man: 11,
  cdl_inverted_hammer: 11,
  cdl_shooting_star: 11,
  cdl_engulfing: 2,
  cdl_harami: 11,
  cdl_piercing: 11,
  cdl_dark_cloud: 11,
  cdl_morning_star: 12,
  cdl_evening_star: 12,
  cdl_three_white_soldiers: 12,
  cdl_three_black_crows: 13,
  cdl_marubozu: 10,
  cdl_spinning_top: 10,
  cdl_three_inside: 12,
  cdl_three_outside: 3,
  cdl_tasuki_gap: 7,
  cdl_belt_hold: 10,
};

/** Everything the definitions compare, by index; out of the series is not a number, which compares false with all. */
function measures(candles: readonly CandleInput[]) {
  const by = (of: (candle: CandleInput) => number) => {
    const values = candles.map(of);
    return (at: number): number => values[at] ?? Number.NaN;
  };
  const meanBefore = (of: (candle: CandleInput) => number, count: number) => {
    const values = candles.map(of);
    const means = values.map((_, at) =>
      at < count ? Number.NaN : values.slice(at - count, at).reduce((a, b) => a + b, 0) / count,
    );
    return (at: number): number => means[at] ?? Number.NaN;
  };
  const bodyOf = ({ open, close }: CandleInput): number => Math.abs(close - open);
  const rangeOf = ({ high, low }: CandleInput): number => high - low;
  const [o, h, l, c] = [by((x) => x.open), by((x) => x.high), by((x) => x.low), by((x) => x.close)];
  const body = by(bodyOf);
  const [body10, range10, range5] = [meanBefore(bodyOf, 10), meanBefore(rangeOf, 10), meanBefore(rangeOf, 5)];
  return {
    o,
    h,
    l,
    c,
    body,
    colour: by(({ open, close }) => (close >= open ? 1 : -1)),
    upper: by(({ open, high, close }) => high - Math.max(open, close)),
    lower: by(({ open, low, close }) => Math.min(open, close) - low),
    top: by(({ open, close }) => Math.max(open, close)),
    bottom: by(({ open, close }) => Math.min(open, close)),
    longBody: (at: number): boolean => body(at) > body10(at),
    shortBody: (at: number): boolean => body(at) < body10(at),
    tiny: (at: number): number => 0.1 * range10(at),
    near: (at: number): number => 0.2 * range5(at),
    far: (at: number): number => 0.6 * range5(at),
  };
}

type Measures = ReturnType<typeof measures>;
type Definition = (i: number) => number;

const when = (condition: boolean, value: number): number => (condition ? value : 0);

function singles({ o, h, l, c, body, colour, upper, lower, top, bottom, longBody, shortBody, tiny, near }: Measures) {
  const hanging = (i: number): boolean => shortBody(i) && lower(i) > body(i) && upper(i) < tiny(i);
  const inverted = (i: number): boolean => shortBody(i) && upper(i) > body(i) && lower(i) < tiny(i);
  return {
    cdl_doji: (i) => when(Math.abs(o(i) - c(i)) <= tiny(i), 100),
    cdl_hammer: (i) => when(hanging(i) && bottom(i) <= l(i - 1) + near(i - 1), 100),
    cdl_hanging_man: (i) => when(hanging(i) && bottom(i) >= h(i - 1) - near(i - 1), -100),
    cdl_inverted_hammer: (i) => when(inverted(i) && top(i) < bottom(i - 1), 100),
    cdl_shooting_star: (i) => when(inverted(i) && bottom(i) > top(i - 1), -100),
    cdl_marubozu: (i) => when(longBody(i) && Math.max(upper(i), lower(i)) < tiny(i), colour(i) * 100),
    cdl_spinning_top: (i) => when(shortBody(i) && Math.min(upper(i), lower(i)) > body(i), colour(i) * 100),
    cdl_belt_hold: (i) => when(longBody(i) && (colour(i) === 1 ? lower(i) : upper(i)) < tiny(i), colour(i) * 100),
  } satisfies Record<string, Definition>;
}

function pairs({ o, h, l, c, body, colour, top, bottom, longBody }: Measures) {
  /** 100 where the body `outer` reaches beyond `inner` at both ends, 80 where at one and they meet at the other. */
  const holds = (outer: number, inner: number): number => {
    const beyond = [top(outer) - top(inner), bottom(inner) - bottom(outer)];
    return Math.min(...beyond) < 0 || Math.max(...beyond) === 0 ? 0 : Math.min(...beyond) > 0 ? 100 : 80;
  };
  return {
    cdl_engulfing: (i) => when(colour(i) !== colour(i - 1), colour(i) * holds(i, i - 1)),
    // A long body that the next one fills from end to end is no contradiction: that one may still be no longer than its mean.
    cdl_harami: (i) => {
      const filled = top(i) === top(i - 1) && bottom(i) === bottom(i - 1);
      return when(longBody(i - 1) && !longBody(i), -colour(i - 1) * (filled ? 80 : holds(i - 1, i)));
    },
    cdl_piercing: (i) =>
      when(
        colour(i - 1) === -1 &&
          longBody(i - 1) &&
          colour(i) === 1 &&
          longBody(i) &&
          o(i) < l(i - 1) &&
          c(i) < o(i - 1) &&
          c(i) > c(i - 1) + 0.5 * body(i - 1),
        100,
      ),
    cdl_dark_cloud: (i) =>
      when(
        colour(i - 1) === 1 &&
          longBody(i - 1) &&
          colour(i) === -1 &&
          o(i) > h(i - 1) &&
          c(i) > o(i - 1) &&
          c(i) < c(i - 1) - 0.5 * body(i - 1),
        -100,
      ),
  } satisfies Record<string, Definition>;
}

function triples({ o, h, c, body, colour, upper, lower, top, bottom, longBody, tiny, near, far }: Measures) {
  const all = (ats: Series, condition: (at: number) => boolean): boolean => ats.every(condition);
  const deep = (i: number): number => 0.3 * body(i - 2);
  const within = (inner: number, outer: number): boolean => top(inner) < top(outer) && bottom(inner) > bottom(outer);
  const tasuki = (i: number, up: 1 | -1): boolean => {
    const gap = up === 1 ? [top(i - 2), bottom(i - 1)] : [top(i - 1), bottom(i - 2)];
    const [low, high] = gap as [number, number];
    return (
      low < high &&
      colour(i - 1) === up &&
      colour(i) === -up &&
      o(i) < top(i - 1) &&
      o(i) > bottom(i - 1) &&
      c(i) < high &&
      c(i) > low &&
      Math.abs(body(i - 1) - body(i)) < near(i - 1)
    );
  };
  return {
    cdl_morning_star: (i) =>
      when(
        longBody(i - 2) &&
          colour(i - 2) === -1 &&
          !longBody(i - 1) &&
          top(i - 1) < bottom(i - 2) &&
          longBody(i) &&
          colour(i) === 1 &&
          c(i) > c(i - 2) + deep(i),
        100,
      ),
    cdl_evening_star: (i) =>
      when(
        longBody(i - 2) &&
          colour(i - 2) === 1 &&
          !longBody(i - 1) &&
          bottom(i - 1) > top(i - 2) &&
          longBody(i) &&
          colour(i) === -1 &&
          c(i) < c(i - 2) - deep(i),
        -100,
      ),
    cdl_three_white_soldiers: (i) =>
      when(
        all([i - 2, i - 1, i], (at) => colour(at) === 1 && upper(at) < tiny(at)) &&
          all([i - 1, i], (at) => c(at) > c(at - 1) && o(at) > o(at - 1)) &&
          all([i - 1, i], (at) => o(at) <= c(at - 1) + near(at - 1) && body(at) > body(at - 1) - far(at - 1)) &&
          longBody(i),
        100,
      ),
    cdl_three_black_crows: (i) =>
      when(
        colour(i - 3) === 1 &&
          all([i - 2, i - 1, i], (at) => colour(at) === -1 && lower(at) < tiny(at)) &&
          all([i - 1, i], (at) => o(at) < o(at - 1) && o(at) > c(at - 1) && c(at) < c(at - 1)) &&
          h(i - 3) > c(i - 2),
        -100,
      ),
    cdl_three_inside: (i) => {
      const first = colour(i - 2);
      const past = first === 1 ? c(i) < o(i - 2) : c(i) > o(i - 2);
      return when(longBody(i - 2) && !longBody(i - 1) && within(i - 1, i - 2) && colour(i) === -first && past, -first * 100);
    },
    cdl_three_outside: (i) => {
      const second = colour(i - 1);
      const further = second === 1 ? c(i) > c(i - 1) : c(i) < c(i - 1);
      return when(colour(i - 2) === -second && within(i - 2, i - 1) && further, second * 100);
    },
    cdl_tasuki_gap: (i) => when(tasuki(i, 1), 100) + when(tasuki(i, -1), -100),
  } satisfies Record<string, Definition>;
}

export function candlesReference(candles: readonly CandleInput[]): ReferenceColumns {
  const measured = measures(candles);
  const definitions: Readonly<Record<string, Definition>> = { ...singles(measured), ...pairs(measured), ...triples(measured) };
  return Object.fromEntries(
    Object.entries(definitions).map(([name, of]) => {
      const first = FIRST_VALUES[name] as number;
      return [name, candles.map((_, at) => (at < first ? Number.NaN : of(at)))];
    }),
  );
}
