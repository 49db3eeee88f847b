import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SuhoError } from '../../src/errors.js';
import type { BatchReport, BatchTask, ModelSource } from '../../src/inference/batch-task.js';
import { type BatchOutcome, InferencePool, type ModelAnswer } from '../../src/inference/inference-pool.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';

/** A batch that a thread has taken and answers when the test says so: each row's sum, and its first number with its double. */
interface Taken {
  readonly task: BatchTask;
  answer(): void;
  fail(message: string): void;
  lose(): void;
}

const ROW = 3;
const source = (key: string): ModelSource => ({ key, file: '', sha256: '' });

function answerTo({ rows, values }: BatchTask): BatchReport {
  const kept = new Float64Array(3 * rows);
  for (let at = 0; at < rows; at++) {
    const row = values.subarray(at * ROW, (at + 1) * ROW);
    kept[at] = row.reduce((sum, value) => sum + value, 0);
    kept.set([row[0] as number, 2 * (row[0] as number)], rows + 2 * at);
  }
  return {
    kind: 'answered',
    outputs: [
      { name: 'sum', width: 1 },
      { name: 'pair', width: 2 },
    ],
    values: kept,
  };
}

function world(count = 1, limits = { runRows: 4, batchRows: 4, requestRows: 10, queue: 8 }) {
  const taken: Taken[] = [];
  const clock = new SteppedClock(0);
  const activity = new Activity();
  const threads = {
    count,
    capacity: count,
    answer: (task: BatchTask) =>
      new Promise<BatchReport>((resolve, reject) => {
        taken.push({
          task,
          answer: () => resolve(answerTo(task)),
          fail: (message) => resolve({ kind: 'failed', message }),
          lose: () => reject(new SuhoError('INFERENCE_FAILED', 'the thread was lost')),
        });
      }),
    try: () => Promise.reject(new Error('not tried here')),
    close: async () => {},
  };
  const pool = new InferencePool({ threads, clock, activity, limits });
  const outcomes: BatchOutcome[] = [];
  pool.onBatch((outcome) => outcomes.push(outcome));
  const settled: (string | undefined)[] = [];
  /** Asks for rows of the numbers, each row (number, 0, 1); how it ended stands in `settled` at its place. */
  const ask = (key: string, numbers: readonly number[], deadlineMs = 100): Promise<ModelAnswer | SuhoError> => {
    const place = settled.push(undefined) - 1;
    const rows = Float64Array.from(numbers.flatMap((number) => [number, 0, 1]));
    return pool.ask({ model: source(key), rowLength: ROW, rows, deadlineMs }).then(
      (answer) => {
        settled[place] = 'answered';
        return answer;
      },
      (error: SuhoError) => {
        settled[place] = error.code;
        return error;
      },
    );
  };
  const sizes = (): string[] => taken.map(({ task }) => `${task.model.key}${task.rows}`);
  return { pool, clock, activity, taken, outcomes, settled, ask, sizes };
}

function outputsOf(answer: ModelAnswer | SuhoError): Record<string, number[]> {
  assert.ok(!(answer instanceof SuhoError), String(answer));
  return Object.fromEntries([...answer].map(([name, values]) => [name, [...values]]));
}

