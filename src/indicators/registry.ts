import { assert } from '../runtime/assert.js';
import { AVERAGES } from './averages/averages.js';
import { CANDLES } from './candles/candles.js';
import { CHART } from './chart/chart.js';
import { DOLLAR } from './dollar/dollar.js';
import { MOMENTUM } from './momentum/momentum.js';
import { PRICE } from './price/price.js';
import { REGIME } from './regime/regime.js';
import { TREND } from './trend/trend.js';
import { VOLATILITY } from './volatility/volatility.js';
import { VOLUME } from './volume/volume.js';
import type { IndicatorDefinition } from './indicator.js';

/** The feature catalogue in code, in its fixed order. A new indicator is a new file and a line in its family's list. */
export const CATALOGUE: readonly IndicatorDefinition[] = [
  ...AVERAGES,
  ...TREND,
  ...MOMENTUM,
  ...VOLATILITY,
  ...VOLUME,
  ...PRICE,
  ...CANDLES,
  ...CHART,
  ...DOLLAR,
  ...REGIME,
];

/** Column names, in the catalogue's order. */
export const COLUMNS: readonly string[] = CATALOGUE.flatMap(({ columns }) => columns.map(({ name }) => name));
assert(new Set(COLUMNS).size === COLUMNS.length, 'a column stands in the catalogue once');

const PLACES: ReadonlyMap<string, number> = new Map(COLUMNS.map((name, place) => [name, place]));

/** Where a column stands in a vector of the whole catalogue. */
export function placeOf(column: string): number {
  const place = PLACES.get(column);
  assert(place !== undefined, `the catalogue has no column ${column}`);
  return place;
}

/** The fewest entries of the catalogue that make these columns, in its order. */
export function definitionsFor(columns: readonly string[]): readonly IndicatorDefinition[] {
  for (const name of columns) placeOf(name);
  return CATALOGUE.filter((definition) => definition.columns.some(({ name }) => columns.includes(name)));
}
