import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecayedMoments } from '../../src/prices/decayed-moments.js';
import { proofCount } from '../support/price-paths.js';

const TAU_MS = 600_000;

interface Sample {
  readonly value: number;
  readonly atMs: number;
}

/** All values kept, each weighed by its age at the newest. */
function brute(samples: readonly Sample[]): { readonly weight: number; readonly mean: number; readonly dispersion: number } {
  const newestMs = Math.max(...samples.map(({ atMs }) => atMs));
  const weights = samples.map(({ atMs }) => Math.exp(-(newestMs - atMs) / TAU_MS));
  const weight = weights.reduce((a, b) => a + b, 0);
  const mean = samples.reduce((sum, { value }, at) => sum + value * (weights[at] as number), 0) / weight;
  const squares = samples.reduce((sum, { value }, at) => sum + (value - mean) ** 2 * (weights[at] as number), 0);
  return { weight, mean, dispersion: Math.sqrt(squares / weight) };
}

const walk = fc.array(
  fc.record({ value: fc.integer({ min: -2_000, max: 2_000 }), gapMs: fc.integer({ min: 0, max: 400_000 }) }),
  {
    minLength: 1,
    maxLength: 60,
  },
);

test('mean and dispersion are those of all values, each weighed by its age', () => {
  fc.assert(
    fc.property(walk, (steps) => {
      const moments = new DecayedMoments(TAU_MS);
      const samples: Sample[] = [];
      let atMs = 1_700_000_000_000;
      for (const { value, gapMs } of steps) {
        atMs += gapMs;
        samples.push({ value: value * 1e-7, atMs });
        moments.add(value * 1e-7, atMs);
        const { weight, mean, dispersion } = brute(samples);
        assert.ok(Math.abs(moments.weight - weight) < 1e-9 * weight);
        assert.ok(Math.abs(moments.mean - mean) < 1e-13, `${moments.mean} is not ${mean}`);
        assert.ok(Math.abs(moments.dispersion - dispersion) < 1e-11, `${moments.dispersion} is not ${dispersion}`);
      }
    }),
    { numRuns: proofCount(300) },
  );
});

test('after two million values nothing has drifted: what it says is what a fresh one says of the last hours', () => {
  const [long, fresh] = [new DecayedMoments(TAU_MS), new DecayedMoments(TAU_MS)];
  const count = 2_000_000;
  for (let at = 0; at < count; at++) {
    // First at 1, ten thousand times as far; then a small cycle around 0.00003.
    const value = at < count / 2 ? 1 + (at % 7) : 0.00003 + ((at % 11) - 5) * 1e-6;
    long.add(value, at * 50);
    // 60 τ of it: what is older weighs less than 1e-26.
    if (at >= count - 720_000) fresh.add(value, at * 50);
  }
  assert.ok(Math.abs(long.mean - fresh.mean) < 1e-15);
  assert.ok(Math.abs(long.dispersion - fresh.dispersion) < 1e-15);
});

test('a value that comes late takes nothing from what is there', () => {
  const moments = new DecayedMoments(TAU_MS);
  moments.add(1, 1_000_000);
  moments.add(3, 400_000);
  assert.deepEqual([moments.weight, moments.mean, moments.dispersion], [2, 2, 1]);
});

test('before the first value there is neither mean nor dispersion', () => {
  const moments = new DecayedMoments(TAU_MS);
  assert.ok(Number.isNaN(moments.mean) && Number.isNaN(moments.dispersion));
  assert.equal(moments.weightAt(5), 0);
});
