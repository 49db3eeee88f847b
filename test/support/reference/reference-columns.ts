/**
 * The catalogue's definitions, written as whole-series recomputation: for each column, all its values at once, by the
 * plainest reading of the definition and no state carried between candles beyond what the definition itself recurs on.
 * Slow on purpose, and sharing no code with src/indicators.
 */
import type { CandleInput } from '../../../src/indicators/indicator.js';
import { averagesReference } from './averages.js';
import { candlesReference } from './candles.js';
import { chartReference } from './chart.js';
import { dollarReference } from './dollar.js';
import { momentumReference } from './momentum.js';
import { priceReference } from './price.js';
import { regimeReference } from './regime.js';
import { trendReference } from './trend.js';
import { volatilityReference } from './volatility.js';
import { volumeReference } from './volume.js';
import type { ReferenceColumns } from './series.js';

const FAMILIES = [
  averagesReference,
  trendReference,
  momentumReference,
  volatilityReference,
  volumeReference,
  priceReference,
  candlesReference,
  chartReference,
  dollarReference,
  regimeReference,
];

/** Every column of the catalogue over these candles, by name. */
export function referenceColumns(candles: readonly CandleInput[]): ReferenceColumns {
  return Object.assign({}, ...FAMILIES.map((family) => family(candles)));
}
