import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SuhoError } from '../../src/errors.js';
import type { ModelSource } from '../../src/inference/batch-task.js';
import { InferenceThreads } from '../../src/inference/threads.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock, systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { drawnRow, realInference } from '../support/inference.js';
import { FAULTS } from '../support/faulty-inference.js';
import { GraphBuilder, type GraphValue } from '../../src/training/onnx/graph-builder.js';
import { denseModel, lstmModel, sealed } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const model = denseModel(8, 2, 4);
const FAULTY = { entry: new URL('../support/faulty-inference.js', import.meta.url) };
const DEADLINE_MS = 60_000;
const HANG_MS = 300;

/** Lets the time pass after which a thread hangs, again and again until the work has ended: on this clock nothing else is slow. */
async function hangUntil(machine: SteppedClock, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  void work.then(end, end);
  while (!ended) {
    await turn();
    machine.advanceTo(machine.nowMs() + HANG_MS);
  }
}

const trialOf = (source: ModelSource) => ({ model: source, runRows: 4, runs: 1 });

function rowThat(fault: number | undefined): Float64Array {
  const row = drawnRow(8, 'row');
  if (fault !== undefined) row[0] = fault;
  return row;
}

describe('the inference threads', () => {
  it('a thread that dies in a batch is replaced, and the batch answered by the next', async () => {
    await using inference = await realInference(FAULTY);
    const source = await inference.source('a', model);
    const ask = (fault?: number) =>
      inference.pool.ask({ model: source, rowLength: 8, rows: rowThat(fault), deadlineMs: DEADLINE_MS });
    assert.equal((await ask(FAULTS.diesOnce)).get('out')?.length, 2);
    assert.equal((await ask()).get('out')?.length, 2);
  });

  it('a batch that kills each thread fails with a code, and the pool answers what comes after it', async () => {
    await using inference = await realInference(FAULTY);
    const source = await inference.source('a', model);
    const ask = (fault?: number) =>
      inference.pool.ask({ model: source, rowLength: 8, rows: rowThat(fault), deadlineMs: DEADLINE_MS });
    for (let round = 0; round < 3; round++) {
      await assert.rejects(ask(FAULTS.dies), { code: 'INFERENCE_FAILED', message: /the thread that ran it was lost: .*7/ });
      assert.equal((await ask()).get('out')?.length, 2);
    }
  });

  it('a thread that hangs is ended, and its request has failed; another is there', async () => {
    const machine = new SteppedClock(0);
    await using inference = await realInference({ ...FAULTY, machine, hangMs: HANG_MS });
    const source = await inference.source('a', model);
    const ask = (fault?: number) =>
      inference.pool.ask({ model: source, rowLength: 8, rows: rowThat(fault), deadlineMs: DEADLINE_MS });
    const hung = assert.rejects(ask(FAULTS.hangs), { code: 'INFERENCE_FAILED', message: /it gave no answer in 300 ms/ });
    await hangUntil(machine, hung);
    await hung;
    assert.equal((await ask()).get('out')?.length, 2);
  });

  it('close ends a thread that hangs, and settles what was asked of it', async () => {
    const machine = new SteppedClock(0);
    const inference = await realInference({ ...FAULTY, machine, hangMs: HANG_MS });
    const source = await inference.source('a', model);
    const asked = inference.pool.ask({ model: source, rowLength: 8, rows: rowThat(FAULTS.hangs), deadlineMs: DEADLINE_MS });
    const failed = assert.rejects(asked, { code: 'INFERENCE_FAILED' });
    await turn();
    const closed = Promise.resolve(inference[Symbol.asyncDispose]());
    await hangUntil(machine, closed);
    await Promise.all([closed, failed]);
    await assert.rejects(inference.threads.try(trialOf(source)), { code: 'INFERENCE_FAILED' });
  });

  it('closing the threads alone fails at once what they are asked, hang as they may', async () => {
    await using inference = await realInference({ ...FAULTY, machine: new SteppedClock(0) });
    const source = await inference.source('a', model);
    const asked = inference.pool.ask({ model: source, rowLength: 8, rows: rowThat(FAULTS.hangs), deadlineMs: DEADLINE_MS });
    const failed = assert.rejects(asked, { code: 'INFERENCE_FAILED', message: /closed/ });
    await turn();
    await Promise.all([inference.threads.close(), failed]);
  });

  it('threads that die while they start are replaced by others when they are asked again', async () => {
    const machine = new SteppedClock(0);
    await using folder = await temporaryFolder();
    const entry = await folder.write('dying.mjs', 'process.exit(3);');
    await using inference = await realInference({ entry: pathToFileURL(entry), machine, hangMs: HANG_MS });
    const source = await inference.source('a', model);
    const tries = async (): Promise<string> => {
      const tried = inference.threads.try(trialOf(source)).then(
        (report) => JSON.stringify(report),
        (error: SuhoError) => error.code,
      );
      // Long enough that a thread which starts can answer, however busy the machine is.
      const cancel = systemClock.every(2_000, () => machine.advanceTo(machine.nowMs() + HANG_MS));
      const said = await tried;
      cancel();
      return said;
    };
    assert.equal(await tries(), 'INFERENCE_FAILED');
    await writeFile(entry, "export const tryModel = () => ({ kind: 'failed', message: 'it lives' });");
    let said = await tries();
    for (let look = 0; look < 5 && said === 'INFERENCE_FAILED'; look++) said = await tries();
    assert.match(said, /it lives/);
  });

  it('a trial tells the ports of the graph as they are, and how long a run takes', async () => {
    await using inference = await realInference();
    const report = await inference.pool.try(await inference.source('net', lstmModel(5, 8, 4, 6)));
    assert.ok(report.kind === 'tried');
    assert.deepEqual(report.inputs, [{ name: 'vectors', type: 'float64', row: [5, 8] }]);
    assert.deepEqual(report.outputs, [{ name: 'out', type: 'float32', row: [4] }]);
    assert.ok(report.fastestMs > 0 && report.fastestMs < 1_000);
  });

  it('a file that is not there, is another, or is no graph is told apart', async () => {
    await using inference = await realInference();
    const source = await inference.source('a', model);
    const { pool } = inference;
    const none = await pool.try({ ...source, key: 'none', file: `${source.file}.none` });
    assert.ok(none.kind === 'other file' && /none cannot be read/.test(none.message));
    const other = await pool.try({ ...source, key: 'other', sha256: 'f'.repeat(64) });
    assert.ok(other.kind === 'other file' && /another \([0-9a-f]{12}\) than its card says/.test(other.message));
    const bytes = new TextEncoder().encode('this is no graph');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal((await pool.try(await inference.source('text', { ...model, bytes, sha256 }))).kind, 'failed');
    assert.equal((await pool.try(source)).kind, 'tried', 'the thread goes on');
  });

  it('rows of another length than the graph reads fail, and the thread goes on', async () => {
    await using inference = await realInference();
    const source = await inference.source('a', model);
    const ask = (rowLength: number) =>
      inference.pool.ask({ model: source, rowLength, rows: drawnRow(rowLength, 'row'), deadlineMs: DEADLINE_MS });
    await assert.rejects(ask(7), { code: 'INFERENCE_FAILED', message: /8 numbers/ });
    await assert.rejects(ask(9), { code: 'INFERENCE_FAILED' });
    assert.equal((await ask(8)).get('out')?.length, 2);
  });

  it('rows go in as floats or doubles, and outputs of every kind of number come out as numbers', async () => {
    await using inference = await realInference();
    for (const type of ['float', 'double'] as const) {
      const graph = new GraphBuilder();
      const x = graph.input({ name: 'x', type, shape: ['batch', 2] });
      graph.output(graph.node('Add', [x, x]), { name: 'twice', type, shape: ['batch', 2] });
      const whole = graph.node('Cast', [x], { attributes: { to: { kind: 'int', value: 7 } } });
      const sum = graph.node('ReduceSum', [whole, graph.ints([1])], { attributes: { keepdims: { kind: 'int', value: 0 } } });
      graph.output(sum, { name: 'whole', type: 'int64', shape: ['batch'] });
      const source = await inference.source(type, sealed(graph, [2]));
      const rows = Float64Array.of(1.5, -2.5, 0.1, 7.9);
      const answer = await inference.pool.ask({ model: source, rowLength: 2, rows, deadlineMs: DEADLINE_MS });
      const tenth = type === 'float' ? Math.fround(0.1) : 0.1;
      const last = type === 'float' ? Math.fround(7.9) : 7.9;
      assert.deepEqual(answer.get('twice'), Float64Array.of(3, -5, 2 * tenth, 2 * last));
      assert.deepEqual(answer.get('whole'), Float64Array.of(-1, 7));
    }
  });

  it('a graph of two inputs, of a window without length, or whose output is not by rows fails with a sentence', async () => {
    await using inference = await realInference();
    const graphs: readonly (readonly [RegExp, (graph: GraphBuilder) => void])[] = [
      [
        /one input/,
        (graph) => {
          const [x, y] = ['x', 'y'].map((name) => graph.input({ name, type: 'float', shape: ['batch', 2] }));
          graph.output(graph.node('Add', [x, y] as GraphValue[]), { name: 'out', type: 'float', shape: ['batch', 2] });
        },
      ],
      [
        /every dimension but the batch has a size/,
        (graph) => {
          const x = graph.input({ name: 'x', type: 'float', shape: ['batch', 'steps'] });
          graph.output(graph.node('Add', [x, x]), { name: 'out', type: 'float', shape: ['batch', 'steps'] });
        },
      ],
      [
        /its output out has 1 rows, not 8/,
        (graph) => {
          const x = graph.input({ name: 'x', type: 'float', shape: ['batch', 2] });
          graph.output(graph.node('ReduceSum', [x, graph.ints([0])]), { name: 'out', type: 'float', shape: [1, 2] });
        },
      ],
    ];
    for (const [at, [sentence, fill]] of graphs.entries()) {
      const graph = new GraphBuilder();
      fill(graph);
      const report = await inference.pool.try(await inference.source(`graph-${at}`, sealed(graph, [2])));
      assert.ok(report.kind === 'failed', JSON.stringify(report));
      assert.match(report.message, sentence);
    }
  });

  it('more models than a thread holds all answer, the dropped ones read again', async () => {
    await using inference = await realInference();
    const sources = await Promise.all(
      Array.from({ length: LIMITS.inference.modelsHeld + 2 }, (_, at) => inference.source(`model-${at}`, model)),
    );
    const ask = (source: ModelSource) =>
      inference.pool.ask({ model: source, rowLength: 8, rows: rowThat(undefined), deadlineMs: DEADLINE_MS });
    for (const source of sources) await ask(source);
    for (const { file } of sources) await rm(file);
    const said: string[] = [];
    for (const source of [...sources].reverse())
      said.push(
        await ask(source).then(
          () => 'held',
          (error: SuhoError) => error.message,
        ),
      );
    assert.equal(said.filter((one) => one === 'held').length, LIMITS.inference.modelsHeld);
    for (const one of said.slice(-2)) assert.match(one, /cannot be read/);
  });

  it('several threads answer at once, each with the whole of every model', async () => {
    await using inference = await realInference({ count: 2 });
    const sources = [await inference.source('a', model), await inference.source('b', denseModel(8, 5, 4))];
    const rows = drawnRow(8, 'row');
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        for (let turns = 0; turns < at % 5; turns++) await turn();
        const source = sources[at % 2] as (typeof sources)[number];
        return inference.pool.ask({ model: source, rowLength: 8, rows, deadlineMs: DEADLINE_MS });
      }),
    );
    for (const [at, answer] of answers.entries()) assert.deepEqual(answer.get('out'), answers[at % 2]?.get('out'));
    assert.deepEqual([answers[0]?.get('out')?.length, answers[1]?.get('out')?.length], [2, 5]);
  });

  it('counts one thread less than the machine has cores', async () => {
    const threads = new InferenceThreads({ machine: systemClock, logger: silentLogger });
    assert.equal(threads.count, Math.max(1, availableParallelism() - 1));
    await threads.close();
  });
});
