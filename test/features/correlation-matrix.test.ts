import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PairCorrelation } from '../../src/features/correlation.js';
import { CorrelationMatrix, type CorrelationRow } from '../../src/features/correlation-matrix.js';
import { LATE_CANDLES } from '../../src/features/recent-closes.js';
import { seededRandom } from '../../src/runtime/random.js';
import { proofCount } from '../support/price-paths.js';

const SYMBOLS = ['EURUSD', 'GBPUSD', 'USDJPY'];
const SPAN = 300_000;

interface Close {
  readonly symbol: string;
  readonly time: number;
  readonly close: number;
}

/** Candles of all symbols, each of them missing some. */
function closesOf(count: number, seed: number): Close[] {
  const random = seededRandom(seed);
  const prices = SYMBOLS.map(() => 1);
  const closes: Close[] = [];
  for (let at = 0; at < count; at++) {
    SYMBOLS.forEach((symbol, place) => {
      prices[place] = (prices[place] as number) * Math.exp(1e-4 * random.normal());
      if (!random.chance(0.1)) closes.push({ symbol, time: at * SPAN, close: prices[place] as number });
    });
  }
  return closes;
}

function rowsOf(closes: readonly Close[], matrix = new CorrelationMatrix(SYMBOLS, 'M5')): CorrelationRow[] {
  const rows: CorrelationRow[] = [];
  for (const { symbol, time, close } of closes) assert.ok(matrix.post(symbol, time, close, (row) => rows.push(row)));
  return rows;
}

const keyOf = ({ time, a, b, window }: CorrelationRow): string => [String(time).padStart(12), a, b, window].join(' ');
const sorted = (rows: readonly CorrelationRow[]): CorrelationRow[] =>
  [...rows].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));

test('a row is that of the closes of candles both have, matched by start', () => {
  const closes = closesOf(220, 1);
  const rows = rowsOf(closes);
  for (const [a, b] of [
    ['EURUSD', 'GBPUSD'],
    ['EURUSD', 'USDJPY'],
    ['GBPUSD', 'USDJPY'],
  ] as const) {
    const pair = new PairCorrelation();
    const wanted: CorrelationRow[] = [];
    for (const { time, close } of closes.filter(({ symbol }) => symbol === a)) {
      const other = closes.find((each) => each.symbol === b && each.time === time);
      if (other === undefined) continue;
      pair.update(close, other.close);
      for (const { ready, period, lag, vector, persistence } of pair.windows) {
        if (!ready) continue;
        const correlation = vector[30 + lag] as number;
        wanted.push({ time, a, b, timeframe: 'M5', window: period, lag, correlation, persistence, vector: vector.slice() });
      }
    }
    assert.ok(wanted.length > 100);
    assert.deepEqual(
      rows.filter((row) => row.a === a && row.b === b),
      wanted,
    );
  }
});

test('the rows are the same in whatever order the symbols close, as long as none is late by more than is kept', () => {
  const closes = closesOf(120, 2);
  const rows = sorted(rowsOf(closes));
  assert.ok(rows.length > 150);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: (LATE_CANDLES - 2) * SPAN }), { minLength: 3, maxLength: 3 }), fc.nat(), (lates, by) => {
      const random = seededRandom(by);
      // Each symbol's own candles stay in order: the jitter is less than a span.
      const arrival = closes.map(({ symbol, time }) => time + (lates[SYMBOLS.indexOf(symbol)] as number) + random.int(SPAN));
      const order = closes.map((_, at) => at).sort((left, right) => (arrival[left] as number) - (arrival[right] as number));
      assert.deepEqual(sorted(rowsOf(order.map((at) => closes[at] as Close))), rows);
    }),
    { numRuns: proofCount(100) },
  );
});

test('what comes later changes no row that was given', () => {
  const closes = closesOf(150, 3);
  const cut = closes.findIndex(({ time }) => time === 100 * SPAN);
  const early = rowsOf(closes.slice(0, cut));
  const copies = structuredClone(early);
  const matrix = new CorrelationMatrix(SYMBOLS, 'M5');
  const all = rowsOf(closes.slice(0, cut), matrix).concat(rowsOf(closes.slice(cut), matrix));
  assert.deepEqual(all.slice(0, early.length), copies);
});

test('a candle that comes later than is kept is left out, and the pair goes on', () => {
  const matrix = new CorrelationMatrix(['EURUSD', 'GBPUSD'], 'H1');
  const given: number[] = [];
  const post = (symbol: string, at: number): void => {
    matrix.post(symbol, at * SPAN, 1 + (((at * 7_919) % 101) + symbol.charCodeAt(0)) * 1e-5, ({ time }) =>
      given.push(time / SPAN),
    );
  };
  for (let at = 0; at < 60; at++) for (const symbol of matrix.symbols) post(symbol, at);
  const before = given.length;
  for (let at = 60; at < 60 + LATE_CANDLES + 5; at++) post('EURUSD', at);
  for (let at = 60; at < 60 + LATE_CANDLES + 5; at++) post('GBPUSD', at);
  const late = new Set(given.slice(before));
  assert.deepEqual(
    [...late],
    Array.from({ length: LATE_CANDLES }, (_, at) => 65 + at),
  );
});

test('a candle told again, one before the newest, and one of another symbol are refused', () => {
  const matrix = new CorrelationMatrix(SYMBOLS, 'M5');
  const post = (symbol: string, time: number): boolean => matrix.post(symbol, time, 1, () => assert.fail('a row'));
  assert.deepEqual(
    [post('EURUSD', SPAN), post('EURUSD', SPAN), post('EURUSD', 0), post('XAUUSD', SPAN)],
    [true, false, false, false],
  );
});

test('a restored matrix goes on bit for bit, candles that wait for their other among what is kept', () => {
  const closes = closesOf(160, 4);
  const cut = closes.length - 61;
  const original = new CorrelationMatrix(SYMBOLS, 'M5');
  rowsOf(closes.slice(0, cut), original);
  const restored = new CorrelationMatrix(SYMBOLS, 'M5');
  restored.restore(structuredClone(original.snapshot()));
  assert.deepEqual(rowsOf(closes.slice(cut), restored), rowsOf(closes.slice(cut), original));
  assert.deepEqual(restored.snapshot(), original.snapshot());
  assert.throws(() => new CorrelationMatrix(SYMBOLS, 'H1').restore(original.snapshot()), /other symbols/);
});
