import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shrink } from './shrink.js';

/** More than any list of these lengths can take. */
const ENOUGH = 10_000;

test('of a list that fails by some of its members exactly those are left', async () => {
  const lists = fc
    .uniqueArray(fc.nat(), { minLength: 1, maxLength: 24 })
    .chain((list) => fc.tuple(fc.constant(list), fc.subarray(list)));
  await fc.assert(
    fc.asyncProperty(lists, async ([list, guilty]) => {
      const fails = async (part: readonly number[]): Promise<boolean> => guilty.every((member) => part.includes(member));
      const { smallest } = await shrink(list, fails, ENOUGH);
      assert.deepEqual([...smallest].sort(), [...guilty].sort());
    }),
  );
});

test('no member of what is left can be left out, whatever it is that fails', async () => {
  const lists = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(lists, fc.nat(60), async (list, most) => {
      const fails = async (part: readonly number[]): Promise<boolean> => part.reduce((sum, one) => sum + one, 0) > most;
      fc.pre(await fails(list));
      const { smallest } = await shrink(list, fails, ENOUGH);
      assert.ok(await fails(smallest));
      for (const member of smallest) assert.ok(!(await fails(smallest.filter((one) => one !== member))));
    }),
  );
});

test('it tries no more often than it may, and answers the smallest that it has seen to fail', async () => {
  let trials = 0;
  const fails = async (part: readonly number[]): Promise<boolean> => {
    trials += 1;
    return part.includes(3);
  };
  const { smallest } = await shrink([1, 2, 3, 4, 5, 6, 7, 8], fails, 3);
  assert.equal(trials, 3);
  assert.ok(smallest.includes(3));
});
