import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddingOf, embeddingText } from '../../src/signals/lineage-embedding.js';
import { tradeResult } from '../../src/patterns/trade-result.js';
import { CLOSE_TIME, closedTrade, executedSignal } from '../support/learned-trades.js';

const signal = executedSignal('a', CLOSE_TIME);

test('a pattern has won from ten pips on, whatever the rounding of prices, and of the price alone', () => {
  for (const [pips, won] of [
    [10, true],
    [9.9, false],
    [10.1, true],
    [-10, false],
    [0, false],
  ] as const) {
    for (const direction of ['BUY', 'SELL'] as const) {
      const result = tradeResult(
        closedTrade({ ...signal, direction, stopLoss: direction === 'BUY' ? 1.098 : 1.102 }, pips, 5, -50),
      );
      assert.deepEqual([result?.won, result?.pips, result?.atMs], [won, pips, 5], `${direction} ${pips}`);
    }
  }
});

test('what was risked is what the stop would have lost, and costs take of it', () => {
  // The stop is 20 pips away: 20 of profit money; 30 pips bring 30.
  const near = (actual: number | undefined, expected: number): void =>
    assert.ok(Math.abs((actual ?? 9) - expected) < 1e-9, `${actual}`);
  near(tradeResult(closedTrade(signal, 30, 5))?.risked, 1.5);
  near(tradeResult(closedTrade(signal, -20, 5))?.risked, -1);
  near(tradeResult(closedTrade(signal, 30, 5, -10))?.risked, 1);
  near(tradeResult(closedTrade(signal, -20, 5, -10))?.risked, -1.5);
  near(tradeResult(closedTrade(signal, 4, 5, -10))?.risked, -0.3);
});

test('a trade of which only one end is known tells nothing', () => {
  const { signal: row, deals } = closedTrade(signal, 30, 5);
  assert.equal(tradeResult({ signal: row, deals: deals.slice(1) }), undefined);
  assert.equal(tradeResult({ signal: row, deals: deals.slice(0, 1) }), undefined);
});

test('an embedding comes back out of a lineage bit for bit, and nothing else comes back as one', () => {
  const vector = Float32Array.from({ length: 128 }, (_, at) => Math.sin(at) / 3);
  const kept = embeddingOf(JSON.stringify({ regime: 'VOLATILE', embedding: embeddingText(vector), embedder: 'cnn-m1' }));
  assert.deepEqual(kept, { vector, type: 'cnn-m1', regime: 'VOLATILE' });
  // As another machine of another byte order reads it.
  assert.equal(Buffer.from(embeddingText(Float32Array.of(1)), 'base64').toString('hex'), '0000803f');
  assert.deepEqual(embeddingOf(JSON.stringify({ regime: 'no such', embedding: embeddingText(vector) })), {
    vector,
    type: '',
    regime: '',
  });
  for (const lineage of [null, 'no JSON', '7', 'null', '{}', '{"embedding":7}', '{"embedding":"AAAA"}'])
    assert.equal(embeddingOf(lineage), undefined);
});
