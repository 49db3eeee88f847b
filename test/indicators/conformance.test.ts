import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CandleInput, IndicatorDefinition } from '../../src/indicators/indicator.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { seededRandom } from '../../src/runtime/random.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';
import { stream } from '../support/stream.js';

const seed = freshSeed();
const paths = Object.entries(PRICE_PATHS).map(([name, path]) => [name, path(500, seed)] as const);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes put on the heap per update, garbage included: nothing is collected between the two looks unless there was much. The
 * least of several rounds, because the compiler's own work lands on the same heap now and then.
 */
function heapPerUpdate(definition: IndicatorDefinition, candles: readonly CandleInput[], updates: number): number {
  const indicator = definition.create();
  const run = (count: number): void => {
    for (let at = 0; at < count; at++) indicator.update(candles[at % candles.length] as CandleInput);
  };
  run(50_000);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run(updates);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / updates);
  }
  return least;
}

for (const definition of CATALOGUE) {
  const names = definition.columns.map(({ name }) => name).join(' ');

  test(`${names}: ready exactly at warm-up, and finite from there on, seed ${seed}`, () => {
    for (const [path, candles] of paths) {
      stream(definition.create(), candles).forEach((row, at) => {
        definition.columns.forEach(({ name, warmup }, place) => {
          const value = row[place] as number;
          if (at + 1 < warmup) assert.ok(Number.isNaN(value), `${name} is ${value} at candle ${at + 1} of ${path}`);
          else assert.ok(Number.isFinite(value), `${name} is ${value} at candle ${at + 1} of ${path}`);
        });
      });
    }
  });

  test(`${names}: a restored snapshot goes on bit for bit, whichever candle it was taken at, seed ${seed}`, () => {
    for (const [, candles] of paths) {
      const original = definition.create();
      const cuts = new Set(Array.from({ length: 12 }, (_, at) => seededRandom(`${seed}/${at}`).int(400)));
      candles.forEach((candle, at) => {
        if (cuts.has(at)) {
          const restored = definition.create();
          stream(restored, candles.slice(0, 7));
          restored.restore(original.snapshot());
          assert.deepEqual(restored.snapshot(), original.snapshot());
          const onward = definition.create();
          onward.restore(original.snapshot());
          assert.deepEqual(stream(restored, candles.slice(at)), stream(onward, candles.slice(at)));
          assert.deepEqual(restored.values, lastValues(definition, candles));
        }
        original.update(candle);
      });
    }
  });

  test(`${names}: a reset indicator is as a fresh one`, () => {
    for (const [, candles] of paths) {
      const used = definition.create();
      stream(used, candles.slice(100, 357));
      used.reset();
      assert.deepEqual(used.snapshot(), definition.create().snapshot());
      assert.deepEqual(stream(used, candles), stream(definition.create(), candles));
    }
  });

  test(`${names}: later candles and other instances never change earlier values`, () => {
    const [first, second] = [paths[0]?.[1] ?? [], paths[8]?.[1] ?? []];
    const alone = stream(definition.create(), first.slice(0, 250));
    const beside = definition.create();
    const other = definition.create();
    const rows = [...first.slice(0, 250), ...second.slice(250)].map((candle, at) => {
      other.update(second[at] as CandleInput);
      beside.update(candle);
      return [...beside.values];
    });
    assert.deepEqual(rows.slice(0, 250), alone);
  });

  test(`${names}: an update puts nothing on the heap once warm`, () => {
    const candles = paths[0]?.[1] ?? [];
    const bytes = heapPerUpdate(definition, candles, proofCount(1_000_000));
    assert.ok(bytes < 1, `${bytes.toFixed(2)} bytes per update`);
  });
}

function lastValues(definition: IndicatorDefinition, candles: readonly CandleInput[]): Float64Array {
  const indicator = definition.create();
  for (const candle of candles) indicator.update(candle);
  return indicator.values;
}

test('a state of another length is refused', () => {
  const [first] = CATALOGUE;
  assert.throws(() => first?.create().restore(new Float64Array(3)), /3 numbers/);
});
