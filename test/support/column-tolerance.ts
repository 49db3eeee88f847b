import assert from 'node:assert/strict';
import type { Column } from '../../src/indicators/indicator.js';

/** What counts as nothing beside a price, for columns that are differences of prices; ratios of such have a scale of their own. */
function scaleOf(column: Column, price: number): number {
  if (column.unit === 'price') return Math.abs(price) * 1e-6;
  if (column.unit === 'price²') return (price * 1e-6) ** 2;
  return column.unit === 'percent' ? 1e-4 : 1e-6;
}

/** How far apart two values are, in units of what is allowed: at most 1 is equal. */
export function distance(column: Column, price: number, left: number, right: number): number {
  if (Number.isNaN(left) && Number.isNaN(right)) return 0;
  const allowed = 1e-9 * Math.max(Math.abs(left), Math.abs(right), scaleOf(column, price));
  return left === right ? 0 : Math.abs(left - right) / allowed;
}

export function assertSameColumn(
  column: Column,
  prices: readonly number[],
  streamed: readonly number[],
  reference: ArrayLike<number>,
  from = 0,
  path = 'these prices',
): void {
  assert.equal(reference.length, streamed.length);
  for (let at = from; at < streamed.length; at++) {
    const [left, right] = [streamed[at] as number, reference[at] as number];
    const apart = distance(column, prices[at] as number, left, right);
    assert.ok(
      apart <= 1,
      `${column.name} at ${at} of ${path}: streamed ${left}, reference ${right}, ${apart} times what is allowed`,
    );
  }
}
