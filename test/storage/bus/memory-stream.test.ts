import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { MemoryStream } from '../../../src/storage/bus/memory-stream.js';

test('the ids that a stream remembers are bounded, as its bytes are: the oldest is forgotten first', () => {
  const spec = { maxAgeMs: 1_000_000, maxBytes: 10_000, atBound: 'oldest', holds: 'anything' } as const;
  const stream = new MemoryStream('CANDLES', spec, 1_000_000, new SteppedClock(0));
  const most = Math.floor(LIMITS.bus.memoryBytes / 200);
  const bytes = Buffer.of(1);
  for (let at = 0; at <= most; at++) stream.keep('market.candle.EURUSD.M1', `id-${at}`, bytes);
  assert.equal(stream.keep('market.candle.EURUSD.M1', 'id-1', bytes).duplicate, true);
  assert.equal(stream.keep('market.candle.EURUSD.M1', 'id-0', bytes).duplicate, false);
});
