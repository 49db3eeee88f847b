import type { CandleInput } from '../../../src/indicators/indicator.js';
import { atrOf, mean, type ReferenceColumns } from './series.js';

interface Swing {
  readonly at: number;
  readonly price: number;
  readonly kind: 1 | -1;
}

/** The swings as they are known from candle `at` on; `left` is where the newest was before, if it moved. */
interface Marked {
  readonly at: number;
  readonly swings: readonly Swing[];
  readonly left?: number;
}

type Line = (at: number) => number;

interface Found {
  readonly first: number;
  readonly last: number;
  readonly until: number;
  readonly upper: Line;
  readonly lower: Line;
  /** Breaks that confirm it. */
  readonly sides: readonly number[];
  readonly margin: number;
}

/** All formations of a pattern that the newest swings make, the one with the fewest swings first. */
type Search = (swings: readonly Swing[], atr: number) => Found[];

function markedSwings(candles: readonly CandleInput[], atr: readonly number[]): Marked[] {
  const marked: Marked[] = [];
  let swings: readonly Swing[] = [];
  for (let at = 14; at < candles.length; at++) {
    const middle = at - 5;
    const [before, after] = [candles.slice(middle - 5, middle), candles.slice(middle + 1, at + 1)];
    const { high, low } = candles[middle] as CandleInput;
    const isHigh = before.every((candle) => candle.high < high) && after.every((candle) => candle.high <= high);
    const isLow = before.every((candle) => candle.low > low) && after.every((candle) => candle.low >= low);
    if (isHigh === isLow) continue;
    const swing: Swing = { at: middle, price: isHigh ? high : low, kind: isHigh ? 1 : -1 };
    const newest = swings.at(-1);
    const apart = newest === undefined ? Number.POSITIVE_INFINITY : swing.kind * (swing.price - newest.price);
    if (newest?.kind === swing.kind) {
      if (apart <= 0) continue;
      swings = [...swings.slice(0, -1), swing];
      marked.push({ at, swings, left: newest.at });
    } else if (apart >= 1.5 * (atr[at] as number)) {
      swings = [...swings, swing];
      marked.push({ at, swings });
    }
  }
  return marked;
}

const flat =
  (price: number): Line =>
  () =>
    price;

const slopeOf = (line: Line): number => line(1) - line(0);

/** Least squares. */
function lineThrough(swings: readonly Swing[]): Line {
  const origin = swings[0] as Swing;
  const times = swings.map(({ at }) => at - origin.at);
  const prices = swings.map(({ price }) => price);
  const [time, price] = [mean(times), mean(prices)];
  const above = swings.reduce((sum, swing, at) => sum + (swing.price - price) * ((times[at] as number) - time), 0);
  const slope = above / times.reduce((sum, each) => sum + (each - time) ** 2, 0);
  return (at) => price + slope * (at - origin.at - time);
}

const mirror = (swings: readonly Swing[], side: number): Swing[] =>
  swings.map(({ at, price, kind }) => ({ at, price: side * price, kind: (side * kind) as 1 | -1 }));

/** Turns what was found in mirrored prices back. */
function turned(found: Found, side: number): Found {
  if (side > 0) return found;
  const over =
    (line: Line): Line =>
    (at) =>
      -line(at);
  return { ...found, upper: over(found.lower), lower: over(found.upper), sides: found.sides.map((each) => -each) };
}

const headShouldersTop: Search = (swings, atr) => {
  if (swings.length < 5 || swings.at(-1)?.kind !== 1) return [];
  const [left, trough, head, dip, right] = swings.slice(-5) as [Swing, Swing, Swing, Swing, Swing];
  const neck = lineThrough([trough, dip]);
  const [before, after] = [head.at - left.at, right.at - head.at];
  const fits =
    Math.abs(left.price - right.price) <= atr &&
    head.price - left.price >= atr &&
    head.price - right.price >= atr &&
    before <= 2.5 * after &&
    after <= 2.5 * before &&
    Math.abs(trough.price - dip.price) <= (head.price - neck(head.at)) / 3;
  const until = right.at + right.at - left.at;
  const found = { first: left.at, last: right.at, until, upper: flat(right.price), lower: neck, sides: [-1], margin: atr / 2 };
  return fits ? [found] : [];
};

const doubleTop: Search = (swings, atr) => {
  if (swings.length < 4 || swings.at(-1)?.kind !== 1) return [];
  const [start, one, trough, two] = swings.slice(-4) as [Swing, Swing, Swing, Swing];
  const fits =
    Math.abs(one.price - two.price) <= atr &&
    one.price - trough.price >= 3 * atr &&
    two.price - trough.price >= 3 * atr &&
    start.price < trough.price;
  const [upper, lower] = [flat(Math.max(one.price, two.price)), flat(trough.price)];
  const found = { first: one.at, last: two.at, until: 2 * two.at - one.at, upper, lower, sides: [-1], margin: atr / 2 };
  return fits ? [found] : [];
};

/** Level where all lie within half a range of their mean, else leaning; none where one lies farther than that from its line. */
function boundary(swings: readonly Swing[], atr: number, mayBeLevel: boolean): Line | undefined {
  const level = mean(swings.map(({ price }) => price));
  if (mayBeLevel && swings.every(({ price }) => Math.abs(price - level) <= atr / 2)) return flat(level);
  const line = lineThrough(swings);
  return swings.every(({ at, price }) => Math.abs(price - line(at)) <= atr / 2) ? line : undefined;
}

