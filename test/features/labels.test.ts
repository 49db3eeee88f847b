import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HORIZONS_MS, LABEL_COLUMNS, type LabelledRow, Labeller } from '../../src/features/labels.js';
import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../../src/market/timeframe.js';
import { seededRandom } from '../../src/runtime/random.js';
import { freshSeed, proofCount } from '../support/price-paths.js';

const MINUTE = 60_000;
const MONDAY = Date.UTC(2021, 0, 4);
const HORIZONS = Object.values(HORIZONS_MS);

/** One price a minute, NaN where the minute is missing. */
type Minutes = Float64Array;

interface Row extends LabelledRow {
  readonly timeframe: Timeframe;
}

interface Case {
  readonly seed: number;
  readonly timeframe: Timeframe;
  readonly length: number;
}

/** Gaps around what is just not, and just, too long for some horizon. */
const GAPS = [1, 2, 3, 4, 5, 14, 15, 16, 17, 59, 60, 61, 300, 360, 361, 700];

function minutesOf({ seed, length }: Case): Minutes {
  const random = seededRandom(seed);
  const minutes = new Float64Array(length).fill(Number.NaN);
  let price = 1.1;
  for (let at = random.int(90); at < length; ) {
    const run = 1 + random.int(random.chance(0.3) ? 20 : 1_000);
    for (const end = Math.min(length, at + run); at < end; at++) {
      if (!random.chance(0.1)) price *= Math.exp(2e-4 * random.normal());
      minutes[at] = price;
    }
    at += GAPS[random.int(GAPS.length)] as number;
  }
  return minutes;
}

/** The close of the newest minute that ended by then. */
function priceAt(minutes: Minutes, atMs: number): number {
  for (let at = (atMs - MONDAY) / MINUTE - 1; at >= 0; at--) if (!Number.isNaN(minutes[at])) return minutes[at] as number;
  return Number.NaN;
}

function longestGap(minutes: Minutes, fromMs: number, toMs: number): number {
  let longest = 0;
  let missing = 0;
  for (let at = (fromMs - MONDAY) / MINUTE; at < (toMs - MONDAY) / MINUTE; at++) {
    missing = Number.isNaN(minutes[at]) ? missing + 1 : 0;
    longest = Math.max(longest, missing);
  }
  return longest;
}

/** The rows of a timeframe: every candle that has a minute and has ended when the last minute has. */
function rowsOf(minutes: Minutes, { timeframe, seed }: Case): Row[] {
  const random = seededRandom(seed).fork('rows');
  const spanMs = TIMEFRAME_MS[timeframe];
  const lastEndMs = MONDAY + (minutes.findLastIndex((price) => !Number.isNaN(price)) + 1) * MINUTE;
  const rows: Row[] = [];
  for (let endMs = MONDAY + spanMs; endMs <= lastEndMs; endMs += spanMs) {
    if (longestGap(minutes, endMs - spanMs, endMs) === spanMs / MINUTE) continue;
    const close = priceAt(minutes, endMs);
    const spread = random.chance(0.5) ? 0 : random.next() * 4e-4;
    const atr14 = rows.length < 14 ? Number.NaN : close * random.next() * 2e-3;
    rows.push({ timeframe, endMs, spanMs, close, spread, atr14, labels: new Float64Array(LABEL_COLUMNS.length) });
  }
  return rows;
}

function bruteLabels(minutes: Minutes, row: Row): number[] {
  const lastEndMs = MONDAY + (minutes.findLastIndex((price) => !Number.isNaN(price)) + 1) * MINUTE;
  const returns = HORIZONS.map((horizon) => {
    const laterMs = row.endMs + horizon;
    if (laterMs > lastEndMs || horizon < row.spanMs) return Number.NaN;
    if (longestGap(minutes, row.endMs, laterMs) > horizon / MINUTE / 4) return Number.NaN;
    return Math.log(priceAt(minutes, laterMs) / priceAt(minutes, row.endMs));
  });
  const directions = returns.map((change, at) => {
    const range = 0.25 * row.atr14 * Math.sqrt((HORIZONS[at] as number) / row.spanMs);
    if (Number.isNaN(change) || Number.isNaN(range)) return Number.NaN;
    const least = Math.max(row.spread, range) / row.close;
    if (change > least) return 1;
    return change < -least ? -1 : 0;
  });
  return [...returns, ...directions];
}

function feed(minutes: Minutes, rows: readonly Row[], end = true): Row[] {
  const left: Row[] = [];
  const labeller = new Labeller<Row>((row) => left.push(row));
  let next = 0;
  const addThrough = (nowMs: number): void => {
    for (let row = rows[next]; row !== undefined && row.endMs <= nowMs; row = rows[++next]) labeller.add(row);
  };
  minutes.forEach((price, at) => {
    if (Number.isNaN(price)) return;
    const startMs = MONDAY + at * MINUTE;
    addThrough(startMs);
    labeller.minute(startMs, price);
    addThrough(startMs + MINUTE);
  });
  if (end) labeller.end();
  return left;
}

