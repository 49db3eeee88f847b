import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IndicatorDefinition } from '../../../src/indicators/indicator.js';
import { loneStream } from '../../../src/indicators/candle-stream.js';
import { returnShape } from '../../../src/indicators/price/return-shape.js';
import { zscore } from '../../../src/indicators/price/zscore.js';
import { proofCount } from '../../support/price-paths.js';

/** Closes a hair apart, and jumps of a million times between them. */
const close = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(1, 1 + 2 ** -52, 1 + 2 ** -51) },
  { weight: 1, arbitrary: fc.constantFrom(1e-6, 1e6, 1.5) },
);

const COUNT = 20;
/** How far any numbers of this count can be from their mean, in standard deviations, and what follows for the moments. */
const FARTHEST = Math.sqrt(COUNT - 1);
const SKEWEST = (COUNT - 2) / FARTHEST;
const MOST_TAILED = (COUNT * COUNT - 3 * COUNT + 3) / (COUNT - 1) - 3;

function staysWithin(definition: IndicatorDefinition, bounds: readonly (readonly [number, number])[]): void {
  fc.assert(
    fc.property(fc.array(close, { minLength: COUNT + 1, maxLength: 120 }), (closes) => {
      const indicator = definition.create(loneStream('EURUSD', 'M1'));
      closes.forEach((price, at) => {
        indicator.update({ time: at * 60_000, open: price, high: price, low: price, close: price, volume: 1 });
        if (at < COUNT) return;
        bounds.forEach(([least, most], place) => {
          const value = indicator.values[place] as number;
          assert.ok(value >= least - 1e-9 && value <= most + 1e-9, `${definition.columns[place]?.name} is ${value}`);
        });
      });
    }),
    { numRuns: proofCount(20_000) },
  );
}

test('zscore_20 stays within what 20 numbers can be from their mean, whatever jumped before', () => {
  staysWithin(zscore(COUNT), [[-FARTHEST, FARTHEST]]);
});

test('skew_20, kurtosis_20 and autocorr_20 stay within what they can be of 20 numbers, whatever jumped before', () => {
  staysWithin(returnShape(COUNT), [
    [-SKEWEST, SKEWEST],
    [-2, MOST_TAILED],
    [-1, 1],
  ]);
});
