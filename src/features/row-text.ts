import { COLUMNS } from '../indicators/registry.js';
import { CANDLE_COLUMNS } from '../market/formats/suho-candles.js';
import type { FeatureRow } from './feature-rows.js';
import { LABEL_COLUMNS } from './labels.js';

/** The columns that `suho candles` prints, up to volume. */
export const BAR_COLUMNS: readonly string[] = CANDLE_COLUMNS.split(',').slice(0, -1);

/** All columns of a row, in order. */
export function rowColumns(labels: boolean): readonly string[] {
  return [...BAR_COLUMNS, ...COLUMNS, ...(labels ? LABEL_COLUMNS : [])];
}

/** The shortest text that reads back as the same number; JavaScript's own would drop the sign of −0. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function instantText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

export function csvHeader(labels: boolean): string {
  return rowColumns(labels).join(',');
}

/** What has no value is empty. */
export function csvLine({ candle, values, labels }: FeatureRow): string {
  const { time, symbol, timeframe, open, high, low, close, volume } = candle;
  let line = `${instantText(time)},${symbol},${timeframe},${open},${high},${low},${close},${volume}`;
  for (const value of values) line += Number.isNaN(value) ? ',' : `,${numberText(value)}`;
  for (const value of labels) line += Number.isNaN(value) ? ',' : `,${numberText(value)}`;
  return line;
}

const KEYS = COLUMNS.map((name) => `,${JSON.stringify(name)}:`);
const LABEL_KEYS = LABEL_COLUMNS.map((name) => `,${JSON.stringify(name)}:`);

/** What has no value is null: each line has every column. */
export function jsonLine({ candle, values, labels }: FeatureRow): string {
  const { time, symbol, timeframe, open, high, low, close, volume } = candle;
  const bar = JSON.stringify({ time: instantText(time), symbol, timeframe, open, high, low, close, volume });
  return `${bar.slice(0, -1)}${members(KEYS, values)}${members(LABEL_KEYS, labels)}}`;
}

function members(keys: readonly string[], values: Float64Array): string {
  let text = '';
  for (const [at, value] of values.entries()) text += keys[at] + (Number.isNaN(value) ? 'null' : numberText(value));
  return text;
}
