/**
 * Chart patterns as a chartist would draw them: corners joined by straight legs, stretched to a span and a height, with noise on
 * every close, wicks, corners a little early or late, and a quiet random walk before and after. Drawn from what the patterns are
 * called, not from how they are found.
 */
import type { CandleInput } from '../../indicators/indicator.js';
import type { Random } from '../../runtime/random.js';

/** Time and height of a corner: time 0 is the first swing and 1 the break, height is in shares of the formation's own. */
type Corner = readonly [time: number, height: number];

interface Drawing {
  /** The way in, the swings, the break and the way out; all turned over for the pattern's mirror image. */
  readonly corners: (random: Random, span: number) => readonly Corner[];
  readonly sign: 1 | -1;
}

/** Swings that bounce between two lines, from the first of them. */
function bounced(upper: (time: number) => number, lower: (time: number) => number, touches: number): Corner[] {
  // The break follows its last swing as the swings follow one another.
  return Array.from({ length: touches }, (_, at): Corner => {
    const time = at / touches;
    return [time, at % 2 === 0 ? upper(time) : lower(time)];
  });
}

/** As many touches as have room. */
const touchesIn = (random: Random, span: number): number => (span < 30 ? 5 : 5 + random.int(2));

/** A line from `from` at the first swing towards `to` at the break. */
const line =
  (from: number, to: number) =>
  (time: number): number =>
    from + (to - from) * time;

const headShoulders: Drawing['corners'] = (random) => {
  const tilt = 0.1 * (2 * random.next() - 1);
  const neck = line(-tilt, tilt);
  return [
    [-0.3, -0.6],
    [0, 0.6],
    [0.2, neck(0.2)],
    [0.4, 1],
    [0.6, neck(0.6)],
    [0.8, 0.6],
    [1, neck(1)],
    [1.2, -0.6],
  ];
};

const doubleTop: Drawing['corners'] = () => [
  [-0.5, -0.8],
  [0, 1],
  [0.36, 0],
  [0.72, 1],
  [1, 0],
  [1.25, -0.8],
];

function converging(upper: (time: number) => number, lower: (time: number) => number, direction: 1 | -1): Drawing['corners'] {
  return (random, span) => {
    const touches = touchesIn(random, span);
    // The last swing lies on the side that is not broken.
    const high = touches % 2 === (direction > 0 ? 0 : 1);
    const swings = high ? bounced(upper, lower, touches) : bounced(lower, upper, touches);
    const broken = direction > 0 ? upper(1) : lower(1);
    const [, first] = swings[0] as Corner;
    const [, opposite] = swings[1] as Corner;
    return [[-0.25, first + (opposite - first) * 1.1], ...swings, [1, broken], [1.25, broken + direction]];
  };
}

const flag: Drawing['corners'] = () => {
  const upper = line(1.04, 0.82);
  const lower = line(0.74, 0.52);
  return [
    [0, 0],
    [0.22, 1],
    [0.42, lower(0.42)],
    [0.62, upper(0.62)],
    [0.82, lower(0.82)],
    [1, upper(1)],
    [1.2, 1.6],
  ];
};

const mirrored =
  (corners: Drawing['corners']): Drawing['corners'] =>
  (random, span) =>
    corners(random, span).map(([time, height]): Corner => [time, -height]);

const either =
  (up: Drawing['corners'], down: Drawing['corners']): ((sign: 1 | -1) => Drawing) =>
  (sign) => ({ corners: sign > 0 ? up : down, sign });

const symmetric = (direction: 1 | -1) => converging(line(1, 0.58), line(0, 0.42), direction);
const ascending = converging(line(1, 1), line(0, 0.75), 1);
const fallingWedge = converging(line(1, -0.1), line(0, -0.4), 1);

