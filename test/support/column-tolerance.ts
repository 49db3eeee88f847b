import assert from 'node:assert/strict';
import type { CandleInput, Column } from '../../src/indicators/indicator.js';

/** A millionth of what a column is made of counts as nothing beside it. */
const MILLIONTH = 1e-6;

/** The volumes at hand: as many candles as the volume columns with a window look at. */
const VOLUME_WINDOW = 20;

/** The largest volume of the newest candles: what is left of a sum after volume has gone is measured by what went into it. */
function volumeAt(candles: readonly CandleInput[], at: number): number {
  let most = 0;
  for (let back = Math.max(0, at + 1 - VOLUME_WINDOW); back <= at; back++) {
    most = Math.max(most, (candles[back] as CandleInput).volume);
  }
  return most;
}

/**
 * What counts as nothing beside a column's values, so that those near zero are not held to more digits than their inputs have. It
 * follows the unit: what a column is the difference of decides how small a difference can be told.
 */
function scaleOf(column: Column, candles: readonly CandleInput[], at: number): number {
  const price = Math.abs((candles[at] as CandleInput).close);
  switch (column.unit) {
    case 'price':
      return price * MILLIONTH;
    case 'price²':
      return (price * MILLIONTH) ** 2;
    case 'volume':
      return volumeAt(candles, at) * MILLIONTH;
    // A difference of prices, times a volume.
    case 'price·volume':
      return price * MILLIONTH * volumeAt(candles, at);
    // Two differences of prices, over a volume, which at its smallest is one.
    case 'price²/volume':
      return (price * MILLIONTH) ** 2;
    // The angle whose tangent is a difference of prices.
    case 'degrees':
      return Math.atan(price * MILLIONTH) * (180 / Math.PI);
    case 'percent':
      return 100 * MILLIONTH;
    case 'share':
      return MILLIONTH;
    // Multiples of a spread, such as the third and fourth powers of deviations over the standard deviation's: they are of order one, and
    // what they are the difference of (a kurtosis of its 3) is known to no more than 15 digits of that.
    case 'index':
      return 1_000 * MILLIONTH;
    // Equal or not.
    case 'sign':
    case 'pattern':
    case 'code':
      return 0;
  }
}

/** How far apart two values are, in units of what is allowed: at most 1 is equal. */
export function distance(column: Column, candles: readonly CandleInput[], at: number, left: number, right: number): number {
  if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return 0;
  const allowed = 1e-9 * Math.max(Math.abs(left), Math.abs(right), scaleOf(column, candles, at));
  return Math.abs(left - right) / allowed;
}

/** Holds a value per candle against the reference's, from one candle on. */
export function assertSameColumn(
  column: Column,
  candles: readonly CandleInput[],
  streamed: readonly number[],
  reference: ArrayLike<number>,
  from = 0,
  path = 'these prices',
): void {
  assert.equal(streamed.length, candles.length);
  assert.equal(reference.length, streamed.length);
  for (let at = from; at < streamed.length; at++) {
    const [left, right] = [streamed[at] as number, reference[at] as number];
    const apart = distance(column, candles, at, left, right);
    assert.ok(
      apart <= 1,
      `${column.name} at ${at} of ${path}: streamed ${left}, reference ${right}, ${apart} times what is allowed`,
    );
  }
}
