/**
 * In a file, and so in a process, of its own: candles of many shapes, as other tests make them, would have the engine box what
 * it reads of them, and that would be counted here as if indicators did it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CandleInput, IndicatorDefinition } from '../../src/indicators/indicator.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { PRICE_PATHS, proofCount } from '../support/price-paths.js';
import { fresh } from '../support/stream.js';

const candles = PRICE_PATHS['a random walk']?.(500, 1) ?? [];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes put on the heap per update, garbage included: nothing is collected between the two looks unless there was much. The
 * least of several rounds, because the compiler's own work lands on the same heap now and then; of more where that is not yet
 * nothing, because on a busy machine the compiler is late.
 */
function heapPerUpdate(definition: IndicatorDefinition, updates: number): number {
  const indicator = fresh(definition, candles);
  const run = (count: number): void => {
    for (let at = 0; at < count; at++) indicator.update(candles[at % candles.length] as CandleInput);
  };
  run(50_000);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 25 && (round < 5 || least >= 1); round++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run(updates);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / updates);
  }
  return least;
}

for (const definition of CATALOGUE) {
  const names = definition.columns.map(({ name }) => name).join(' ');

  test(`${names}: an update puts nothing on the heap once warm`, () => {
    const bytes = heapPerUpdate(definition, proofCount(1_000_000));
    assert.ok(bytes < 1, `${bytes.toFixed(2)} bytes per update`);
  });
}
