import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/runtime/random.js';
import { rankingOf } from '../../src/training/cnn-training.js';
import { SHAPES } from '../../src/training/nets/candle-windows.js';

describe('rankingOf', () => {
  it('is how often one with the shape is told more than one without, ties half, by counting all pairs', () => {
    const random = seededRandom('ranking');
    const shapes = Int32Array.from({ length: 60 }, () => random.int(8));
    const probabilities = Float32Array.from({ length: 60 * SHAPES.length }, () => random.int(10) / 10);
    for (const place of [0, 1, 2]) {
      let [sum, pairs, rows] = [0, 0, 0];
      for (const [one, bits] of shapes.entries()) {
        if (((bits >> place) & 1) === 0) continue;
        rows += 1;
        for (const [other, others] of shapes.entries()) {
          if ((others >> place) & 1) continue;
          const apart =
            (probabilities[one * SHAPES.length + place] as number) - (probabilities[other * SHAPES.length + place] as number);
          sum += apart > 0 ? 1 : apart === 0 ? 0.5 : 0;
          pairs += 1;
        }
      }
      const found = rankingOf(probabilities, shapes, place);
      assert.equal(found.rows, rows);
      assert.ok(Math.abs(found.ranking - sum / pairs) < 1e-9);
    }
  });
});
