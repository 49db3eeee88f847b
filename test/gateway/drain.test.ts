/** How a node is emptied: some at once, and the others after them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drain, type Draining } from '../../src/gateway/drain.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';

const { drainAtOnce, drainEveryMs } = LIMITS.session;
const WISH: Draining = { reason: 'the test wants it', pauseMs: 1_000 };

function crowd(count: number, elsewhere?: Drain['elsewhere'], isBusy?: () => boolean) {
  const clock = new SteppedClock(0);
  const drain = new Drain(clock, elsewhere, isBusy);
  const left: number[] = [];
  for (let at = 0; at < count; at++) drain.joined({ leave: () => left.push(at), move: () => false });
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

test('a full node is emptied within its time all the same', () => {
  const { clock, drain, left } = crowd(LIMITS.session.perNode);
  drain.begin(WISH);
  clock.advanceTo(LIMITS.session.drainMostMs / 2);
  assert.ok(left.length < 0.6 * LIMITS.session.perNode, `${left.length} were told to go in half of the time`);
  clock.advanceTo(LIMITS.session.drainMostMs);
  assert.equal(left.length, LIMITS.session.perNode);
});

test('while there is much to do at once nobody is told to go; a node that is never idle is emptied all the same', () => {
  let busy = true;
  const { clock, drain, left } = crowd(3 * drainAtOnce, undefined, () => busy);
  drain.begin(WISH);
  clock.advanceTo(4 * drainEveryMs);
  assert.equal(left.length, 0);
  busy = false;
  clock.advanceTo(5 * drainEveryMs);
  assert.equal(left.length, drainAtOnce);

  const never = crowd(3 * drainAtOnce, undefined, () => true);
  never.drain.begin(WISH);
  never.clock.advanceTo(LIMITS.session.drainMostMs);
  assert.equal(never.left.length, 3 * drainAtOnce);
});

test('while the next node is busy nobody is told to go for half of the time, and then no more than must', () => {
  const elsewhere = { send: () => undefined, surplus: () => 0, room: () => drainAtOnce, isBusy: true };
  const { clock, drain, left } = crowd(3 * drainAtOnce, elsewhere);
  drain.begin(WISH);
  clock.advanceTo(4 * drainEveryMs);
  assert.equal(left.length, 0);
  elsewhere.isBusy = false;
  clock.advanceTo(5 * drainEveryMs);
  assert.equal(left.length, drainAtOnce);
  elsewhere.isBusy = true;
  clock.advanceTo(LIMITS.session.drainMostMs / 2 - drainEveryMs);
  assert.equal(left.length, drainAtOnce);
  clock.advanceTo(LIMITS.session.drainMostMs / 2 + drainEveryMs);
  assert.equal(left.length, drainAtOnce + 2);
  clock.advanceTo(LIMITS.session.drainMostMs);
  assert.equal(left.length, 3 * drainAtOnce);
});

test('once sessions are taken again nobody else is told to go', () => {
  const { clock, drain, left } = crowd(2 * drainAtOnce);
  drain.begin(WISH);
  drain.end();
  clock.advanceTo(10 * drainEveryMs);
  assert.equal(left.length, drainAtOnce);
  assert.equal(drain.draining, undefined);
});

/** Clients of which every other knows another node; the node has that many too many. */
function known(count: number, surplus: number) {
  const clock = new SteppedClock(0);
  const drain = new Drain(clock, { send: () => 0, surplus: () => surplus, room: () => Number.POSITIVE_INFINITY, isBusy: false });
  const moved: number[] = [];
  for (let at = 0; at < count; at++) {
    const client = {
      leave: () => {},
      move: () => {
        if (at % 2 === 0) moved.push(at);
        return at % 2 === 0;
      },
    };
    drain.joined(client);
  }
  return { clock, drain, moved };
}

test('a surplus goes to others in slices, of those that know any, and no more than that', () => {
  const { clock, drain, moved } = known(4 * drainAtOnce, drainAtOnce + 3);
  assert.equal(drain.rebalance(), drainAtOnce + 3);
  assert.equal(moved.length, drainAtOnce);
  clock.advanceTo(drainEveryMs);
  assert.equal(moved.length, drainAtOnce + 3);
  clock.advanceTo(10 * drainEveryMs);
  assert.equal(moved.length, drainAtOnce + 3);
  assert.ok(moved.every((at) => at % 2 === 0));
});

test('who knows no other node stays, however large the surplus', () => {
  const { clock, drain, moved } = known(3, 3);
  drain.rebalance();
  clock.advanceTo(10 * drainEveryMs);
  assert.deepEqual(moved, [0, 2]);
});

test('while others do not keep up only as few are told to go as must, for all to have gone in time', () => {
  const { drainMostMs } = LIMITS.session;
  const count = (3 * drainMostMs) / drainEveryMs;
  let room = 2;
  const { clock, drain, left } = crowd(count, { send: () => undefined, surplus: () => 0, room: () => room, isBusy: false });
  drain.begin(WISH);
  clock.advanceTo(9 * drainEveryMs);
  assert.equal(left.length, 30);
  room = 4;
  clock.advanceTo(10 * drainEveryMs);
  assert.equal(left.length, 34);
  room = 100;
  clock.advanceTo(11 * drainEveryMs);
  assert.equal(left.length, 34 + drainAtOnce);
  room = 0;
  clock.advanceTo(drainMostMs);
  assert.equal(left.length, count);
});

test('it is told when the last has gone', async () => {
  const drain = new Drain(new SteppedClock(0));
  await drain.emptied();
  const clients = [1, 2].map(() => ({ leave: () => {}, move: () => false }));
  for (const client of clients) drain.joined(client);
  let empty = false;
  const emptied = drain.emptied().then(() => {
    empty = true;
  });
  drain.left(clients[0] as (typeof clients)[number]);
  await Promise.resolve();
  assert.equal(empty, false);
  drain.left(clients[1] as (typeof clients)[number]);
  await emptied;
});
