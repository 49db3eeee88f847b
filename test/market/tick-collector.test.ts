import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TickBatch } from '../../src/market/tick.js';
import { TickCollector } from '../../src/market/tick-collector.js';

type Quote = readonly [symbol: string, timeMs: number, bid: number, ask: number];

function taken(collector: TickCollector): TickBatch[] {
  const batches: TickBatch[] = [];
  collector.take((batch) => batches.push(batch));
  return batches;
}

function quotesOf({ symbol, count, timesMs, bids, asks }: TickBatch): Quote[] {
  return Array.from({ length: count }, (_, at) => [symbol, timesMs[at], bids[at], asks[at]] as Quote);
}

test('each take gives one batch for each symbol with ticks since the last, in the order in which they came', () => {
  const quote = fc.tuple(fc.constantFrom('EURUSD', 'USDJPY', 'XAUUSD'), fc.integer(), fc.double(), fc.double());
  fc.assert(
    fc.property(fc.array(fc.array(quote, { maxLength: 300, size: 'max' }), { maxLength: 4 }), (rounds) => {
      const collector = new TickCollector();
      for (const round of rounds) {
        for (const one of round) collector.add(...one);
        const batches = taken(collector);
        assert.equal(new Set(batches.map(({ symbol }) => symbol)).size, batches.length);
        for (const batch of batches) {
          assert.ok(batch.count > 0);
          for (const column of [batch.timesMs, batch.bids, batch.asks]) assert.equal(column.length, batch.count);
          assert.deepEqual(
            quotesOf(batch),
            round.filter(([symbol]) => symbol === batch.symbol),
          );
        }
        assert.equal(
          batches.reduce((sum, { count }) => sum + count, 0),
          round.length,
        );
      }
    }),
    { numRuns: process.env.SUHO_PROOF ? 500 : 50 },
  );
});

test('a batch that was taken is its taker’s: ticks that come later do not change it', () => {
  const collector = new TickCollector();
  for (let at = 0; at < 100; at++) collector.add('EURUSD', at, at + 0.25, at + 0.5);
  const [batch] = taken(collector);
  assert.ok(batch);
  const before = quotesOf(batch);
  for (let at = 0; at < 100; at++) collector.add('EURUSD', -1, -1, -1);
  assert.deepEqual(quotesOf(batch), before);
  assert.deepEqual(
    before,
    Array.from({ length: 100 }, (_, at) => ['EURUSD', at, at + 0.25, at + 0.5]),
  );
  assert.equal(taken(collector)[0]?.count, 100);
  assert.deepEqual(taken(collector), []);
});
