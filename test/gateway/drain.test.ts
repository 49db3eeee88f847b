/** How a node is emptied: some at once, and the others after them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drain, type Draining } from '../../src/gateway/drain.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';

const { drainAtOnce, drainEveryMs } = LIMITS.session;
const WISH: Draining = { reason: 'the test wants it', pauseMs: 1_000 };

function crowd(count: number) {
  const clock = new SteppedClock(0);
  const drain = new Drain(clock);
  const left: number[] = [];
  for (let at = 0; at < count; at++) drain.joined({ leave: () => left.push(at) });
  return { clock, drain, left };
}

test('who is here is told to go in slices, each once, in the order of coming', () => {
  const { clock, drain, left } = crowd(2 * drainAtOnce + 3);
  assert.equal(drain.begin(WISH), 2 * drainAtOnce + 3);
  const gone: number[] = [left.length];
  for (let slice = 1; slice <= 3; slice++) {
    clock.advanceTo(slice * drainEveryMs);
    gone.push(left.length);
  }
  assert.deepEqual(gone, [drainAtOnce, 2 * drainAtOnce, 2 * drainAtOnce + 3, 2 * drainAtOnce + 3]);
  assert.deepEqual(left, [...Array(2 * drainAtOnce + 3).keys()]);
});

test('once sessions are taken again nobody else is told to go', () => {
  const { clock, drain, left } = crowd(2 * drainAtOnce);
  drain.begin(WISH);
  drain.end();
  clock.advanceTo(10 * drainEveryMs);
  assert.equal(left.length, drainAtOnce);
  assert.equal(drain.draining, undefined);
});
