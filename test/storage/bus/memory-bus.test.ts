import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity, untilIdle } from '../../../src/runtime/activity.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { Bus } from '../../../src/storage/bus/bus.js';
import { MemoryBroker } from '../../../src/storage/bus/memory-bus.js';
import { patternOf, subjectOf } from '../../../src/storage/bus/subjects.js';
import { busContract } from '../../contracts/bus.contract.js';
import { registryContract } from '../../contracts/registry.contract.js';

busContract('in process', async (settings) => {
  const clock = new SteppedClock(Date.UTC(2026, 0, 5));
  const broker = new MemoryBroker({ clock, random: seededRandom(1), ...settings });
  const buses: Bus[] = [];
  return {
    connect: async () => {
      const bus = broker.connect();
      buses.push(bus);
      return bus;
    },
    pass: (ms) => clock.advanceTo(clock.nowMs() + ms),
    keepRaw: async (subject, id, bytes) => void broker.stream('COMMANDS').keep(subject, id, bytes),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
    },
  };
});

registryContract('in process', async () => {
  const broker = new MemoryBroker({ clock: new SteppedClock(0), random: seededRandom(1) });
  return {
    connect: async () => broker.connect().registry,
    [Symbol.asyncDispose]: async () => {},
  };
});

test('a consumer of few among many does not look at the others again for each new one', async () => {
  const clock = new SteppedClock(0);
  const broker = new MemoryBroker({ clock, random: seededRandom(1) });
  const bus = broker.connect();
  const taken: unknown[] = [];
  const consumption = bus.consume(patternOf('risk', { account: 'rare' }), { durable: 'desk' }, ({ payload }) => {
    taken.push(payload);
  });
  const stream = broker.stream('COMMANDS');
  const from: number[] = [];
  const after = stream.after.bind(stream);
  stream.after = (position, pattern) => {
    from.push(position);
    return after(position, pattern);
  };
  for (let at = 1; at <= 50; at++) {
    await bus.keep(subjectOf('risk', { account: 'loud' }), at, `id-${at}`);
    await new Promise(setImmediate);
  }
  assert.ok(from.at(-1) === 50 || from.at(-1) === 49, `it looks from ${from.at(-1)} on`);
  await bus.keep(subjectOf('risk', { account: 'rare' }), 'mine', 'id-mine');
  await new Promise(setImmediate);
  assert.deepEqual([taken, consumption.position], [['mine'], 51]);
  await bus.close();
});

test('a node is idle when all that it sent was handled, and not while a consumer waits for the clock', async () => {
  const activity = new Activity();
  const clock = new SteppedClock(0);
  const bus = new MemoryBroker({ clock, random: seededRandom(1), activity }).connect();
  const taken: unknown[] = [];
  let well = false;
  bus.subscribe(patternOf('node'), async ({ payload }) => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    taken.push(payload);
  });
  bus.consume(patternOf('risk'), { durable: 'desk' }, ({ payload }) => {
    if (!well) throw new Error('no');
    taken.push(payload);
  });
  for (const at of [1, 2, 3]) bus.publish(subjectOf('node', { node: 'n' }), at);
  assert.equal(activity.pending, 3);
  await bus.keep(subjectOf('risk', { account: 'a' }), 4, 'id');
  await untilIdle(activity);
  assert.deepEqual(taken, [1, 2, 3]);
  well = true;
  assert.ok(clock.nextDueMs() !== undefined, 'it will be tried again');
  clock.advanceTo(60_000);
  await untilIdle(activity);
  assert.deepEqual(taken, [1, 2, 3, 4]);
  await bus.close();
  assert.equal(activity.pending, 0);
});
