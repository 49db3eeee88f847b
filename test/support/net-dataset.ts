/** Rows to learn from, with the catalogue's real vectors of a drawn walk of candles and labels that a test plants. */
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import type { Candle } from '../../src/market/candle.js';
import { type Dataset, DatasetBuilder } from '../../src/training/dataset.js';
import { vectorsOfCandles } from './vectors-of-candles.js';
import { walkOfCandles } from './walk-of-candles.js';

export interface PlantedRow {
  readonly candle: Candle;
  readonly values: Float64Array;
  readonly at: number;
}

const MINUTE = 60_000;

/** `returns` gives the return that a row's every horizon has, as ln of a ratio. */
export function plantedDataset(
  count: number,
  returns: (row: PlantedRow) => number,
  symbols: readonly string[] = ['EURUSD'],
): Dataset {
  const builder = new DatasetBuilder(MINUTE);
  for (const [place, symbol] of symbols.entries()) {
    const candles = walkOfCandles(symbol, 'M1', count, place + 1);
    for (const [at, values] of vectorsOfCandles(candles).entries()) {
      const candle = candles[at] as Candle;
      const change = returns({ candle, values, at });
      const labels = Float64Array.from(LABEL_COLUMNS, (name) => (name.startsWith('label_return') ? change : Math.sign(change)));
      builder.add({ candle, values, labels });
    }
  }
  return builder.build();
}
