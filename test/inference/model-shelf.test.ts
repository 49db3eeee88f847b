import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SuhoError } from '../../src/errors.js';
import type { TrialReport } from '../../src/inference/batch-task.js';
import type { BatchOutcome, ModelAnswer, PoolRequest } from '../../src/inference/inference-pool.js';
import { unfitGraph } from '../../src/inference/model-check.js';
import type { ModelFile } from '../../src/inference/model-files.js';
import { ModelShelf, type ShelfOptions } from '../../src/inference/model-shelf.js';
import { readStock } from '../../src/inference/model-stock.js';
import { openInference } from '../../src/inference/open-inference.js';
import { shelveStock } from '../../src/inference/shelve-stock.js';
import { LIMITS } from '../../src/limits.js';
import type { ModelCard } from '../../src/models/model-card.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock, systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { drawnRow, type RealInference, realInference } from '../support/inference.js';
import { cardOf } from '../support/model-cards.js';
import { denseModel, type SmallModel, smallModel } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NOW_MS = Date.parse('2026-03-01T00:00:00Z');
const NO_FOLDER = '/there/is/none';
const BREAKER = { failures: 2, openMs: 1_000 };
const DEADLINE_MS = 60_000;
const CATALOGUE = cardOf().columns.version;

/** A model that says its version, three times, whatever it is given. */
function versionModel(version: number): SmallModel {
  return smallModel([176], 3, (graph, x) => {
    const zeros = graph.node('Gemm', [x, graph.floats(new Float32Array(528), [176, 3])]);
    return graph.node('Add', [zeros, graph.floats([version, version, version])]);
  });
}

async function fileOf(inference: RealInference, model: SmallModel, changes: Partial<ModelCard> = {}): Promise<ModelFile> {
  const card = cardOf({ sha256: model.sha256, ...changes });
  return { card, graph: await inference.folder.write(`${card.name}-${card.version}.onnx`, model.bytes) };
}

function shelfOf({ pool }: Pick<ShelfOptions, 'pool'>, clock = new SteppedClock(NOW_MS)): ModelShelf {
  return new ModelShelf({ pool, clock, logger: silentLogger, breaker: BREAKER });
}

async function versionsSaid(shelf: ModelShelf, rows: Float64Array): Promise<readonly number[]> {
  const said = await shelf.ask('trees-m1', rows, DEADLINE_MS);
  assert.ok(said.kind === 'answered', JSON.stringify(said));
  const out = said.outputs.get('out') as Float64Array;
  assert.ok(out.every((value) => value === said.card.version));
  return [...out];
}

