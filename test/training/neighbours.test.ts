import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/runtime/random.js';
import { rankingOf } from '../../src/training/cnn-training.js';
import { SHAPES } from '../../src/training/nets/candle-windows.js';
import { judgeNeighbours, type Placed } from '../../src/training/neighbours.js';

/** Directions in the plane: two bunches, far from each other, if the embedding tells the shape, else anywhere. */
function placed(count: number, seed: string, tells: boolean): Placed {
  const random = seededRandom(seed);
  const shapes = Int32Array.from({ length: count }, (_, at) => 1 << (at % 2));
  const embeddings = new Float32Array(2 * count);
  for (const [at, bits] of shapes.entries()) {
    const angle = tells ? (bits === 1 ? 0 : 2) + 0.3 * random.normal() : 6.28 * random.next();
    embeddings.set([Math.cos(angle), Math.sin(angle)], 2 * at);
  }
  return { embeddings, shapes, came: Int8Array.from(shapes, (bits) => (random.chance(0.8) === (bits === 1) ? 1 : -1)) };
}

describe('judgeNeighbours', () => {
  it('where directions tell the shape, neighbours show it, and go the way that it goes', () => {
    const near = judgeNeighbours(placed(400, 'references', true), placed(100, 'asking', true), 2);
    assert.ok(near.sameShape > 0.95, String(near.sameShape));
    assert.ok(Math.abs(near.sameShapeByChance - 0.5) < 0.01);
    assert.ok(near.sameWay > 0.6 && near.sameWay < 0.75, `8 · 8 + 2 · 2 of a hundred: ${near.sameWay}`);
    assert.ok(Math.abs(near.sameWayByChance - 0.5) < 0.05);
  });

  it('where they tell nothing, neighbours are as good as chance', () => {
    const near = judgeNeighbours(placed(400, 'references', false), placed(400, 'asking', false), 2);
    assert.ok(Math.abs(near.sameShape - near.sameShapeByChance) < 0.06, JSON.stringify(near));
    assert.ok(Math.abs(near.sameWay - near.sameWayByChance) < 0.06, JSON.stringify(near));
  });
});

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
