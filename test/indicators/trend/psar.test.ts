/** Long paths begin but once: here are many beginnings, on prices so coarse that candles often reach equally far both ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CandleInput } from '../../../src/indicators/indicator.js';
import { psar } from '../../../src/indicators/trend/psar.js';
import { withoutTaLib } from '../../support/libraries/libraries.js';
import { TREND_LIBRARIES } from '../../support/libraries/trend.js';
import { proofCount } from '../../support/price-paths.js';
import { trendReference } from '../../support/reference/trend.js';
import { columnOf, fresh, stream } from '../../support/stream.js';

const price = fc.integer({ min: 100, max: 106 });
const candle: fc.Arbitrary<CandleInput> = fc.tuple(price, price).map(([one, other]) => {
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  return { time: 0, open: one, high, low, close: other, volume: 1 };
});
const beginnings = fc.array(candle, { minLength: 2, maxLength: 12 });
const streamed = (candles: readonly CandleInput[]): number[] => columnOf(stream(fresh(psar(0.02, 0.2), candles), candles), 0);

test('however the prices begin, the stop is where its definition has it', () => {
  fc.assert(
    fc.property(beginnings, (candles) => assert.deepEqual(streamed(candles), trendReference(candles).psar)),
    { numRuns: proofCount(5_000) },
  );
});

test("however the prices begin, the stop is where TA-Lib's is, to the last bit", { skip: withoutTaLib }, async () => {
  await fc.assert(
    fc.asyncProperty(beginnings, async (candles) => {
      assert.deepEqual(streamed(candles), await TREND_LIBRARIES.psar?.run(candles));
    }),
    { numRuns: proofCount(5_000) },
  );
});
