import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchedCall } from '../../src/runtime/batched-call.js';
import { until } from '../support/actors.js';

/** Answers ten times what is asked, once it is let. */
class Held {
  readonly calls: (readonly number[])[] = [];
  #let: (() => void)[] = [];
  failing = false;

  readonly call = async (asked: readonly number[]): Promise<readonly number[]> => {
    this.calls.push(asked);
    await new Promise<void>((resolve) => this.#let.push(resolve));
    if (this.failing) throw new Error('down');
    return asked.map((number) => 10 * number);
  };

  async answer(): Promise<void> {
    await until(() => this.#let.length > 0, 'a call is under way');
    assert.equal(this.#let.length, 1, 'one at a time');
    this.#let.pop()?.();
  }
}

test('what is asked in one turn goes together, what comes meanwhile with the next call, and each gets its own answer', async () => {
  const held = new Held();
  const calls = new BatchedCall({ most: 3, call: held.call });
  const first = [calls.ask(1), calls.ask(2)];
  await until(() => held.calls.length === 1, 'the first call');
  const later = [3, 4, 5, 6].map((number) => calls.ask(number));
  await held.answer();
  assert.deepEqual(await Promise.all(first), [10, 20]);
  await held.answer();
  await held.answer();
  assert.deepEqual(await Promise.all(later), [30, 40, 50, 60]);
  assert.deepEqual(held.calls, [[1, 2], [3, 4, 5], [6]]);
});

test('the same is not asked twice in one call', async () => {
  const held = new Held();
  const calls = new BatchedCall({ most: 9, keyOf: String, call: held.call });
  const answers = [7, 8, 7, 7].map((number) => calls.ask(number));
  for (let call = 0; call < 3; call += 1) await held.answer();
  assert.deepEqual(await Promise.all(answers), [70, 80, 70, 70]);
  assert.deepEqual(held.calls, [[7, 8], [7], [7]]);
});

test('of no more groups than may go together, and each question in its turn', async () => {
  const held = new Held();
  const groups = { of: (asked: number): string => String(asked % 10), most: 2 };
  const calls = new BatchedCall({ most: 9, groups, call: held.call });
  const answers = [11, 12, 13, 21, 23].map((number) => calls.ask(number));
  for (let call = 0; call < 2; call += 1) await held.answer();
  assert.deepEqual(await Promise.all(answers), [110, 120, 130, 210, 230]);
  assert.deepEqual(held.calls, [
    [11, 12, 21],
    [13, 23],
  ]);
});

test('a call that fails fails who was in it, and nobody else', async () => {
  const held = new Held();
  const calls = new BatchedCall({ most: 9, call: held.call });
  held.failing = true;
  const failed = assert.rejects(calls.ask(1), /down/);
  await held.answer();
  await failed;
  held.failing = false;
  const next = calls.ask(2);
  await held.answer();
  assert.equal(await next, 20);
});
