/**
 * How far is a column from its true value when a node begins cold, with the journal's 300 candles and no snapshot?
 *
 * 300 starts at random places of a seeded walk: a stream that has run all along beside one that begins 300 candles ago; per
 * column the median and the worst distance, as a share of the value, or of a millionth of the price where the value is less.
 * Columns that are equal within 1e-9 are counted and not listed.
 */
import { loneStream } from '../src/indicators/candle-stream.js';
import { IndicatorSet } from '../src/indicators/indicator-set.js';
import { CATALOGUE } from '../src/indicators/registry.js';
import { LIMITS } from '../src/limits.js';
import { seededRandom } from '../src/runtime/random.js';
import { distance } from '../test/support/column-tolerance.js';
import { PRICE_PATHS } from '../test/support/price-paths.js';
import { percentile } from './support/compare.js';

const STARTS = 300;
const STREAM = { ...loneStream('USDJPY', 'M1'), closeBefore: () => 1 };
const TOLERANCE = 1e-9;
const candles = PRICE_PATHS['a random walk']?.(12_000, 1) ?? [];
const random = seededRandom(1);
const starts = new Set(Array.from({ length: STARTS }, () => 6_000 + random.int(6_000)));

const whole = new IndicatorSet(CATALOGUE, STREAM);
const distances: number[][] = whole.columns.map(() => []);
candles.forEach((candle, at) => {
  whole.update(candle);
  if (!starts.has(at)) return;
  const history = candles.slice(at + 1 - LIMITS.market.history, at + 1);
  const cold = new IndicatorSet(CATALOGUE, STREAM);
  for (const earlier of history) cold.update(earlier);
  whole.columns.forEach((column, place) => {
    const [one, other] = [whole.values[place] as number, cold.values[place] as number];
    const missing = Number.isNaN(one) !== Number.isNaN(other);
    const apart = missing ? Number.POSITIVE_INFINITY : distance(column, candles, at, one, other) * TOLERANCE;
    distances[place]?.push(apart);
  });
});

const shown = whole.columns
  .map((column, place) => ({ column, sorted: (distances[place] ?? []).sort((left, right) => left - right) }))
  .filter(({ sorted }) => percentile(sorted, 1) > TOLERANCE);
console.log(
  `${whole.columns.length - shown.length} of ${whole.columns.length} columns are equal; the others, of ${starts.size} starts:`,
);
console.log(`${'column'.padEnd(24)}${'settles'.padStart(9)}${'median'.padStart(10)}${'worst'.padStart(10)}`);
for (const { column, sorted } of shown) {
  const figure = (share: number): string => {
    const apart = percentile(sorted, share);
    return (Number.isFinite(apart) ? apart.toExponential(0) : 'missing').padStart(10);
  };
  console.log(`${column.name.padEnd(24)}${String(column.settles ?? column.warmup).padStart(9)}${figure(0.5)}${figure(1)}`);
}
