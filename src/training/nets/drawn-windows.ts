/**
 * Windows that are drawn: each of the patterns as a chartist would draw it, cut off at its break or a few candles later, and what
 * is none: walks, the way into a pattern that has not come to its end, and a pattern of which the halves are swapped.
 */
import { CANDLE_NUMBERS } from '../../features/candle-numbers.js';
import { CANDLE_STEPS } from '../../models/candle-window.js';
import type { CandleInput } from '../../indicators/indicator.js';
import type { Random } from '../../runtime/random.js';
import { CONFIRMED_WITHIN, SHAPES, writeCandleWindow } from './candle-windows.js';
import { drawFormation, leastSpan } from './drawn-formations.js';

const RANGE_CANDLES = 14;
const SPAN_MOST = 46;

/** Writes a window of the shape, by its place in `SHAPES`. */
export function drawShape(place: number, random: Random, into: Float32Array, at: number): void {
  const { candles, broken } = drawn(SHAPES[place] as string, random);
  write(candles, broken + random.int(CONFIRMED_WITHIN), into, at);
}

/** Writes a window that shows none of the shapes. */
export function drawNone(random: Random, into: Float32Array, at: number): void {
  if (random.chance(0.5)) {
    write(walk(random), 2 * CANDLE_STEPS - 1, into, at);
    return;
  }
  const { candles, first, last } = drawn(SHAPES[random.int(SHAPES.length)] as string, random);
  // Somewhere from its first swing to before its last: what it is to be cannot be known.
  write(candles, first + random.int(Math.max(1, Math.floor(0.8 * (last - first)))), into, at);
}

function drawn(shape: string, random: Random) {
  const least = leastSpan(shape);
  const style = {
    span: least + random.int(SPAN_MOST - least),
    price: 1,
    height: 0.002,
    noise: 0.015 + 0.06 * random.next(),
  };
  return drawFormation(shape, style, random);
}

/** With a range that swells and dies down, as a market's does. */
function walk(random: Random): CandleInput[] {
  let [close, spread] = [1, 1e-4];
  return Array.from({ length: 2 * CANDLE_STEPS }, (_, at) => {
    spread *= Math.exp(0.1 * random.normal() - 0.05 * Math.log(spread / 1e-4));
    const open = close;
    close += spread * random.normal();
    const high = Math.max(open, close) + 0.5 * spread * random.next();
    const low = Math.min(open, close) - 0.5 * spread * random.next();
    return { time: at * 60_000, open, high, low, close, volume: 1 };
  });
}

function write(candles: readonly CandleInput[], newest: number, into: Float32Array, at: number): void {
  const window = new Float64Array(CANDLE_STEPS * CANDLE_NUMBERS.length);
  const first = newest - CANDLE_STEPS + 1;
  for (let step = 0; step < CANDLE_STEPS; step++) {
    const { open, high, low, close } = candles[first + step] as CandleInput;
    window.set([open, high, low, close, Number.NaN], step * CANDLE_NUMBERS.length);
  }
  window[window.length - 1] = rangeAt(candles, newest);
  writeCandleWindow(window, 0, into, at);
}

/** Wilder's mean of the true range, from all candles up to it. */
function rangeAt(candles: readonly CandleInput[], newest: number): number {
  let range = 0;
  for (let at = 1; at <= newest; at++) {
    const { high, low } = candles[at] as CandleInput;
    const before = (candles[at - 1] as CandleInput).close;
    const span = Math.max(high, before) - Math.min(low, before);
    range += (span - range) / Math.min(at, RANGE_CANDLES);
  }
  return range;
}
