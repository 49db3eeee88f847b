import { assert } from '../runtime/assert.js';
import { adx } from './adx.js';
import { atr, natr, tr } from './atr.js';
import { bollinger } from './bollinger.js';
import { ema } from './ema.js';
import type { IndicatorDefinition } from './indicator.js';
import { macd } from './macd.js';
import { rsi } from './rsi.js';
import { sma } from './sma.js';
import { supertrend } from './supertrend.js';

/** The feature catalogue in code, in its fixed order. A new indicator is a new file and a line here. */
export const CATALOGUE: readonly IndicatorDefinition[] = [
  ...[5, 10, 20, 50, 100, 200].map(sma),
  ...[5, 9, 12, 20, 26, 50, 100, 200].map(ema),
  macd(12, 26, 9),
  adx(14),
  supertrend(10, 3),
  ...[7, 14, 21].map(rsi),
  tr(),
  ...[7, 14].map(atr),
  natr(14),
  bollinger(20, 2),
];

/** Column names, in the catalogue's order. */
export const COLUMNS: readonly string[] = CATALOGUE.flatMap(({ columns }) => columns.map(({ name }) => name));
assert(new Set(COLUMNS).size === COLUMNS.length, 'a column stands in the catalogue once');

/** The fewest entries of the catalogue that make these columns, in its order. */
export function definitionsFor(columns: readonly string[]): readonly IndicatorDefinition[] {
  for (const name of columns) assert(COLUMNS.includes(name), `the catalogue has no column ${name}`);
  return CATALOGUE.filter((definition) => definition.columns.some(({ name }) => columns.includes(name)));
}
