import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { endOfTurn } from '../../../src/runtime/turn.js';
import { type Steps, TurnTaking } from '../../../src/storage/patterns/embedded/turn-taking.js';

const STEP_MS = 0.5;

/** Work of so many steps of half a millisecond on a clock that only they move, telling in which turn of the loop each was made. */
class Bench {
  readonly made: (readonly [name: string, turn: number])[] = [];
  readonly turns: TurnTaking;
  #ns = 0n;
  #turn = 0;
  #counting = true;

  constructor() {
    this.turns = new TurnTaking({ monotonicNs: () => this.#ns });
    const count = (): void => {
      this.#turn += 1;
      if (this.#counting) endOfTurn(count);
    };
    endOfTurn(count);
  }

  stop(): void {
    this.#counting = false;
  }

  work(name: string, steps: number): () => Steps<string> {
    const step = (): void => {
      this.#ns += BigInt(STEP_MS * 1e6);
      this.made.push([name, this.#turn]);
    };
    return function* () {
      for (let at = 1; at < steps; at++) {
        step();
        yield;
      }
      step();
      return name;
    };
  }
}

test('work is done in the order it came, whole, and no turn of the loop is longer than the bound and one step', async () => {
  const bench = new Bench();
  const names = ['long', 'a', 'b', 'c', 'longer', 'd'];
  const steps = [9, 1, 1, 1, 30, 1];
  const answers = await Promise.all(names.map((name, at) => bench.turns.run(bench.work(name, steps[at] as number))));
  bench.stop();
  assert.deepEqual(answers, names);
  assert.deepEqual(
    bench.made.map(([name]) => name),
    names.flatMap((name, at) => Array<string>(steps[at] as number).fill(name)),
  );
  const inTurn = new Map<number, number>();
  for (const [, turn] of bench.made) inTurn.set(turn, (inTurn.get(turn) ?? 0) + 1);
  const most = LIMITS.patterns.turnMs / STEP_MS + 1;
  for (const [turn, made] of inTurn) assert.ok(made <= most, `${made} steps in turn ${turn}`);
  assert.ok(inTurn.size >= 43 / most, `${inTurn.size} turns`);
});

test('callers that come one after another in one turn share it', async () => {
  const bench = new Bench();
  const caller = async (at: number): Promise<void> => {
    await Promise.resolve();
    await bench.turns.run(bench.work(`${at}`, 1));
  };
  await Promise.all(Array.from({ length: 40 }, (_, at) => caller(at)));
  bench.stop();
  const turns = new Set(bench.made.map(([, turn]) => turn));
  assert.ok(turns.size >= 8, `${turns.size} turns`);
});

test('work that fails fails alone', async () => {
  const bench = new Bench();
  const failing = function* (): Steps<void> {
    yield;
    throw new Error('broken');
  };
  const [first, second] = await Promise.allSettled([bench.turns.run(failing), bench.turns.run(bench.work('next', 3))]);
  bench.stop();
  assert.equal(first.status, 'rejected');
  assert.deepEqual(second, { status: 'fulfilled', value: 'next' });
});

test('more calls than may wait are refused', async () => {
  const bench = new Bench();
  const running = Array.from({ length: LIMITS.patterns.waiting + 10 }, () => bench.turns.run(bench.work('one', 2)));
  const settled = await Promise.allSettled(running);
  bench.stop();
  const refused = settled.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 0 && refused.length <= 10, `${refused.length} refused`);
  await assert.doesNotReject(bench.turns.run(bench.work('after', 1)));
});
