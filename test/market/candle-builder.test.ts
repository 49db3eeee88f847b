import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Candle } from '../../src/market/candle.js';
import { CandleBuilder, type CandleBuilderOptions, type PriceSide } from '../../src/market/candle-builder.js';
import { TIMEFRAMES, type Timeframe } from '../../src/market/timeframe.js';
import { bruteCandles, type FeedEvent } from './brute-candles.js';

const START = Date.UTC(2024, 0, 8, 22, 57);
const RUNS = process.env.SUHO_PROOF ? 5_000 : 300;

/** Mean spreads are sums in another order, so they agree to rounding; all else is exact. */
function comparable(candles: readonly Candle[]): object[] {
  return candles.map((candle) => ({ ...candle, spread: candle.spread.toPrecision(9) }));
}

function feed(builder: CandleBuilder, events: readonly FeedEvent[]): void {
  for (const event of events) {
    if (event.kind === 'clock') builder.closeDue(event.nowMs);
    else builder.onTick(event.timeMs, event.bid, event.ask);
  }
}

function run(options: CandleBuilderOptions, events: readonly FeedEvent[]): { closed: Candle[]; builder: CandleBuilder } {
  const closed: Candle[] = [];
  const builder = new CandleBuilder(options, (candle) => closed.push(candle));
  feed(builder, events);
  builder.flush();
  return { closed, builder };
}

/** How far time goes on: mostly seconds, often to a boundary exactly, sometimes over a silence of hours or days. */
const advance = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 20_000 }).map((ms) => (now: number) => now + ms) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(60_000, 300_000, 900_000).map((span) => (now: number) => Math.ceil((now + 1) / span) * span),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(60_000, 3_600_000).map((span) => (now: number) => Math.ceil((now + 2) / span) * span - 1),
  },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 7_200_000 }).map((ms) => (now: number) => now + ms) },
  { weight: 1, arbitrary: fc.constantFrom(14_400_000, 86_400_000, 172_800_000).map((ms) => (now: number) => now + ms) },
);
const fault = fc.oneof(
  { weight: 30, arbitrary: fc.constant('none' as const) },
  { weight: 2, arbitrary: fc.constantFrom('duplicate', 'spike', 'shift', 'late') },
  { weight: 1, arbitrary: fc.constantFrom('crossed', 'zero', 'negative', 'nan', 'infinite', 'noTime') },
  { weight: 2, arbitrary: fc.constant('disordered' as const) },
  { weight: 2, arbitrary: fc.constant('clock' as const) },
);
const step = fc.record({
  advance,
  fault,
  move: fc.integer({ min: -40, max: 40 }),
  spread: fc.integer({ min: 0, max: 30 }),
  back: fc.integer({ min: 1, max: 90_000 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(steps: readonly Step[]): FeedEvent[] {
  const events: FeedEvent[] = [];
  let now = START;
  let bid = 100_000;
  const quote = (timeMs: number, points: number, spread: number): void => {
    events.push({ kind: 'tick', timeMs, bid: points / 100_000, ask: (points + spread) / 100_000 });
  };
  for (const { advance: onwards, fault: kind, move, spread, back } of steps) {
    now = onwards(now);
    bid += move;
    const last = events.findLast((event) => event.kind === 'tick');
    if (kind === 'clock') events.push({ kind: 'clock', nowMs: now + (back % 1_200) });
    else if (kind === 'duplicate' && last) events.push(last);
    else if (kind === 'disordered') quote(now - (back % 3_000), bid, spread);
    else if (kind === 'late') quote(now - back, bid, spread);
    else if (kind === 'spike') quote(now, Math.round(bid * (move > 0 ? 1.03 : 0.97)), spread);
    else if (kind === 'shift') {
      bid = Math.round(bid * (move > 0 ? 1.05 : 0.96));
      for (let at = 0; at < 1 + (back % 5); at++) quote(now + at * 700, bid + at, spread);
    } else if (kind === 'crossed') quote(now, bid, -1 - spread);
    else if (kind === 'zero') quote(now, 0, spread);
    else if (kind === 'negative') quote(now, -bid, spread);
    else if (kind === 'nan') quote(now, Number.NaN, spread);
    else if (kind === 'infinite') quote(now, bid, Number.POSITIVE_INFINITY);
    else if (kind === 'noTime') quote(Number.NaN, bid, spread);
    else quote(now, bid, spread);
  }
  return events;
}

const feeds = fc.array(step, { maxLength: 150, size: 'max' }).map(play);
const someTimeframes = fc.subarray([...TIMEFRAMES], { minLength: 1 });
const SIDES: Record<PriceSide, (quote: { bid: number; ask: number }) => number> = {
  bid: ({ bid }) => bid,
  ask: ({ ask }) => ask,
  mid: ({ bid, ask }) => (bid + ask) / 2,
};
const sides = fc.constantFrom<PriceSide>('bid', 'ask', 'mid');

test('any feed with gaps, boundaries, clock closes and every fault gives the candles and counts of the brute-force builder', () => {
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(feeds, someTimeframes, sides, (events, timeframes, price) => {
      const { closed, builder } = run({ symbol: 'EURUSD', timeframes, price }, events);
      const brute = bruteCandles('EURUSD', timeframes, events, SIDES[price]);
      const { ticks, bars, absurd, ...counts } = builder.counts;
      assert.deepEqual({ ...counts, ...absurd }, brute.counts);
      assert.equal(ticks, events.filter(({ kind }) => kind === 'tick').length);
      assert.equal(bars, 0);
      assert.deepEqual(comparable(closed), comparable(brute.closed));
      assert.deepEqual(comparable(builder.unfinished()), comparable(brute.unfinished));
      for (const [kind, count] of Object.entries(brute.counts)) seen[kind] = (seen[kind] ?? 0) + count;
    }),
    { numRuns: RUNS },
  );
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    `every kind occurred: ${JSON.stringify(seen)}`,
  );
});

test('the minutes built from ticks, fed as bars, give the coarser candles that the ticks give', () => {
  fc.assert(
    fc.property(feeds, sides, (events, price) => {
      const ticks = events.filter(({ kind }) => kind === 'tick');
      const fromTicks = run({ symbol: 'EURUSD', price }, ticks);
      const all = [...fromTicks.closed, ...fromTicks.builder.unfinished()];
      const fromBars: Candle[] = [];
      const builder = new CandleBuilder({ symbol: 'EURUSD' }, (candle) => fromBars.push(candle));
      for (const minute of all.filter(({ timeframe }) => timeframe === 'M1')) {
        assert.equal(builder.onBar({ ...minute, timeMs: minute.time, spanMs: 60_000 }), 'accepted');
      }
      const byStart = (candles: readonly Candle[]): Candle[] =>
        candles.toSorted((a, b) => TIMEFRAMES.indexOf(a.timeframe) - TIMEFRAMES.indexOf(b.timeframe) || a.time - b.time);
      assert.deepEqual(comparable(byStart([...fromBars, ...builder.unfinished()])), comparable(byStart(all)));
    }),
    { numRuns: RUNS / 2 },
  );
});

test('a builder restored from its snapshot, through JSON, at any point goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(feeds, fc.nat(), sides, (events, cut, price) => {
      const whole = run({ symbol: 'EURUSD', price }, events);
      const at = cut % (events.length + 1);
      const closed: Candle[] = [];
      const first = new CandleBuilder({ symbol: 'EURUSD', price }, (candle) => closed.push(candle));
      feed(first, events.slice(0, at));
      const second = new CandleBuilder({ symbol: 'EURUSD', price }, (candle) => closed.push(candle));
      second.restore(JSON.parse(JSON.stringify(first.snapshot())));
      feed(second, events.slice(at));
      second.flush();
      assert.deepEqual(closed, whole.closed);
      assert.deepEqual(second.unfinished(), whole.builder.unfinished());
      assert.deepEqual(second.counts, whole.builder.counts);
    }),
    { numRuns: RUNS },
  );
});

