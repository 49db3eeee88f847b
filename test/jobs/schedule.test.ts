import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  firstOwed,
  instantsOwed,
  type JobTiming,
  nextInstant,
  owedAfterDone,
  owedAfterFailure,
} from '../../src/jobs/schedule.js';
import { seededRandom } from '../../src/runtime/random.js';

const schedules = fc
  .integer({ min: 1, max: 10_000 })
  .chain((everyMs) => fc.record({ everyMs: fc.constant(everyMs), offsetMs: fc.integer({ min: 0, max: everyMs - 1 }) }));
const timings = fc.record({
  schedule: schedules,
  catchUp: fc.constantFrom('once' as const, 'each' as const),
  jitterMs: fc.integer({ min: 0, max: 500 }),
});
const instants = fc.integer({ min: 0, max: 1_000_000 });
const seeds = fc.integer();

/** By walking. */
function isInstant({ everyMs, offsetMs }: JobTiming['schedule'], ms: number): boolean {
  return (ms - offsetMs) % everyMs === 0;
}

describe('a schedule', () => {
  it('has as its next instant the first one after now', () => {
    fc.assert(
      fc.property(schedules, instants, (schedule, nowMs) => {
        let walked = nowMs + 1;
        while (!isInstant(schedule, walked)) walked += 1;
        assert.equal(nextInstant(schedule, nowMs), walked);
      }),
    );
  });

  it('owes what has come since the instant that was owed, both ends counted', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 0, max: 20 }), instants, (schedule, before, nowMs) => {
        const dueAt = nextInstant(schedule, nowMs) - before * schedule.everyMs;
        let walked = 0;
        for (let at = dueAt; at <= nowMs; at += schedule.everyMs) walked += 1;
        assert.equal(instantsOwed(schedule, dueAt, nowMs), walked);
      }),
    );
  });

  it('of a new job owes nothing of the past, and starts within its jitter', () => {
    fc.assert(
      fc.property(timings, instants, seeds, (timing, nowMs, seed) => {
        const { dueAt, startAt, failures } = firstOwed(timing, nowMs, seededRandom(seed));
        assert.ok(isInstant(timing.schedule, dueAt) && dueAt > nowMs && dueAt <= nowMs + timing.schedule.everyMs);
        assert.ok(startAt >= dueAt && startAt <= dueAt + timing.jitterMs && failures === 0);
      }),
    );
  });

  it('missed for a while: `once` runs once for all of it, `each` once for every instant, in order', () => {
    fc.assert(
      fc.property(timings, instants, fc.integer({ min: 0, max: 30 }), seeds, (timing, startMs, missed, seed) => {
        const random = seededRandom(seed);
        const { schedule, catchUp } = timing;
        let owed = firstOwed(timing, startMs, random);
        const nowMs = owed.dueAt + missed * schedule.everyMs;
        const stood: number[] = [];
        while (owed.dueAt <= nowMs) {
          stood.push(owed.dueAt);
          owed = owedAfterDone(timing, owed.dueAt, nowMs, random);
        }
        const first = nextInstant(schedule, startMs);
        const all = Array.from({ length: missed + 1 }, (_, at) => first + at * schedule.everyMs);
        assert.deepEqual(stood, catchUp === 'each' ? all : [first]);
        assert.equal(owed.dueAt, nowMs + schedule.everyMs);
      }),
    );
  });

  it('still owes the instant of a run that failed, after a pause that doubles up to its most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), instants, seeds, (failures, nowMs, seed) => {
        const pause = { firstMs: 100, mostMs: 5_000 };
        const after = owedAfterFailure({ dueAt: 7, startAt: 8, failures }, nowMs, pause, seededRandom(seed));
        const ceiling = failures < 6 ? [100, 200, 400, 800, 1_600, 3_200][failures] : 5_000;
        assert.deepEqual([after.dueAt, after.failures], [7, failures + 1]);
        assert.ok(after.startAt >= nowMs + (ceiling as number) / 2 && after.startAt <= nowMs + (ceiling as number));
      }),
    );
  });

  it('an operator’s run before its time leaves the instant owed', () => {
    const timing = { schedule: { everyMs: 100, offsetMs: 0 }, catchUp: 'once', jitterMs: 0 } as const;
    assert.equal(owedAfterDone(timing, 500, 450, seededRandom(1)).dueAt, 500);
    assert.equal(owedAfterDone(timing, 500, 500, seededRandom(1)).dueAt, 600);
  });
});
