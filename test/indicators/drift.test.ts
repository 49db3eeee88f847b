import { test } from 'node:test';
import type { CandleInput } from '../../src/indicators/indicator.js';
import { loneStream } from '../../src/indicators/candle-stream.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { seededRandom } from '../../src/runtime/random.js';
import { assertSameColumn } from '../support/column-tolerance.js';
import { freshSeed, proofCount } from '../support/price-paths.js';
import { referenceColumns } from '../support/reference/reference-columns.js';

const CANDLES = proofCount(10_000_000);
/** Enough for the slowest recursion, an EMA of 200, to have forgotten where it began: (199/201)^4000 is below 1e-17. */
const TAIL = 4_000;
const SEED = freshSeed();

test(`after ${CANDLES.toLocaleString('en')} candles every column is what its definition gives over the newest ${TAIL}, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const set = new IndicatorSet(CATALOGUE, loneStream('EURUSD', 'M1'));
  const tail: CandleInput[] = [];
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
    if (at >= CANDLES - TAIL) tail.push(candle);
  }
  const reference = referenceColumns(tail);
  const newest = TAIL - 1;
  for (const [place, column] of set.columns.entries()) {
    // What counts from its first candle is not told by the newest ones; such a column has a test of its own.
    if (column.settles === 'never') continue;
    const streamed = new Array<number>(TAIL).fill(set.values[place] as number);
    assertSameColumn(column, tail, streamed, reference[column.name] ?? [], newest, 'the tail');
  }
});
