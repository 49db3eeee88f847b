import { test } from 'node:test';
import type { CandleInput, Column } from '../../src/indicators/indicator.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { seededRandom } from '../../src/runtime/random.js';
import { assertSameColumn } from '../support/column-tolerance.js';
import { freshSeed, proofCount } from '../support/price-paths.js';
import { referenceColumns } from '../support/reference/reference-columns.js';
import { streamOf } from '../support/stream.js';

const CANDLES = proofCount(10_000_000);
/** Enough for the slowest recursion, an EMA of 200, to have forgotten where it began: (199/201)^4000 is below 1e-17. */
const TAIL = 4_000;
const MINUTES_A_DAY = 1_440;
const SEED = freshSeed();

test(`after ${CANDLES.toLocaleString('en')} candles every column is what its definition gives over the newest ${TAIL}, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const set = new IndicatorSet(CATALOGUE, streamOf([]));
  const tail: CandleInput[] = [];
  const rows: Float64Array[] = [];
  let close = 1.1;
  for (let at = 0; at < CANDLES; at++) {
    const open = close;
    // A walk that is drawn back, so that ten million steps stay within prices that exist.
    close = open * (1 + 2e-4 * random.normal()) + 1e-5 * (1.1 - open);
    const spread = 1e-4 * random.next();
    const candle = {
      time: at * 60_000,
      open,
      high: Math.max(open, close) + spread,
      low: Math.min(open, close) - spread,
      close,
      volume: 1 + random.int(500),
    };
    set.update(candle);
    if (at < CANDLES - TAIL) continue;
    tail.push(candle);
    rows.push(set.values.slice());
  }
  const reference = referenceColumns(tail);
  for (const [place, column] of set.columns.entries()) {
    // What counts from its first candle is not told by the newest ones; such a column has a test of its own.
    if (column.settles === 'never') continue;
    const streamed = rows.map((row) => row[place] as number);
    assertSameColumn(column, tail, streamed, reference[column.name] ?? [], comparedFrom(column), 'the tail');
  }
});

/** From where the reference, which begins with the tail, has settled; the last candle alone where that is not told. */
function comparedFrom({ settles, warmup }: Column): number {
  const after = settles ?? warmup;
  if (after === 'day') return 2 * MINUTES_A_DAY;
  return typeof after === 'number' ? Math.min(after, TAIL - 1) : TAIL - 1;
}
