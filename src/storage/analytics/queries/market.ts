/** The market's past: read by every tenant alike. */
import { namedQuery, pipOf, SPAN, within } from '../named-query.js';

export const CANDLES = namedQuery({
  name: 'candles',
  parameters: { symbol: 'text', timeframe: 'text', ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    open: 'number',
    high: 'number',
    low: 'number',
    close: 'number',
    volume: 'number',
    spread: 'number',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS at, open, high, low, close, volume, spread
    FROM suho.candles
    WHERE symbol = {symbol:String} AND timeframe = {timeframe:String} AND ${within('time')}
    ORDER BY at
    LIMIT {limit:UInt32}`,
});

/** When a symbol moves: per hour of the day (UTC) its candles, their mean range in pips and the volume. */
export const HOURS_OF_DAY = namedQuery({
  name: 'hours-of-day',
  parameters: { symbol: 'text', timeframe: 'text', ...SPAN },
  columns: { hour: 'number', candles: 'number', averageRangePips: 'number', greatestRangePips: 'number', volume: 'number' },
  sql: `
    SELECT toHour(time) AS hour, count(), avg((high - low) / ${pipOf('symbol')}), max((high - low) / ${pipOf('symbol')}), sum(volume)
    FROM suho.candles
    WHERE symbol = {symbol:String} AND timeframe = {timeframe:String} AND ${within('time')}
    GROUP BY hour
    ORDER BY hour`,
});

/** How two symbols went together, candle by candle. */
export const CORRELATION = namedQuery({
  name: 'correlation',
  parameters: { a: 'text', b: 'text', timeframe: 'text', ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    window: 'number',
    lag: 'number',
    correlation: 'number',
    persistence: 'optional',
    vector: 'numbers',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS at, window, lag, correlation, persistence, vector
    FROM suho.correlations
    WHERE a = {a:String} AND b = {b:String} AND timeframe = {timeframe:String} AND ${within('time')}
    ORDER BY at, window
    LIMIT {limit:UInt32}`,
});
