import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOutput, type ModelOutput, sidesOf, spreadOf } from '../../src/signals/model-output.js';
import { proofCount } from '../support/price-paths.js';
import { evenNumber } from '../support/even-numbers.js';

const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95];
const quantiles = (...values: number[]): ModelOutput => ({ kind: 'quantiles', levels: LEVELS, values });
const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test('where 0 lies between two quantiles, its place between them says how likely a fall is', () => {
  // 0 lies at three quarters of the way from −0.3 (25 %) to 0.1 (50 %).
  const { BUY, SELL } = sidesOf(quantiles(-1, -0.3, 0.1, 0.4, 1));
  close(SELL, 0.25 + 0.75 * 0.25);
  close(BUY, 1 - SELL);
});

test('beyond the outermost quantile nothing is surer than that quantile', () => {
  const up = sidesOf(quantiles(0.1, 0.2, 0.3, 0.4, 0.5));
  close(up.BUY, 0.95);
  close(up.SELL, 0.05);
  const down = sidesOf(quantiles(-0.5, -0.4, -0.3, -0.2, -0.1));
  close(down.SELL, 0.95);
  close(down.BUY, 1 - 0.95);
});

test('weight that lies on 0 itself is on neither side', () => {
  const { BUY, SELL } = sidesOf(quantiles(-1, 0, 0, 0, 1));
  close(SELL, 0.25);
  close(BUY, 0.25);
});

test('quantiles that cross are put in order first', () => {
  assert.deepEqual(sidesOf(quantiles(-1, 0.1, -0.3, 0.4, 1)), sidesOf(quantiles(-1, -0.3, 0.1, 0.4, 1)));
});

/** The share of a fine grid of levels whose value, by straight lines between the quantiles, is on a side of 0. */
function bySampling(values: readonly number[]): { BUY: number; SELL: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const first = LEVELS[0] as number;
  const last = LEVELS.at(-1) as number;
  const steps = 20_000;
  let [up, down] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const level = first + ((step + 0.5) / steps) * (last - first);
    const at = LEVELS.findIndex((one) => one >= level);
    const [l0, l1] = [LEVELS[at - 1] as number, LEVELS[at] as number];
    const [v0, v1] = [sorted[at - 1] as number, sorted[at] as number];
    const value = v0 + ((level - l0) / (l1 - l0)) * (v1 - v0);
    if (value > 0) up += 1;
    if (value < 0) down += 1;
  }
  const within = last - first;
  const tails = 1 - last;
  // A tail is on a side where the whole of its end is; else it belongs to the side it lies on.
  const low = (sorted[0] as number) < 0 ? first : 0;
  const high = (sorted.at(-1) as number) > 0 ? tails : 0;
  return { BUY: (up / steps) * within + high, SELL: (down / steps) * within + low };
}

test('with 0 inside the quantiles, sampling the distribution finds the same', () => {
  const negative = evenNumber(-3, -0.01);
  const positive = evenNumber(0.01, 3);
  fc.assert(
    fc.property(fc.tuple(negative, fc.oneof(negative, positive), fc.oneof(negative, positive), positive, positive), (values) => {
      const [said, sampled] = [sidesOf(quantiles(...values)), bySampling(values)];
      assert.ok(Math.abs(said.BUY - sampled.BUY) < 1e-3 && Math.abs(said.SELL - sampled.SELL) < 1e-3);
    }),
    { numRuns: proofCount(300) },
  );
});

test('turned upside down the sides change places, and together they are never more than certain', () => {
  const levels = [0.1, 0.3, 0.5, 0.7, 0.9];
  fc.assert(
    fc.property(fc.array(evenNumber(-2, 2), { minLength: 5, maxLength: 5 }), (values) => {
      const one = sidesOf({ kind: 'quantiles', levels, values });
      const other = sidesOf({ kind: 'quantiles', levels, values: values.map((value) => -value) });
      assert.ok(Math.abs(one.BUY - other.SELL) < 1e-9 && Math.abs(one.SELL - other.BUY) < 1e-9);
      assert.ok(one.BUY >= 0 && one.SELL >= 0 && one.BUY + one.SELL <= 1 + 1e-9);
    }),
    { numRuns: proofCount(2_000) },
  );
});

test('what is no probability, or no distribution, is no output', () => {
  for (const output of [
    { kind: 'sides', BUY: 0.7, SELL: 0.4 },
    { kind: 'sides', BUY: -0.1, SELL: 0.4 },
    { kind: 'sides', BUY: Number.NaN, SELL: 0.4 },
    quantiles(1, 2, 3, 4),
    quantiles(1, 2, 3, 4, Number.NaN),
    { kind: 'quantiles', levels: [0.5], values: [1] },
    { kind: 'quantiles', levels: [0.5, 0.4], values: [1, 2] },
    { kind: 'quantiles', levels: [0, 0.4], values: [1, 2] },
    { kind: 'quantiles', levels: [0.5, 1], values: [1, 2] },
  ] satisfies ModelOutput[])
    assert.equal(isOutput(output), false, JSON.stringify(output));
  assert.ok(isOutput({ kind: 'sides', BUY: 0.6, SELL: 0.4000001 }));
  assert.ok(isOutput(quantiles(1, 2, 3, 4, 5)));
  assert.equal(spreadOf(quantiles(-1, 2, 3, 4, 5)), 6);
  assert.equal(spreadOf({ kind: 'sides', BUY: 0.6, SELL: 0.4 }), undefined);
});