describe('the inference pool', () => {
  it('sends what falls together as one batch, and hands each its own rows of every output', async () => {
    const { ask, sizes, taken } = world();
    const answers = [ask('a', [5]), ask('a', [7, 8]), ask('a', [9])];
    assert.deepEqual(sizes(), ['a4'], 'a full batch does not wait');
    taken[0]?.answer();
    assert.deepEqual((await Promise.all(answers)).map(outputsOf), [
      { sum: [6], pair: [5, 10] },
      { sum: [8, 9], pair: [7, 14, 8, 16] },
      { sum: [10], pair: [9, 18] },
    ]);
  });

  it('a batch that is not full leaves at the end of the turn, and is filled up to a run', async () => {
    const { ask, sizes, taken } = world();
    void ask('a', [1]);
    await Promise.resolve();
    void ask('a', [2]);
    assert.deepEqual(sizes(), []);
    await turn();
    assert.deepEqual(sizes(), ['a2']);
    assert.deepEqual([...(taken[0]?.task.values ?? [])], [1, 0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('while all threads are busy requests gather, and models take turns', async () => {
    const { ask, sizes, taken, pool } = world(2);
    for (const key of ['a', 'b']) void ask(key, [0]);
    await turn();
    for (const number of [1, 2, 3]) for (const key of ['a', 'b', 'c']) await Promise.all([turn(), void ask(key, [number])]);
    assert.deepEqual([sizes(), pool.waiting], [['a1', 'b1'], 8]);
    for (const at of [0, 1, 2]) {
      taken[at]?.answer();
      await turn();
    }
    assert.deepEqual(sizes(), ['a1', 'b1', 'a3', 'b3', 'c2']);
  });

  it('a request past its deadline fails by itself, and its mates are answered', async () => {
    const { ask, clock, taken, settled, outcomes } = world();
    const answers = [ask('a', [1], 50), ask('a', [2], 200)];
    await turn();
    clock.advanceTo(49);
    await turn();
    assert.deepEqual(settled, [undefined, undefined]);
    clock.advanceTo(50);
    await turn();
    assert.deepEqual(settled, ['INFERENCE_LATE', undefined]);
    taken[0]?.answer();
    assert.deepEqual(outputsOf((await answers[1]) as ModelAnswer), { sum: [3], pair: [2, 4] });
    assert.match(String(await answers[0]), /a: it was not computed within 50 ms/);
    await turn();
    assert.deepEqual(outcomes, [{ model: source('a'), requests: 2, rows: 2, tookMs: 50, late: 1, failure: undefined }]);
  });

  it('a request that no thread was free for until its deadline never reaches one', async () => {
    const { ask, clock, taken, sizes, pool } = world();
    void ask('a', [1], 1_000);
    await turn();
    const late = ask('a', [2], 50);
    void ask('a', [3], 1_000);
    clock.advanceTo(60);
    assert.match(String(await late), /a: no thread was free within 50 ms/);
    assert.equal(pool.waiting, 1);
    taken[0]?.answer();
    await turn();
    assert.deepEqual(sizes(), ['a1', 'a1']);
    assert.equal(taken[1]?.task.values[0], 3);
  });

  it('refuses what does not fit: a full queue, rows that are none, too many rows', async () => {
    const { ask, settled, taken } = world();
    void ask('a', [0]);
    await turn();
    for (let at = 0; at < 9; at++) void ask('b', [at]);
    void ask('c', []);
    void ask(
      'c',
      Array.from({ length: 11 }, () => 1),
    );
    await turn();
    assert.deepEqual(settled, [
      ...Array.from({ length: 9 }, () => undefined),
      'INFERENCE_FULL',
      'INFERENCE_FAILED',
      'INFERENCE_FAILED',
    ]);
    taken[0]?.answer();
    await turn();
    void ask('b', [10]);
    await turn();
    assert.equal(settled.at(-1), undefined, 'there is room again');
  });

  it('a model that fails fails the requests of its batch, with its words', async () => {
    const { ask, taken, outcomes } = world();
    const answers = [ask('a', [1]), ask('a', [2])];
    await turn();
    taken[0]?.fail('a weight is missing');
    for (const answer of answers) assert.match(String(await answer), /a: a weight is missing/);
    await turn();
    assert.equal(outcomes[0]?.failure, 'a weight is missing');
  });

  it('a lost thread’s batch is run once more, for those who still wait', async () => {
    const { ask, taken, clock, sizes, outcomes } = world();
    const answers = [ask('a', [1], 50), ask('a', [2], 200)];
    await turn();
    clock.advanceTo(60);
    taken[0]?.lose();
    await turn();
    assert.deepEqual([sizes(), taken[1]?.task.values[0]], [['a2', 'a1'], 2]);
    taken[1]?.answer();
    assert.deepEqual(outputsOf((await answers[1]) as ModelAnswer), { sum: [3], pair: [2, 4] });
    await turn();
    assert.deepEqual(
      outcomes.map(({ late, failure }) => ({ late, failure })),
      [{ late: 1, failure: undefined }],
    );
  });

  it('a batch that loses two threads has failed, and one that nobody waits for is not run again', async () => {
    const { ask, taken, clock, settled, sizes, outcomes } = world();
    void ask('a', [1], 1_000);
    await turn();
    taken[0]?.lose();
    await turn();
    taken[1]?.lose();
    await turn();
    void ask('b', [1], 50);
    await turn();
    clock.advanceTo(60);
    taken[2]?.lose();
    await turn();
    assert.deepEqual(
      [settled, sizes()],
      [
        ['INFERENCE_FAILED', 'INFERENCE_LATE'],
        ['a1', 'a1', 'b1'],
      ],
    );
    assert.deepEqual(
      outcomes.map(({ failure }) => failure),
      ['the thread was lost', 'the thread was lost'],
    );
  });

  it('holds a stepped clock until each request is settled, and no longer', async () => {
    const { ask, taken, clock, activity, pool } = world();
    void ask('a', [1]);
    void ask('a', [2], 10);
    assert.equal(activity.pending, 2);
    await turn();
    clock.advanceTo(10);
    await turn();
    assert.equal(activity.pending, 1);
    taken[0]?.answer();
    await turn();
    assert.deepEqual([activity.pending, clock.nextDueMs()], [0, undefined]);
    void ask('a', [3]);
    await turn();
    void ask('a', [4]);
    const closed = pool.close();
    taken[1]?.answer();
    await closed;
    assert.equal(activity.pending, 0);
  });

  it('closing refuses what waits and what comes, and ends when what runs is answered', async () => {
    const { ask, taken, settled, pool } = world();
    void ask('a', [1]);
    await turn();
    void ask('a', [2]);
    let closed = false;
    const closing = pool.close().then(() => {
      closed = true;
    });
    void ask('a', [3]);
    await turn();
    assert.deepEqual([settled, closed], [[undefined, 'INFERENCE_FAILED', 'INFERENCE_FAILED'], false]);
    taken[0]?.answer();
    await closing;
    assert.deepEqual([settled[0], closed], ['answered', true]);
  });

  it('closing does not try a lost batch again', async () => {
    const { ask, taken, settled, pool, sizes } = world();
    void ask('a', [1]);
    await turn();
    const closing = pool.close();
    taken[0]?.lose();
    await closing;
    assert.deepEqual([settled, sizes()], [['INFERENCE_FAILED'], ['a1']]);
  });
});