const cases = fc.record({
  seed: fc.nat(),
  timeframe: fc.constantFrom(...TIMEFRAMES),
  length: fc.integer({ min: 1, max: 6_000 }),
});
const options = { numRuns: proofCount(200), seed: freshSeed() };

test('labels are those that brute force finds minute by minute, in the order of the rows', () => {
  let given = 0;
  fc.assert(
    fc.property(cases, (one) => {
      const minutes = minutesOf(one);
      const rows = rowsOf(minutes, one);
      const left = feed(minutes, rows);
      assert.deepEqual(
        left.map(({ endMs }) => endMs),
        rows.map(({ endMs }) => endMs),
      );
      for (const row of left) assert.deepEqual([...row.labels], bruteLabels(minutes, row), `at ${row.endMs}`);
      given += left.filter(({ labels }) => !labels.every(Number.isNaN)).length;
    }),
    options,
  );
  // Thousands as a rule; hundreds where chance draws short cases.
  assert.ok(given > 100, `only ${given} rows had a label`);
});

test('a longer input changes no label that a shorter one gave', () => {
  fc.assert(
    fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
      const minutes = minutesOf(one);
      const short = minutes.slice(0, Math.ceil(minutes.length * share));
      const whole = feed(minutes, rowsOf(minutes, one));
      feed(short, rowsOf(short, one)).forEach((row, at) => {
        const labels = whole[at]?.labels ?? [];
        row.labels.forEach((label, place) => {
          if (!Number.isNaN(label)) assert.equal(label, labels[place], `${LABEL_COLUMNS[place]} of row ${at}`);
        });
      });
    }),
    options,
  );
});

test('what waits is a day of rows, however long the input', () => {
  const minutes = new Float64Array(10_000).fill(1.1);
  const rows = rowsOf(minutes, { seed: 1, timeframe: 'M1', length: minutes.length });
  assert.equal(feed(minutes, rows, false).length, 10_000 - 1_440);
});

test('rows of several timeframes leave in the order in which they closed', () => {
  const minutes = minutesOf({ seed: 5, timeframe: 'M1', length: 4_000 });
  const rows = TIMEFRAMES.flatMap((timeframe) => rowsOf(minutes, { seed: 5, timeframe, length: 4_000 })).sort(
    (a, b) => a.endMs - b.endMs || a.spanMs - b.spanMs,
  );
  const left = feed(minutes, rows);
  assert.deepEqual(left, rows);
  for (const row of left) assert.deepEqual([...row.labels], bruteLabels(minutes, row));
});

test('of a gap that begins before the candle has ended, what lies inside the span counts: a quarter of it is no gap yet', () => {
  for (const [missing, given] of [
    [16, true],
    [17, false],
  ] as const) {
    const minutes = new Float64Array(200).fill(1.1);
    minutes.fill(Number.NaN, 99, 99 + missing);
    const rows = rowsOf(minutes, { seed: 1, timeframe: 'M5', length: 200 });
    const row = feed(minutes, rows).find(({ endMs }) => endMs === MONDAY + 100 * MINUTE);
    assert.equal(Number.isNaN(row?.labels[LABEL_COLUMNS.indexOf('label_return_1h')]), !given, `${missing} minutes missing`);
  }
});

/** Ten minutes at one price, the eleventh at another. */
function step(to: number, spread: number, atr14: number): Row {
  const minutes = new Float64Array(11).fill(1);
  minutes[10] = to;
  const row: Row = {
    timeframe: 'M1',
    endMs: MONDAY + 10 * MINUTE,
    spanMs: MINUTE,
    close: 1,
    spread,
    atr14,
    labels: new Float64Array(LABEL_COLUMNS.length),
  };
  feed(minutes, [row]);
  return row;
}

const labelOf = (row: Row, column: string): number => row.labels[LABEL_COLUMNS.indexOf(column)] as number;

test('a direction is that of a return beyond spread and quarter range, the border being none', () => {
  const to = 1.001;
  const change = Math.log(to);
  const direction = (spread: number, atr14: number, price = to): number =>
    labelOf(step(price, spread, atr14), 'label_direction_1m');
  assert.equal(labelOf(step(to, 0, 0), 'label_return_1m'), change);
  assert.equal(direction(0, 0), 1);
  assert.equal(direction(0, 0, 0.999), -1);
  assert.equal(direction(0, 0, 1), 0);
  assert.equal(direction(change, 0), 0);
  assert.equal(direction(change * 0.999, 0), 1);
  assert.equal(direction(0, 4 * change), 0);
  assert.equal(direction(0, 3.99 * change), 1);
  assert.ok(Number.isNaN(direction(0, Number.NaN)), 'a range that is not known');
});
