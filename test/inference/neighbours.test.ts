import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { widthOf } from '../../src/inference/batch-task.js';
import { LIMITS } from '../../src/limits.js';
import { seededRandom } from '../../src/runtime/random.js';
import { drawnRow, realInference } from '../support/inference.js';
import { doubles, numbers, OnnxSession } from '../support/onnx-session.js';
import { proofCount } from '../support/price-paths.js';
import { catalogueNetModel, cnnModel, denseModel, lstmModel, treesModel } from '../support/small-models.js';

const { runRows } = LIMITS.inference;
const MODELS = { dense: denseModel(), lstm: lstmModel(), cnn: cnnModel(), trees: treesModel(), catalogue: catalogueNetModel(10) };

/** What may stand beside a row: rows like it, nothing, and what no net likes. */
const NEIGHBOURS: readonly ((length: number, seed: string) => Float64Array)[] = [
  drawnRow,
  (length) => new Float64Array(length),
  (length) => new Float64Array(length).fill(Number.NaN),
  (length) => new Float64Array(length).fill(1e30),
  (length, seed) => drawnRow(length, seed).map((value) => value * 1e6),
];

describe('a row in a batch', () => {
  for (const [name, model] of Object.entries(MODELS)) {
    it(`of ${name} has the same answer, bit for bit, wherever it stands and whatever stands beside it`, async () => {
      await using inference = await realInference();
      const source = await inference.source(name, model);
      const length = widthOf(model.row);
      const random = seededRandom(name);
      const row = drawnRow(length, 'row');
      const ask = async (rows: Float64Array): Promise<Float64Array> => {
        const answer = await inference.pool.ask({ model: source, rowLength: length, rows, deadlineMs: 60_000 });
        return answer.get('out') as Float64Array;
      };
      const alone = await ask(row);
      assert.ok(alone.every(Number.isFinite) && new Set(alone).size > 1);
      for (let trial = 0; trial < proofCount(400); trial++) {
        const count = 1 + random.int(runRows);
        const place = random.int(count);
        const beside = NEIGHBOURS[trial % NEIGHBOURS.length] as (typeof NEIGHBOURS)[number];
        const rows = new Float64Array(count * length);
        for (let at = 0; at < count; at++) rows.set(at === place ? row : beside(length, `${trial} ${at}`), at * length);
        const all = await ask(rows);
        assert.equal(all.length, count * alone.length);
        assert.deepEqual(all.slice(place * alone.length, (place + 1) * alone.length), alone, `${place} of ${count}`);
      }
    });

    it(`of ${name} has the answer that the runtime gives to it alone, without threads or filling up`, async () => {
      await using inference = await realInference();
      const source = await inference.source(name, model);
      const length = widthOf(model.row);
      await using session = await OnnxSession.open(model.bytes);
      // More than three runs, the last of them not full.
      const count = 3 * runRows + 5;
      const rows = drawnRow(count * length, 'many');
      const answer = await inference.pool.ask({ model: source, rowLength: length, rows, deadlineMs: 60_000 });
      const given = answer.get('out') as Float64Array;
      const width = given.length / count;
      for (const at of [0, 1, runRows - 1, runRows, 2 * runRows + 7, count - 1]) {
        const { out } = await session.run({ vectors: doubles(rows.subarray(at * length, (at + 1) * length), [1, ...model.row]) });
        for (const [place, value] of numbers(out).entries()) {
          const ours = given[at * width + place] as number;
          assert.ok(Math.abs(ours - value) <= 1e-5, `row ${at}: ${ours}, not ${value}`);
        }
      }
    });
  }
});