/** Per pattern what it looks like; `sign` only matters to those that confirm either way. */
export const DRAWINGS: Readonly<Record<string, (sign: 1 | -1) => Drawing>> = {
  chart_head_shoulders: () => ({ corners: headShoulders, sign: -1 }),
  chart_inverse_head_shoulders: () => ({ corners: mirrored(headShoulders), sign: 1 }),
  chart_double_top: () => ({ corners: doubleTop, sign: -1 }),
  chart_double_bottom: () => ({ corners: mirrored(doubleTop), sign: 1 }),
  chart_triangle_ascending: () => ({ corners: ascending, sign: 1 }),
  chart_triangle_descending: () => ({ corners: mirrored(ascending), sign: -1 }),
  chart_triangle_symmetric: either(symmetric(1), symmetric(-1)),
  chart_wedge_rising: () => ({ corners: mirrored(fallingWedge), sign: -1 }),
  chart_wedge_falling: () => ({ corners: fallingWedge, sign: 1 }),
  chart_flag: either(flag, mirrored(flag)),
};

export interface DrawnFormation {
  readonly candles: readonly CandleInput[];
  readonly sign: 1 | -1;
  readonly first: number;
  /** Where the last swing before the break is, and where the break is due. */
  readonly last: number;
  readonly broken: number;
}

/** The fewest candles a pattern is drawn over: a flag's pole and four swings, each the extreme of five candles either way, take more. */
export const leastSpan = (pattern: string): number => (pattern === 'chart_flag' ? 25 : 20);

export interface Style {
  /** Candles from first swing to break. */
  readonly span: number;
  /** Price about which it is drawn, and its height. */
  readonly price: number;
  readonly height: number;
  /** Standard deviation of the noise on every close, in shares of the height; wicks reach as far. */
  readonly noise: number;
}

const BEFORE = 220;
const AFTER = 40;

export function drawFormation(pattern: string, style: Style, random: Random): DrawnFormation {
  const { span, price, height, noise } = style;
  const drawing = (DRAWINGS[pattern] as (sign: 1 | -1) => Drawing)(random.chance(0.5) ? 1 : -1);
  const corners = drawing.corners(random, span);
  const start = BEFORE + Math.ceil(-(corners[0] as Corner)[0] * span);
  const places = corners.map(([time], at) => {
    const early = at === 0 || corners.length - at <= 2 ? 0 : 0.02 * (2 * random.next() - 1);
    return start + Math.round((time + early) * span);
  });
  const end = places.at(-1) as number;
  let wandered = 0;
  const quiet = 0.7 * Math.max(noise, 0.01);
  const steps = Array.from({ length: places[0] as number }, () => quiet * random.normal());
  const total = steps.reduce((sum, step) => sum + step, 0);
  const shares: number[] = [];
  for (let at = 0; at < end + AFTER; at++) {
    if (at < (places[0] as number)) {
      wandered += steps[at] as number;
      shares.push((corners[0] as Corner)[1] + wandered - total);
    } else if (at <= end) shares.push(heightAt(at, places, corners) + noise * random.normal());
    else {
      wandered += quiet * random.normal();
      shares.push((corners.at(-1) as Corner)[1] + wandered - total);
    }
  }
  const closes = shares.map((share) => price + share * height);
  const reach = Math.max(noise, 0.01) * height;
  const candles = closes.map((close, at) => {
    const open = closes[at - 1] ?? close;
    const high = Math.max(open, close) + reach * random.next();
    const low = Math.min(open, close) - reach * random.next();
    return { time: at * 60_000, open, high, low, close, volume: 1 };
  });
  const [first, last, broken] = [pattern === 'chart_flag' ? 0 : 1, corners.length - 3, corners.length - 2];
  return {
    candles,
    sign: drawing.sign,
    first: places[first] as number,
    last: places[last] as number,
    broken: places[broken] as number,
  };
}

function heightAt(at: number, places: readonly number[], corners: readonly Corner[]): number {
  const right = Math.max(
    1,
    places.findIndex((place) => place >= at),
  );
  const [from, to] = [places[right - 1] as number, places[right] as number];
  const [before, after] = [(corners[right - 1] as Corner)[1], (corners[right] as Corner)[1]];
  return before + ((after - before) * (at - from)) / (to - from);
}
