/** Rows to learn from, with the catalogue's real vectors of a drawn walk of candles and labels that a test plants. */
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import type { Candle } from '../../src/market/candle.js';
import { seededRandom } from '../../src/runtime/random.js';
import { type Dataset, DatasetBuilder } from '../../src/training/dataset.js';
import { vectorsOfCandles } from './vectors-of-candles.js';
import { walkOfCandles } from './walk-of-candles.js';

export interface NetRow {
  readonly candle: Candle;
  readonly values: Float64Array;
}

const MINUTE = 60_000;

/** `returns` gives the return that a row's every horizon has, as ln of a ratio. */
export function plantedDataset(count: number, returns: (row: NetRow) => number, symbol = 'EURUSD', seed = 1): Dataset {
  const builder = new DatasetBuilder(MINUTE);
  const candles = walkOfCandles(symbol, 'M1', count, seed);
  for (const [at, values] of vectorsOfCandles(candles).entries()) {
    const candle = candles[at] as Candle;
    const change = returns({ candle, values });
    const labels = Float64Array.from(LABEL_COLUMNS, (name) => (name.startsWith('label_return') ? change : Math.sign(change)));
    builder.add({ candle, values, labels });
  }
  return builder.build();
}

/** The same with returns that nothing tells, and the rows that it was made of. */
export function netRows(count: number): { readonly rows: readonly NetRow[]; readonly dataset: Dataset } {
  const random = seededRandom('returns');
  const rows: NetRow[] = [];
  const dataset = plantedDataset(count, (row) => {
    rows.push(row);
    return 1e-4 * random.normal();
  });
  return { rows, dataset };
}
