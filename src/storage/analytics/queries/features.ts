import { LABEL_COLUMNS } from '../../../features/labels.js';
import { COLUMNS } from '../../../indicators/registry.js';
import { namedQuery, SPAN, within } from '../named-query.js';

/** What has no value; a list of optional numbers has no null in the engine's arrays of numbers. */
const listed = (columns: readonly string[]): string => `[${columns.map((name) => `ifNull(${name}, nan)`).join(', ')}]`;

/** Rows to train on, in the order of time: features and labels in the order of the catalogue, null where there is no value. */
export const TRAINING_ROWS = namedQuery({
  name: 'training-rows',
  parameters: { symbol: 'text', timeframe: 'text', ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    close: 'number',
    completeness: 'number',
    catalogue: 'number',
    values: 'numbers',
    labels: 'numbers',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS at, close, completeness, catalogue, ${listed(COLUMNS)}, ${listed(LABEL_COLUMNS)}
    FROM suho.features
    WHERE symbol = {symbol:String} AND timeframe = {timeframe:String} AND ${within('time')}
    ORDER BY at
    LIMIT {limit:UInt32}`,
});
