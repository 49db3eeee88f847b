import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdminLinks } from '../../src/access/admin-links.js';
import { Attempts } from '../../src/access/attempts.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';

const RULES = { free: 3, firstMs: 1_000, mostMs: 8_000, forgivenMs: 60_000, kept: 3 };

test('a few tries are free, then each makes the next wait twice as long, up to a bound, and time forgives', () => {
  const attempts = new Attempts(RULES);
  const waits: number[] = [];
  let nowMs = 0;
  for (let number = 0; number < 8; number++) {
    attempts.count('ann', nowMs);
    waits.push(attempts.waitMs('ann', nowMs));
    nowMs += waits.at(-1) as number;
  }
  assert.deepEqual(waits, [0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  assert.equal(attempts.waitMs('bob', nowMs), 0);
  attempts.count('ann', nowMs + RULES.forgivenMs);
  assert.equal(attempts.waitMs('ann', nowMs + RULES.forgivenMs), 0);
});

test('a right try does not count, and does not forgive the wrong ones of others', () => {
  const attempts = new Attempts(RULES);
  for (let number = 0; number < 2; number++) attempts.count('net', 0);
  attempts.count('net', 0);
  assert.equal(attempts.waitMs('net', 0), 1_000);
  attempts.takeBack('net');
  assert.equal(attempts.waitMs('net', 0), 0);
  attempts.count('net', 0);
  assert.equal(attempts.waitMs('net', 0), 1_000);
  attempts.forget('net');
  attempts.takeBack('net');
  attempts.count('net', 0);
  assert.equal(attempts.waitMs('net', 0), 0);
});

test('of more than are kept, the one that tried longest ago is forgotten', () => {
  const attempts = new Attempts(RULES);
  for (const key of ['a', 'b', 'c']) for (let number = 0; number < 3; number++) attempts.count(key, 0);
  attempts.count('a', 0);
  attempts.count('d', 0);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => attempts.waitMs(key, 0) > 0),
    [true, false, true],
  );
});

test('a link of the machine works once, for ten minutes, and only the newest few do', () => {
  const clock = new SteppedClock(0);
  const links = new AdminLinks(entropyIds, clock);
  const first = links.make();
  assert.equal(Buffer.from(first.token, 'base64url').length, 32);
  assert.deepEqual([links.use(`${first.token}x`), links.use(first.token), links.use(first.token)], [false, true, false]);
  const late = links.make();
  clock.advanceTo(LIMITS.access.linkMs);
  assert.equal(links.use(late.token), false);
  const tokens = Array.from({ length: LIMITS.access.links + 1 }, () => links.make().token);
  assert.deepEqual([links.use(tokens[0] as string), links.use(tokens[1] as string)], [false, true]);
});
