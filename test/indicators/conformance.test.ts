import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CandleInput, Column, IndicatorDefinition, Warmup } from '../../src/indicators/indicator.js';
import { loneStream } from '../../src/indicators/candle-stream.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { seededRandom } from '../../src/runtime/random.js';
import { assertSameColumn } from '../support/column-tolerance.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';
import { columnOf, fresh, stream } from '../support/stream.js';

const seed = freshSeed();
const paths = Object.entries(PRICE_PATHS).map(([name, path]) => [name, path(500, seed)] as const);

/** Where an error dies out as fast as the averages forget: prices that move, and neither jump nor stand. */
const WALKS = ['a random walk', 'huge prices', 'tiny prices', 'hours with weekends', 'days'];

/** From which candle of a cold start the column must agree; never, where it says so or depends on when it turns. */
function settledAfter(column: Column, candles: readonly CandleInput[]): number {
  const settles = column.settles ?? column.warmup;
  if (settles === 'never' || settles === 'turn') return Number.POSITIVE_INFINITY;
  if (settles !== 'day') return settles;
  const dayOf = ({ time }: CandleInput): number => Math.floor(time / 86_400_000);
  const next = candles.findIndex((candle) => dayOf(candle) !== dayOf(candles[0] as CandleInput));
  const settled = column.warmup === 'day' ? warmupOn(candles.slice(next), 'day') - 1 + next : next;
  return next < 0 ? Number.POSITIVE_INFINITY : settled;
}

/** The number of candles after which a column with this warm-up has a value on these candles. */
function warmupOn(candles: readonly CandleInput[], warmup: Warmup): number {
  if (warmup !== 'day') return warmup;
  const spanMs = (candles[1]?.time ?? 0) - (candles[0]?.time ?? 0);
  const dayOf = (candle: CandleInput): number => Math.floor(candle.time / 86_400_000);
  let count = 0;
  for (const [at, candle] of candles.entries()) {
    const before = candles[at - 1];
    if (before !== undefined && dayOf(before) !== dayOf(candle)) {
      if (count * spanMs >= 12 * 3_600_000) return at + 1;
      count = 0;
    }
    count += 1;
  }
  return Number.POSITIVE_INFINITY;
}

for (const definition of CATALOGUE) {
  const names = definition.columns.map(({ name }) => name).join(' ');

  test(`${names}: ready exactly at warm-up, and finite from there on, seed ${seed}`, () => {
    for (const [path, candles] of paths) {
      stream(fresh(definition, candles), candles).forEach((row, at) => {
        definition.columns.forEach(({ name, warmup }, place) => {
          const value = row[place] as number;
          if (at + 1 < warmupOn(candles, warmup))
            assert.ok(Number.isNaN(value), `${name} is ${value} at candle ${at + 1} of ${path}`);
          else assert.ok(Number.isFinite(value), `${name} is ${value} at candle ${at + 1} of ${path}`);
        });
      });
    }
  });

  test(`${names}: a restored snapshot goes on bit for bit, whichever candle it was taken at, seed ${seed}`, () => {
    for (const [, candles] of paths) {
      const original = fresh(definition, candles);
      const cuts = new Set(Array.from({ length: 12 }, (_, at) => seededRandom(`${seed}/${at}`).int(400)));
      candles.forEach((candle, at) => {
        if (cuts.has(at)) {
          const restored = fresh(definition, candles);
          stream(restored, candles.slice(0, 7));
          restored.restore(original.snapshot());
          assert.deepEqual(restored.snapshot(), original.snapshot());
          const onward = fresh(definition, candles);
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
      const used = fresh(definition, candles);
      stream(used, candles.slice(100, 357));
      used.reset();
      assert.deepEqual(used.snapshot(), fresh(definition, candles).snapshot());
      assert.deepEqual(stream(used, candles), stream(fresh(definition, candles), candles));
    }
  });

  test(`${names}: later candles and other instances never change earlier values`, () => {
    const [first, second] = [paths[0]?.[1] ?? [], paths[8]?.[1] ?? []];
    const alone = stream(fresh(definition, first), first.slice(0, 250));
    const beside = fresh(definition, first);
    const other = fresh(definition, second);
    const rows = [...first.slice(0, 250), ...second.slice(250)].map((candle, at) => {
      other.update(second[at] as CandleInput);
      beside.update(candle);
      return [...beside.values];
    });
    assert.deepEqual(rows.slice(0, 250), alone);
  });

  test(`${names}: a cold start settles as it says, seed ${seed}`, () => {
    for (const path of WALKS) {
      const candles = PRICE_PATHS[path]?.(proofCount(10_000) + 1_500, seed) ?? [];
      const long = stream(fresh(definition, candles), candles);
      const start = 150 + (seed % 200);
      const cold = stream(fresh(definition, candles), candles.slice(start));
      definition.columns.forEach((column, place) => {
        const from = start + settledAfter(column, candles.slice(start));
        assertSameColumn(column, candles, columnOf([...long.slice(0, start), ...cold], place), columnOf(long, place), from, path);
      });
    }
  });
}

function lastValues(definition: IndicatorDefinition, candles: readonly CandleInput[]): Float64Array {
  const indicator = fresh(definition, candles);
  for (const candle of candles) indicator.update(candle);
  return indicator.values;
}

test('a state of another length is refused', () => {
  const [first] = CATALOGUE;
  assert.throws(() => first?.create(loneStream('EURUSD', 'M1')).restore(new Float64Array(3)), /3 numbers/);
});
