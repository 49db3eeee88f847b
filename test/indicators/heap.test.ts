/**
 * In a process of its own, and warmed up as the engine is, by the whole catalogue in one set: which functions the compiler
 * makes one of, and so which numbers lie on the heap between them, depends on what else has run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CandleInput, IndicatorDefinition } from '../../src/indicators/indicator.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { PRICE_PATHS } from '../support/price-paths.js';
import { streamOf } from '../support/stream.js';

const candles = PRICE_PATHS['a random walk']?.(500, 1) ?? [];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes put on the heap per update, garbage included: nothing is collected between the two looks unless there was much. Several
 * rounds until one shows none: the compiler's own work lands on the same heap, and on a busy machine it is late.
 */
function heapPerUpdate(definition: IndicatorDefinition, updates: number): number {
  const set = new IndicatorSet([definition], streamOf(candles));
  const run = (count: number): void => {
    for (let at = 0; at < count; at++) set.update(candles[at % candles.length] as CandleInput);
  };
  run(50_000);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 25 && least >= 1; round++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run(updates);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / updates);
  }
  return least;
}

const whole = new IndicatorSet(CATALOGUE, streamOf(candles));
for (let at = 0; at < 400_000; at++) whole.update(candles[at % candles.length] as CandleInput);

for (const definition of CATALOGUE) {
  const names = definition.columns.map(({ name }) => name).join(' ');

  test(`${names}: an update puts nothing on the heap once warm`, () => {
    const bytes = heapPerUpdate(definition, 1_000_000);
    assert.ok(bytes < 1, `${bytes.toFixed(2)} bytes per update`);
  });
}
