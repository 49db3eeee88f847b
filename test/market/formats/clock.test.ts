import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clockNamed, localOf, type ToUtc } from '../../../src/market/formats/clock.js';

const HOUR_MS = 3_600_000;

function clock(name: string): ToUtc {
  const found = clockNamed(name);
  assert.ok(found, name);
  return found;
}

/** The wall clock of a zone by the machine's own time zone database, as milliseconds as if it were UTC. */
function wallClock(zone: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (utcMs) => {
    const part = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)])) as Record<
      string,
      number
    >;
    return Date.UTC(part.year ?? 0, (part.month ?? 0) - 1, part.day, part.hour, part.minute, part.second);
  };
}

const newYork = wallClock('America/New_York');
const CLOCKS: Record<string, (utcMs: number) => number> = {
  utc: (utcMs) => utcMs,
  est: (utcMs) => utcMs - 5 * HOUR_MS,
  // A broker's day ends at 17:00 in New York.
  eet: (utcMs) => newYork(utcMs) + 7 * HOUR_MS,
  'eet-eu': wallClock('Europe/Helsinki'),
  '+05:30': (utcMs) => utcMs + 5.5 * HOUR_MS,
  '-03:00': (utcMs) => utcMs - 3 * HOUR_MS,
};

function reads(name: string, utcMs: number): void {
  const wall = CLOCKS[name] as (utcMs: number) => number;
  const local = wall(utcMs);
  const first = wall(utcMs - HOUR_MS) === local ? utcMs - HOUR_MS : utcMs;
  assert.equal(clock(name)(local), first, `${name} ${new Date(utcMs).toISOString()}`);
  if (first === utcMs) assert.equal(localOf(clock(name), utcMs), local, `${name} shows ${new Date(utcMs).toISOString()}`);
}

test('every clock is read as the time zone database has it, an hour that it shows twice as the first', () => {
  const seconds = fc.integer({ min: Date.UTC(1998, 0, 1) / 1_000, max: Date.UTC(2037, 0, 1) / 1_000 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(CLOCKS)), seconds, (name, at) => reads(name, at * 1_000)),
    { numRuns: process.env.SUHO_PROOF ? 50_000 : 3_000 },
  );
});

test('so are all hours of the Sundays on which a clock may change', () => {
  for (let day = Date.UTC(1998, 0, 4); day < Date.UTC(2037, 0, 1); day += 7 * 24 * HOUR_MS) {
    if (![2, 3, 9, 10].includes(new Date(day).getUTCMonth())) continue;
    for (let hour = 0; hour < 9; hour++) for (const name of ['eet', 'eet-eu']) reads(name, day + hour * HOUR_MS);
  }
});

test("the broker's clock changes with New York and not with Europe: in the weeks between, both ways", () => {
  const at = (text: string): number => Date.parse(`${text}Z`);
  const read = (text: string): string => new Date(clock('eet')(at(text))).toISOString();
  // 2026: New York changes on 8 March and 1 November, the European Union on 29 March and 25 October.
  assert.equal(read('2026-03-06T12:00'), '2026-03-06T10:00:00.000Z');
  assert.equal(read('2026-03-09T12:00'), '2026-03-09T09:00:00.000Z');
  assert.equal(read('2026-10-30T12:00'), '2026-10-30T09:00:00.000Z');
  assert.equal(read('2026-11-02T12:00'), '2026-11-02T10:00:00.000Z');
  assert.equal(read('2006-03-20T12:00'), '2006-03-20T10:00:00.000Z');
  assert.equal(read('2006-04-03T12:00'), '2006-04-03T09:00:00.000Z');
  // The change itself: 07:00 UTC is 09:00 and at once 10:00; an hour passed twice is the first.
  assert.equal(read('2026-03-08T08:59:59'), '2026-03-08T06:59:59.000Z');
  assert.equal(read('2026-03-08T10:00:00'), '2026-03-08T07:00:00.000Z');
  assert.equal(read('2026-11-01T08:30:00'), '2026-11-01T05:30:00.000Z');
  assert.equal(read('2026-11-01T09:00:00'), '2026-11-01T07:00:00.000Z');
});

test('what is no clock has no reading', () => {
  for (const name of ['', 'gmt', '+5', '+05:60', '+15:00', '05:30', 'eet+1']) assert.equal(clockNamed(name), undefined, name);
});
