import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AS_IS, type Calibration, calibrate, calibrationFault } from '../../src/models/calibration.js';
import { proofCount } from '../support/price-paths.js';
import { evenNumber } from '../support/even-numbers.js';

const probability = evenNumber(0, 1);
const isotonic: fc.Arbitrary<Calibration> = fc
  .tuple(fc.uniqueArray(probability, { minLength: 1, maxLength: 20 }), fc.array(probability, { minLength: 20, maxLength: 20 }))
  .map(([from, to]) => ({
    kind: 'isotonic',
    from: from.map((one) => one + 0).sort((a, b) => a - b),
    to: to.slice(0, from.length).sort((a, b) => a - b),
  }));
const platt: fc.Arbitrary<Calibration> = fc.record({
  kind: fc.constant('platt' as const),
  slope: evenNumber(0, 20),
  offset: evenNumber(-5, 5),
});

test('between knots lies a straight line, outside of them it is flat', () => {
  const map: Calibration = { kind: 'isotonic', from: [0.4, 0.5, 0.6], to: [0.45, 0.5, 0.53] };
  const said = [0, 0.4, 0.45, 0.5, 0.55, 0.6, 1].map((p) => calibrate(map, p));
  const expected = [0.45, 0.45, 0.475, 0.5, 0.515, 0.53, 0.53];
  said.forEach((value, at) => {
    assert.ok(Math.abs(value - (expected[at] as number)) < 1e-12, `${value}`);
  });
});

test('Platt’s map moves the log-odds: worked by hand', () => {
  // logit 0.8 = ln 4; halved it is ln 2: 2 / 3.
  assert.ok(Math.abs(calibrate({ kind: 'platt', slope: 0.5, offset: 0 }, 0.8) - 2 / 3) < 1e-12);
  assert.ok(Math.abs(calibrate({ kind: 'platt', slope: 1, offset: Math.log(3) }, 0.5) - 0.75) < 1e-12);
  assert.equal(calibrate(AS_IS, 0.61), 0.61);
});

test('every sound map makes probabilities of probabilities, and never a lower one of a higher', () => {
  fc.assert(
    fc.property(fc.oneof(isotonic, platt), probability, probability, (map, a, b) => {
      if (calibrationFault(map) !== undefined) return;
      const [low, high] = [calibrate(map, Math.min(a, b)), calibrate(map, Math.max(a, b))];
      assert.ok(low >= 0 && high <= 1 && low <= high + 1e-12, `${low} ${high}`);
    }),
    { numRuns: proofCount(5_000) },
  );
});

test('a map that falls, leaves 0 to 1 or has no knots is named as faulty', () => {
  const knots = (from: number[], to: number[]): Calibration => ({ kind: 'isotonic', from, to });
  for (const map of [
    knots([], []),
    knots([0.1], []),
    knots([0.2, 0.1], [0.2, 0.3]),
    knots([0.1, 0.1], [0.2, 0.3]),
    knots([0.1, 0.2], [0.3, 0.2]),
    knots([0.1, 0.2], [0.3, 1.1]),
    knots([0.1, Number.NaN], [0.3, 0.4]),
    knots(
      Array.from({ length: 65 }, (_, at) => at / 65),
      Array.from({ length: 65 }, () => 0.5),
    ),
    { kind: 'platt', slope: -1, offset: 0 } as const,
    { kind: 'platt', slope: 1, offset: Number.NaN } as const,
  ])
    assert.ok(calibrationFault(map), JSON.stringify(map));
  for (const map of [AS_IS, knots([0.5], [0.5]), { kind: 'platt', slope: 1, offset: 0 } as const])
    assert.equal(calibrationFault(map), undefined);
});
