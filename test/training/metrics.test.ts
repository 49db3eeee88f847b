import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/runtime/random.js';
import { persistence, priorShares, toldAlways } from '../../src/training/baselines.js';
import { blockInterval } from '../../src/training/block-bootstrap.js';
import { classReliability, decisionReliability, hits, reliability, scoresOf } from '../../src/training/metrics.js';

const near = (given: number, expected: number): void =>
  assert.ok(Math.abs(given - expected) < 1e-12, `${given}, not ${expected}`);

describe('scores', () => {
  it('are what their definitions say, worked out by hand', () => {
    const judged = {
      classes: 3,
      probabilities: [0.7, 0.2, 0.1, 0.2, 0.5, 0.3, 0.1, 0.2, 0.7, 0.6, 0.3, 0.1],
      truths: [0, 1, 1, 0],
    };
    const { rows, accuracy, balancedAccuracy, logLoss, brier } = scoresOf(judged);
    assert.equal(rows, 4);
    near(accuracy, 3 / 4);
    near(balancedAccuracy, (2 / 2 + 1 / 2) / 2);
    near(logLoss, -Math.log(0.7 * 0.5 * 0.2 * 0.6) / 4);
    near(brier, (0.09 + 0.04 + 0.01 + 0.04 + 0.25 + 0.09 + 0.01 + 0.64 + 0.49 + 0.16 + 0.09 + 0.01) / 4);
    assert.deepEqual([...hits(judged)], [1, 1, 0, 1]);
  });

  it('a wrong certainty is bad and not infinite', () => {
    assert.ok(Number.isFinite(scoresOf({ classes: 2, probabilities: [1, 0], truths: [1] }).logLoss));
  });

  it('majority and prior score as shares say', () => {
    const truths = [0, 1, 1, 2, 1, 0, 1, 2];
    const shares = priorShares(truths, 3);
    assert.deepEqual([...shares], [0.25, 0.5, 0.25]);
    const { accuracy, balancedAccuracy, logLoss } = scoresOf({ classes: 3, probabilities: toldAlways(shares, 8), truths });
    near(accuracy, 0.5);
    near(balancedAccuracy, 1 / 3);
    near(logLoss, -(4 * Math.log(0.25) + 4 * Math.log(0.5)) / 8);
  });

  it('persistence tells the past class, and the prior where there is none', () => {
    const told = persistence([2, Number.NaN], 0.6, Float64Array.of(0.5, 0.3, 0.2));
    assert.deepEqual([...told], [0.2, 0.2, 0.6, 0.5, 0.3, 0.2]);
  });
});

describe('reliability', () => {
  it('bins what was told by tenths, with their means, and 1 belongs to the last', () => {
    const { bins, error } = reliability([0.05, 0.15, 0.19, 1, 0.95], [0, 1, 0, 1, 0]);
    assert.deepEqual(
      bins.map(({ rows }) => rows),
      [1, 2, 0, 0, 0, 0, 0, 0, 0, 2],
    );
    near(bins[1]?.told as number, 0.17);
    near(bins[1]?.came as number, 0.5);
    assert.ok(Number.isNaN(bins[4]?.told));
    near(error, (0.05 + 2 * 0.33 + 2 * 0.475) / 5);
  });

  it('is found good where outcomes are drawn by what is told, by class and by decision', () => {
    const random = seededRandom('drawn');
    const rows = 30_000;
    const probabilities = new Float64Array(3 * rows);
    const truths = Uint8Array.from({ length: rows }, (_, row) => {
      const parts = [random.next(), random.next(), random.next()];
      const sum = parts.reduce((a, b) => a + b, 0);
      for (const [kind, part] of parts.entries()) probabilities[3 * row + kind] = part / sum;
      const drawn = random.next();
      return drawn < (parts[0] as number) / sum ? 0 : drawn < 1 - (parts[2] as number) / sum ? 1 : 2;
    });
    const judged = { classes: 3, probabilities, truths };
    for (const { error } of classReliability(judged)) assert.ok(error < 0.01, String(error));
    assert.ok(decisionReliability(judged).error < 0.015);
    const turned = { ...judged, truths: truths.map((kind) => (kind + 1) % 3) };
    assert.ok(decisionReliability(turned).error > 0.2);
  });
});

describe('blockInterval', () => {
  const HOUR = 3_600_000;

  it('holds the truth about as often as it says, where rows of an hour come true together', () => {
    const random = seededRandom('cover');
    let held = 0;
    for (let round = 0; round < 200; round++) {
      const hours = Array.from({ length: 150 }, () => 0.3 + 0.4 * random.next());
      const values = hours.flatMap((share) => {
        const together = random.chance(share) ? 1 : 0;
        return Array.from({ length: 20 }, () => together);
      });
      const times = values.map((_, row) => Math.floor(row / 20) * HOUR);
      const { low, high } = blockInterval(values, times, HOUR, random, { draws: 200 });
      if (low <= 0.5 && 0.5 <= high) held += 1;
    }
    assert.ok(held > 180 && held < 200, `${held} of 200`);
  });

  it('is wider by blocks than by rows where they belong together, and the same by the same seed', () => {
    const random = seededRandom('wide');
    const values = Array.from({ length: 100 }, () => random.int(2)).flatMap((one) => Array.from({ length: 60 }, () => one));
    const times = values.map((_, row) => row * 60_000);
    const width = (blockMs: number): number => {
      const { low, high } = blockInterval(values, times, blockMs, seededRandom(1));
      return high - low;
    };
    assert.ok(width(HOUR) > 5 * width(60_000), `${width(HOUR)} and ${width(60_000)}`);
    assert.equal(width(HOUR), width(HOUR));
  });
});