const minute = (text: string): number => Date.parse(`2024-01-09T${text}Z`);

test('the clock closes a candle 500 ms after its end and no sooner, and a straggler then changes nothing', () => {
  const closed: Candle[] = [];
  const builder = new CandleBuilder({ symbol: 'EURUSD' }, (candle) => closed.push(candle));
  assert.equal(builder.nextDueMs(), undefined);
  builder.onTick(minute('10:04:10'), 1.1, 1.2);
  assert.equal(builder.nextDueMs(), minute('10:05:00.500'));
  builder.closeDue(minute('10:05:00.499'));
  assert.deepEqual(closed, []);
  builder.closeDue(minute('10:05:00.500'));
  assert.deepEqual(
    closed.map(({ timeframe, time }) => [timeframe, time]),
    [
      ['M1', minute('10:04:00')],
      ['M5', minute('10:00:00')],
    ],
  );
  assert.equal(builder.onTick(minute('10:04:59.999'), 1.3, 1.4), 'late');
  assert.equal(builder.onTick(minute('10:05:00'), 1.1, 1.2), 'accepted');
  assert.deepEqual(
    builder.unfinished().map(({ timeframe, volume, high }) => [timeframe, volume, high]),
    [
      ['M1', 1, 1.1],
      ['M5', 1, 1.1],
      ['M15', 2, 1.1],
      ['H1', 2, 1.1],
      ['H4', 2, 1.1],
      ['D1', 2, 1.1],
    ],
  );
});