describe('the shelf of models', () => {
  it('a model that fits answers under its name, with its card', async () => {
    await using inference = await realInference();
    const shelf = shelfOf(inference);
    const file = await fileOf(inference, denseModel());
    assert.deepEqual(await shelf.put(file), { kind: 'shelved', card: file.card });
    const said = await shelf.ask('trees-m1', drawnRow(176, 1), DEADLINE_MS);
    assert.ok(said.kind === 'answered' && said.card === file.card);
    assert.equal(said.outputs.get('out')?.length, 3);
    assert.deepEqual([shelf.of('M1').length, shelf.of('M5').length], [1, 0]);
    assert.deepEqual(await shelf.ask('trees-m5', drawnRow(176, 1)), {
      kind: 'left out',
      model: 'trees-m5',
      why: 'unknown',
      sentence: 'there is no such model',
    });
    assert.deepEqual([shelf.withdraw('trees-m1'), shelf.withdraw('trees-m1'), shelf.standing().length], [true, false, 0]);
  });

  const other = (changes: Partial<ModelCard['columns']>) => ({ columns: { ...cardOf().columns, ...changes } });
  const unfit: readonly (readonly [why: string, changes: Partial<ModelCard>, sentence: RegExp])[] = [
    ['other columns', other({ hash: 'a'.repeat(64) }), /trained on another catalogue \(version 1, hash a{12}\)/],
    ['other columns', other({ version: 2 }), /trained on another catalogue \(version 2/],
    ['expired', { expiresAt: '2026-03-01T00:00:00Z' }, /not to be used after 2026-03-01/],
    ['other file', { sha256: 'b'.repeat(64) }, /another \([0-9a-f]{12}\) than its card says/],
    ['other ports', { input: { name: 'rows', type: 'float64', row: [176] } }, /has vectors float64\[176\].*tells rows/],
    ['other ports', { outputs: [{ name: 'out', type: 'float32', row: [4] }] }, /has .*out float32\[3\], its card .*\[4\]/],
    ['other ports', { input: { name: 'vectors', type: 'float32', row: [176] } }, /float32/],
  ];
  it('a version that does not fit is left out with its reason, and the one before goes on', async () => {
    await using inference = await realInference();
    const shelf = shelfOf(inference);
    await shelf.put(await fileOf(inference, versionModel(1)));
    for (const [why, changes, sentence] of unfit) {
      const put = await shelf.put(await fileOf(inference, versionModel(2), { version: 2, ...changes }));
      assert.ok(put.kind === 'left out' && put.why === why, JSON.stringify([put, why]));
      assert.match(put.sentence, sentence);
      assert.equal(put.model, 'trees-m1@2');
      assert.deepEqual(await versionsSaid(shelf, drawnRow(176, 1)), [1, 1, 1]);
    }
    const broken = { ...versionModel(2), bytes: versionModel(2).bytes.slice(0, 40) };
    const sha256 = createHash('sha256').update(broken.bytes).digest('hex');
    const put = await shelf.put(await fileOf(inference, broken, { version: 2, sha256 }));
    assert.ok(put.kind === 'left out' && put.why === 'failing');
  });

  it('a model that takes too long for a run is slow', () => {
    const report = (fastestMs: number): TrialReport => ({
      kind: 'tried',
      inputs: [{ name: 'vectors', type: 'float64', row: [176] }],
      outputs: [{ name: 'out', type: 'float32', row: [3] }],
      fastestMs,
    });
    assert.equal(unfitGraph(cardOf(), report(LIMITS.inference.runMs)), undefined);
    const slow = unfitGraph(cardOf(), report(LIMITS.inference.runMs + 1));
    assert.ok(slow?.why === 'slow' && /takes 101.0 ms, more than 100/.test(slow.sentence));
  });

  it('a new version takes the place of the old under load, and no request is lost', async () => {
    await using inference = await realInference();
    const shelf = shelfOf(inference);
    const files = await Promise.all([1, 2, 3, 4].map((version) => fileOf(inference, versionModel(version), { version })));
    await shelf.put(files[0] as ModelFile);
    const row = drawnRow(176, 1);
    let swapping = true;
    let put = 1;
    const asked: Promise<void>[] = [];
    const seen = new Map<number, number>();
    const load = (async () => {
      while (swapping) {
        for (let at = 0; at < 20; at++) {
          const floor = put;
          asked.push(
            versionsSaid(shelf, row).then(([version = 0]) => {
              assert.ok(version >= floor, `version ${version} answered what was asked when ${floor} was on the shelf`);
              seen.set(version, (seen.get(version) ?? 0) + 1);
            }),
          );
        }
        await turn();
        // As many as the queue holds, less what a turn brings: the bound is not what is tried here.
        if (asked.length % 200 === 0) await Promise.all(asked);
      }
    })();
    for (const file of files.slice(1)) {
      while (!seen.has(put)) await turn();
      await shelf.put(file);
      put = file.card.version;
    }
    while (!seen.has(put)) await turn();
    swapping = false;
    await load;
    await Promise.all(asked);
    assert.deepEqual([...seen.keys()].sort(), [1, 2, 3, 4], 'each version answered something');
    assert.equal(
      [...seen.values()].reduce((sum, count) => sum + count, 0),
      asked.length,
    );
  });

  it('of two versions put at once the one that was put last answers, however long the trial of the other takes', async () => {
    const { pool } = toldPool();
    const waiting: (() => void)[] = [];
    const slow = { ...pool, try: async () => new Promise<void>((resolve) => waiting.push(resolve)).then(pool.try) };
    const shelf = shelfOf({ pool: slow });
    const puts = [2, 1].map((version) => shelf.put({ card: cardOf({ version }), graph: '' }));
    while (shelf.standing()[0]?.card.version !== 1) {
      await turn();
      waiting.pop()?.();
    }
    await Promise.all(puts);
    assert.equal(shelf.standing()[0]?.card.version, 1);
  });

  it('a model that expires on the shelf is left out from that instant', async () => {
    await using inference = await realInference();
    const clock = new SteppedClock(NOW_MS);
    const shelf = shelfOf(inference, clock);
    await shelf.put(await fileOf(inference, versionModel(1), { expiresAt: '2026-03-01T00:01:00Z' }));
    clock.advanceTo(NOW_MS + 59_999);
    await versionsSaid(shelf, drawnRow(176, 1));
    clock.advanceTo(NOW_MS + 60_000);
    const said = await shelf.ask('trees-m1', drawnRow(176, 1));
    assert.ok(said.kind === 'left out' && said.why === 'expired');
    assert.equal(shelf.standing()[0]?.out?.why, 'expired');
  });

  it('opened with its threads, it answers, and closes with what it was asked', async () => {
    await using folder = await temporaryFolder();
    const model = denseModel(8, 2, 4);
    const card = cardOf({
      sha256: model.sha256,
      input: { name: 'vectors', type: 'float64', row: [8] },
      outputs: [{ name: 'out', type: 'float32', row: [2] }],
    });
    await folder.write('trees-m1.json', JSON.stringify(card));
    await folder.write('trees-m1.onnx', model.bytes);
    const activity = new Activity();
    const clock = new SteppedClock(NOW_MS);
    const { shelf, close } = openInference({
      clock,
      deadlines: clock,
      machine: systemClock,
      logger: silentLogger,
      activity,
      threads: 1,
    });
    assert.deepEqual(await shelveStock(shelf, await readStock(folder.path, NO_FOLDER), silentLogger), []);
    const said = shelf.ask('trees-m1', drawnRow(8, 1));
    assert.equal(activity.pending, 1);
    assert.equal((await said).kind, 'answered');
    const last = shelf.ask('trees-m1', drawnRow(8, 1));
    await close();
    assert.equal((await last).kind, 'left out');
    assert.equal(activity.pending, 0);
  });

  it('a folder’s models are put, and a broken card keeps none of the others away', async () => {
    await using inference = await realInference();
    const shelf = shelfOf(inference);
    for (const name of ['a-m1', 'c-m1']) {
      const model = denseModel(176, 3, name === 'a-m1' ? 8 : 16);
      await inference.folder.write(`${name}.onnx`, model.bytes);
      const columns = { ...cardOf().columns, version: name === 'a-m1' ? CATALOGUE : 7 };
      await inference.folder.write(`${name}.json`, JSON.stringify(cardOf({ name, sha256: model.sha256, columns })));
    }
    await inference.folder.write('b-m1.json', '{"format": 1}');
    await inference.folder.write('readme.txt', 'no card');
    const warned: string[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => warned.push(JSON.stringify(fields)) };
    const out = await shelveStock(shelf, await readStock(inference.folder.path, NO_FOLDER), logger);
    assert.deepEqual(
      shelf.standing().map((model) => [model.card.name, model.out?.why]),
      [
        ['a-m1', undefined],
        ['c-m1', 'other columns'],
      ],
    );
    assert.deepEqual(
      out.map(({ model, why }) => [model, why]),
      [['c-m1@1', 'other columns']],
    );
    assert.ok(warned.length === 1 && /b-m1.json/.test(warned[0] as string));
  });
});

/** A pool of which the test says what becomes of each batch. */
function toldPool() {
  let tell: (outcome: BatchOutcome) => void = () => {};
  let answer: () => Promise<ModelAnswer> = () => Promise.resolve(new Map());
  const asked: PoolRequest[] = [];
  const { input, outputs } = cardOf();
  return {
    asked,
    pool: {
      ask: (request: PoolRequest) => {
        asked.push(request);
        return answer();
      },
      try: async (): Promise<TrialReport> => ({ kind: 'tried', inputs: [input], outputs, fastestMs: 1 }),
      onBatch: (listener: (outcome: BatchOutcome) => void) => {
        tell = listener;
      },
    },
    answers: (how: () => Promise<ModelAnswer>) => {
      answer = how;
    },
    ended: (changes: Partial<BatchOutcome>, model = (asked.at(-1) as PoolRequest).model) =>
      tell({ model, requests: 1, rows: 1, tookMs: 1, late: 0, failure: undefined, ...changes }),
  };
}

describe('a version on trial', () => {
  const DRAWS = [0, 0.05, 0.0999, 0.1, 0.5, 0.999];
  const put = async () => {
    const told = toldPool();
    const clock = new SteppedClock(NOW_MS);
    const shelf = new ModelShelf({ pool: told.pool, clock, logger: silentLogger, breaker: BREAKER });
    await shelf.put({ card: cardOf(), graph: '' });
    await shelf.put({ card: cardOf({ version: 2 }), graph: '' }, 'trial');
    const versions = async () => {
      const said = await Promise.all(DRAWS.map((draw) => shelf.ask('trees-m1', new Float64Array(176), DEADLINE_MS, draw)));
      return said.map((one) => (one.kind === 'answered' ? one.card.version : one.why));
    };
    return { ...told, clock, shelf, versions };
  };

  it('is asked in place of the standing one for a tenth of the draws, and told of where that is', async () => {
    const { shelf, versions } = await put();
    assert.deepEqual(await versions(), [2, 2, 2, 1, 1, 1]);
    assert.deepEqual(
      DRAWS.map((draw) => shelf.of('M1', draw).map(({ card }) => card.version)),
      [[2], [2], [2], [1], [1], [1]],
    );
    assert.deepEqual(
      shelf.trials.map(({ card }) => card.version),
      [2],
    );
  });

  it('that fails is not drawn: the standing one answers for it', async () => {
    const { asked, ended, shelf, versions } = await put();
    await shelf.ask('trees-m1', new Float64Array(176), DEADLINE_MS, 0);
    const trial = asked.at(-1)?.model;
    ended({ failure: 'no memory' }, trial);
    ended({ failure: 'no memory' }, trial);
    assert.deepEqual(await versions(), [1, 1, 1, 1, 1, 1]);
    assert.equal(shelf.trials[0]?.out?.why, 'failing');
  });

  it('without a standing one is the standing one, and goes when that is withdrawn', async () => {
    const { shelf, versions } = await put();
    shelf.withdraw('trees-m1');
    assert.deepEqual([shelf.standing().length, shelf.trials.length], [0, 0]);
    await shelf.put({ card: cardOf({ version: 3 }), graph: '' }, 'trial');
    assert.deepEqual(await versions(), [3, 3, 3, 3, 3, 3]);
  });
});

describe('a model’s breaker', () => {
  const put = async () => {
    const clock = new SteppedClock(NOW_MS);
    const told = toldPool();
    const shelf = new ModelShelf({ pool: told.pool, clock, logger: silentLogger, breaker: BREAKER });
    for (const name of ['trees-m1', 'lstm-m1']) await shelf.put({ card: cardOf({ name }), graph: '' });
    const ask = (name = 'trees-m1') => shelf.ask(name, new Float64Array(176));
    await ask('lstm-m1');
    await ask();
    return { clock, shelf, ask, ...told };
  };

  it('opens after so many failed batches in a row, for this model alone; then one decides', async () => {
    const { clock, ask, asked, ended, shelf } = await put();
    ended({ failure: 'no memory' });
    ended({});
    ended({ failure: 'no memory' });
    assert.equal((await ask()).kind, 'answered');
    ended({ failure: 'no memory' });
    const before = asked.length;
    const said = await ask();
    assert.ok(said.kind === 'left out' && said.why === 'failing' && /tried again in 1000 ms/.test(said.sentence));
    assert.equal(asked.length, before, 'it is not asked');
    assert.equal((await ask('lstm-m1')).kind, 'answered');
    assert.deepEqual(
      shelf.standing().map(({ card, out }) => [card.name, out?.why]),
      [
        ['lstm-m1', undefined],
        ['trees-m1', 'failing'],
      ],
    );
    clock.advanceTo(NOW_MS + 1_000);
    assert.equal((await ask()).kind, 'answered');
    ended({ failure: 'no memory' });
    assert.equal((await ask()).kind, 'left out');
    clock.advanceTo(NOW_MS + 2_000);
    await ask();
    ended({});
    ended({ failure: 'no memory' });
    assert.equal((await ask()).kind, 'answered', 'it counts from none again');
  });

  it('opens for a model that is slow by our measure, not by that of a caller in a hurry', async () => {
    const { ask, ended } = await put();
    const { answerMs, batchRows } = LIMITS.inference;
    for (let at = 0; at < 5; at++) ended({ late: 1, tookMs: 20 });
    for (let at = 0; at < 5; at++) ended({ tookMs: 3 * answerMs, rows: 3 * batchRows });
    assert.equal((await ask()).kind, 'answered');
    for (let at = 0; at < 2; at++) ended({ tookMs: answerMs + 1 });
    assert.equal((await ask()).kind, 'left out');
  });

  it('of a version that was replaced counts for nobody, and a new version begins with none', async () => {
    const { ask, ended, shelf, asked } = await put();
    const old = (asked.at(-1) as PoolRequest).model;
    ended({ failure: 'no memory' });
    ended({ failure: 'no memory' });
    await shelf.put({ card: cardOf({ version: 2 }), graph: '' });
    assert.equal((await ask()).kind, 'answered');
    for (let at = 0; at < 5; at++) ended({ failure: 'no memory' }, old);
    assert.equal((await ask()).kind, 'answered');
  });

  it('what the pool says comes as a reason, each under its own word', async () => {
    const { ask, answers } = await put();
    for (const [code, why] of [
      ['INFERENCE_LATE', 'late'],
      ['INFERENCE_FULL', 'busy'],
      ['INFERENCE_FAILED', 'failing'],
    ] as const) {
      answers(() => Promise.reject(new SuhoError(code, 'so it is')));
      assert.deepEqual(await ask(), { kind: 'left out', model: 'trees-m1@1', why, sentence: 'so it is' });
    }
    answers(() => Promise.reject(new TypeError('a fault of ours')));
    await assert.rejects(ask(), TypeError);
  });
});
