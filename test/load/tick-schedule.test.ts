import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type TickSegment, TickSchedule } from '../../load-tests/load/tick-schedule.js';

const SYMBOLS = 7;

/** A schedule of a few segments, and every tick of it up to a second past the last. */
const schedules = fc
  .array(fc.record({ lengthUs: fc.integer({ min: 1_000, max: 400_000 }), perSecond: fc.integer({ min: 5, max: 900 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => {
    const segments: TickSegment[] = [];
    let fromUs = 5_000_000;
    for (const { lengthUs, perSecond } of parts) {
      segments.push({ fromUs, perSecond });
      fromUs += lengthUs;
    }
    return { segments, endUs: fromUs + 1_000_000 };
  });

function scheduleOf(segments: readonly TickSegment[]): TickSchedule {
  const schedule = new TickSchedule(SYMBOLS, segments[0] as TickSegment);
  for (const segment of segments.slice(1)) schedule.begin(segment);
  return schedule;
}

function allTicks(segments: readonly TickSegment[], endUs: number): { symbol: number; dueUs: number }[] {
  const ticks: { symbol: number; dueUs: number }[] = [];
  scheduleOf(segments).take(endUs, (symbol, dueUs) => ticks.push({ symbol, dueUs }));
  return ticks;
}

describe('the schedule of ticks', () => {
  it('hands over the same ticks however often it is asked, each once and never early', () => {
    fc.assert(
      fc.property(schedules, fc.array(fc.integer({ min: 0, max: 900_000 }), { maxLength: 12 }), ({ segments, endUs }, steps) => {
        const whole = allTicks(segments, endUs);
        const schedule = scheduleOf(segments);
        const pieces: { symbol: number; dueUs: number }[] = [];
        let atUs = segments[0]?.fromUs ?? 0;
        for (const stepUs of [...steps, endUs]) {
          atUs = Math.min(endUs, atUs + stepUs);
          schedule.take(atUs, (symbol, dueUs) => {
            assert.ok(dueUs <= atUs, 'no tick before it is due');
            pieces.push({ symbol, dueUs });
          });
          assert.equal(schedule.taken, pieces.length);
          assert.equal(schedule.dueBy(atUs), pieces.length, `ticks due by ${atUs}`);
        }
        assert.deepEqual(pieces, whole);
      }),
    );
  });

  it('knows the first tick of a symbol from any moment on', () => {
    fc.assert(
      fc.property(
        schedules,
        fc.integer({ min: -100_000, max: 1_500_000 }),
        fc.nat(SYMBOLS - 1),
        ({ segments, endUs }, ahead, symbol) => {
          const fromUs = (segments[0]?.fromUs ?? 0) + ahead;
          const first = allTicks(segments, endUs + 3_000_000).find((tick) => tick.symbol === symbol && tick.dueUs >= fromUs);
          assert.equal(scheduleOf(segments).firstDueUs(symbol, fromUs), first?.dueUs);
        },
      ),
    );
  });
});