test('at midnight all six close in the order M1, M5, M15, H1, H4, D1', () => {
  const { closed } = run({ symbol: 'EURUSD' }, [
    { kind: 'tick', timeMs: minute('23:59:59.999'), bid: 1.1, ask: 1.1 },
    { kind: 'tick', timeMs: minute('24:00:00.000'), bid: 1.1, ask: 1.1 },
  ]);
  assert.deepEqual(
    closed.map(({ timeframe }) => timeframe),
    TIMEFRAMES,
  );
});

test('a bar closes the coarser candle that ends with it, at once', () => {
  const closed: [Timeframe, number][] = [];
  const builder = new CandleBuilder({ symbol: 'EURUSD' }, ({ timeframe, volume }) => closed.push([timeframe, volume]));
  const bar = { spanMs: 60_000, open: 1.1, high: 1.2, low: 1, close: 1.1, volume: 7, spread: 0.0001 };
  for (const text of ['10:12:00', '10:13:00', '10:14:00']) builder.onBar({ ...bar, timeMs: minute(text) });
  assert.deepEqual(closed, [
    ['M1', 7],
    ['M1', 7],
    ['M1', 7],
    ['M5', 21],
    ['M15', 21],
  ]);
});

test('a bar that came before, or for a minute that ticks have begun or closed, changes nothing; a false one is counted', () => {
  const builder = new CandleBuilder({ symbol: 'EURUSD' }, () => {});
  const bar = { timeMs: minute('10:12:00'), spanMs: 60_000, open: 1.1, high: 1.2, low: 1, close: 1.1, volume: 7, spread: 0 };
  assert.equal(builder.onBar(bar), 'accepted');
  assert.equal(builder.onBar(bar), 'duplicate');
  assert.equal(builder.onBar({ ...bar, timeMs: minute('10:11:00') }), 'late');
  assert.equal(builder.onTick(minute('10:12:30'), 1.1, 1.1), 'late');
  assert.equal(builder.onTick(minute('10:14:30'), 1.1, 1.1), 'accepted');
  assert.equal(builder.onBar({ ...bar, timeMs: minute('10:13:00') }), 'duplicate');
  assert.equal(builder.onBar({ ...bar, timeMs: minute('10:14:00') }), 'late');
  const before = builder.unfinished();
  const later = { ...bar, timeMs: minute('10:15:00') };
  assert.equal(builder.onBar({ ...later, high: 1.05 }), 'crossed');
  assert.equal(builder.onBar({ ...later, low: 1.15 }), 'crossed');
  assert.equal(builder.onBar({ ...later, low: -1 }), 'negative');
  assert.equal(builder.onBar({ ...later, close: Number.NaN }), 'notANumber');
  assert.deepEqual(builder.unfinished(), before);
  const { bars, late, duplicate, absurd } = builder.counts;
  assert.deepEqual(
    { bars, late, duplicate, absurd },
    { bars: 9, late: 3, duplicate: 2, absurd: { notANumber: 1, negative: 1, crossed: 2, jump: 0 } },
  );
});

test('a builder made of bars goes on with the minute in progress of another, also over the end of longer candles that no bar has reached', () => {
  const M = 60_000;
  const started = Date.UTC(2026, 0, 6, 7);
  const closed: string[] = [];
  const made = new CandleBuilder({ symbol: 'EURUSD' }, ({ timeframe, time, volume }) =>
    closed.push(`${timeframe} ${(time - started) / M} ${volume}`),
  );
  for (const minute of [0, 1, 2])
    made.onBar({ timeMs: started + minute * M, spanMs: M, open: 1.1, high: 1.1, low: 1.1, close: 1.1, volume: 10, spread: 0 });
  const own = new CandleBuilder({ symbol: 'EURUSD' }, () => {});
  // Nothing was quoted in minutes 3 and 4.
  own.onTick(started + 5 * M, 1.1, 1.1001);
  own.onTick(started + 5 * M + 1, 1.1002, 1.1003);
  made.goOnWith(own.snapshot());
  made.closeDue(started + 11 * M);
  assert.deepEqual(closed, ['M1 0 10', 'M1 1 10', 'M1 2 10', 'M5 0 30', 'M1 5 2', 'M5 5 2']);
});

test('a minute in progress that was closed by a bar is not gone on with, and its quotes are late', () => {
  const started = Date.UTC(2026, 0, 6, 7);
  const closed: number[] = [];
  const made = new CandleBuilder({ symbol: 'EURUSD', timeframes: ['M1'] }, ({ volume }) => closed.push(volume));
  made.onBar({ timeMs: started, spanMs: 60_000, open: 1.1, high: 1.1, low: 1.1, close: 1.1, volume: 10, spread: 0 });
  const own = new CandleBuilder({ symbol: 'EURUSD' }, () => {});
  own.onTick(started + 1, 1.1, 1.1001);
  made.goOnWith(own.snapshot());
  assert.equal(made.onTick(started + 2, 1.2, 1.2001), 'late');
  made.closeDue(started + 180_000);
  assert.deepEqual(closed, [10]);
});