function corridor(swings: readonly Swing[], atr: number, mayBeLevel: boolean): [upper: Line, lower: Line] | undefined {
  const [highs, lows] = [1, -1].map((side) => swings.filter(({ kind }) => kind === side)) as [Swing[], Swing[]];
  const [upper, lower] = [boundary(highs, atr, mayBeLevel), boundary(lows, atr, mayBeLevel)];
  return upper && lower && [upper, lower];
}

/** Triangles and wedges, by the signs of the two slopes. */
const converging =
  (upperLean: number, lowerLean: number, sides: readonly number[]): Search =>
  (swings, atr) =>
    [5, 6, 7, 8].flatMap((touches) => {
      if (swings.length < touches) return [];
      const touched = swings.slice(-touches);
      const [first, last] = [touched[0] as Swing, touched.at(-1) as Swing];
      const lines = corridor(touched, atr, true);
      if (lines === undefined) return [];
      const [upper, lower] = lines;
      const legs = touched.slice(1).map(({ at }, place) => at - (touched[place] as Swing).at);
      const [begun, ended] = [upper(first.at) - lower(first.at), upper(last.at) - lower(last.at)];
      const fits =
        Math.sign(slopeOf(upper)) === upperLean &&
        Math.sign(slopeOf(lower)) === lowerLean &&
        Math.max(...legs) <= 4 * Math.min(...legs) &&
        ended > 0 &&
        ended <= 0.75 * begun;
      const apex = last.at + (ended * (last.at - first.at)) / (begun - ended);
      return fits ? [{ first: first.at, last: last.at, until: Math.floor(apex), upper, lower, sides, margin: atr }] : [];
    });

const flagOnRise: Search = (swings, atr) =>
  [4, 5, 6, 7].flatMap((touches) => {
    if (swings.length <= touches) return [];
    const [foot, ...touched] = swings.slice(-touches - 1) as [Swing, Swing, ...Swing[]];
    const [top, last] = [touched[0], touched.at(-1) as Swing];
    if (top.kind !== 1) return [];
    const lines = corridor(touched, atr, false);
    if (lines === undefined) return [];
    const [upper, lower] = lines;
    const pole = top.price - foot.price;
    const rise = [upper, lower].map((line) => line(last.at) - line(top.at)) as [number, number];
    const widths = [top.at, last.at].map((at) => upper(at) - lower(at));
    const fits =
      pole >= 5 * atr &&
      pole >= 0.4 * atr * (top.at - foot.at) &&
      top.price - Math.min(...touched.map(({ price }) => price)) <= 0.6 * pole &&
      rise[0] + rise[1] <= -atr &&
      Math.min(...widths) >= 0.5 * Math.max(...widths);
    const until = 2 * last.at - top.at;
    return fits ? [{ first: foot.at, last: last.at, until, upper, lower, sides: [1], margin: atr }] : [];
  });

const onSide =
  (search: Search, side: number): Search =>
  (swings, atr) =>
    search(mirror(swings, side), atr).map((found) => turned(found, side));

const SEARCHES: Readonly<Record<string, Search>> = {
  chart_head_shoulders: headShouldersTop,
  chart_inverse_head_shoulders: onSide(headShouldersTop, -1),
  chart_double_top: doubleTop,
  chart_double_bottom: onSide(doubleTop, -1),
  chart_triangle_ascending: converging(0, 1, [1]),
  chart_triangle_descending: converging(-1, 0, [-1]),
  chart_triangle_symmetric: converging(-1, 1, [1, -1]),
  chart_wedge_rising: converging(1, 1, [-1]),
  chart_wedge_falling: converging(-1, -1, [1]),
  chart_flag: (swings, atr) => [...flagOnRise(swings, atr), ...onSide(flagOnRise, -1)(swings, atr)],
};

/** Where, and to which side, the first close from `from` up to `to` leaves the lines. */
function breakOf(
  candles: readonly CandleInput[],
  found: Found,
  from: number,
  to: number,
): { at: number; side: number } | undefined {
  for (let at = from; at <= Math.min(to, found.until, found.first + 119); at++) {
    const { close } = candles[at] as CandleInput;
    if (close - found.upper(at) > found.margin) return { at, side: 1 };
    if (found.lower(at) - close > found.margin) return { at, side: -1 };
  }
  return undefined;
}

function patternOf(candles: readonly CandleInput[], atr: readonly number[], marked: readonly Marked[], search: Search): number[] {
  const values = candles.map((_, at) => (at + 1 < 134 ? Number.NaN : 0));
  let watched: Found | undefined;
  let done = -1;
  marked.forEach(({ at, swings, left }, event) => {
    if (left !== undefined && watched?.last === left) watched = undefined;
    watched = search(swings.slice(-8), atr[at] as number).find(({ first }) => first >= done) ?? watched;
    if (watched === undefined) return;
    const next = marked[event + 1]?.at ?? candles.length;
    const broken = breakOf(candles, watched, at, next - 1);
    if (broken === undefined) return;
    if (watched.sides.includes(broken.side) && broken.at - watched.first >= 19) {
      if (!Number.isNaN(values[broken.at] as number)) values[broken.at] = 100 * broken.side;
      done = watched.last;
    }
    watched = undefined;
  });
  return values;
}

export function chartReference(candles: readonly CandleInput[]): ReferenceColumns {
  const atr = atrOf(candles, 14);
  const marked = markedSwings(candles, atr);
  return Object.fromEntries(Object.entries(SEARCHES).map(([name, search]) => [name, patternOf(candles, atr, marked, search)]));
}
