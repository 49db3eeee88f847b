/** Brokers' prices beside each other and beside the reference: the seeds' spread and deviation analyses. */
import { namedQuery, pipOf, SPAN, within } from '../named-query.js';

/** A reference tick older than this says nothing about a broker's quote; as `LIMITS.quote.referenceMs`. */
const REFERENCE_MS = 2_000;

const SPREAD = `(ask - bid) / ${pipOf('symbol')}`;

/** Which broker has the tightest spread in a symbol: cheapest first. */
export const BROKER_SPREADS = namedQuery({
  name: 'broker-spreads',
  parameters: { symbol: 'text', ...SPAN },
  columns: {
    broker: 'text',
    accountType: 'text',
    averagePips: 'number',
    leastPips: 'number',
    mostPips: 'number',
    volatilityPips: 'optional',
    quotes: 'number',
  },
  sql: `
    SELECT broker, account_type, avg(${SPREAD}) AS average_pips, min(${SPREAD}), max(${SPREAD}), stddevSamp(${SPREAD}), count()
    FROM suho.broker_quotes
    WHERE symbol = {symbol:String} AND ${within('time')}
    GROUP BY broker, account_type
    ORDER BY average_pips, broker, account_type`,
});

/** Whose spread is steadiest: its deviation within five minutes, averaged over them. One quote alone has no deviation. */
export const SPREAD_STABILITY = namedQuery({
  name: 'spread-stability',
  parameters: SPAN,
  columns: {
    broker: 'text',
    symbol: 'text',
    averagePips: 'number',
    averageVolatility: 'optional',
    greatestVolatility: 'optional',
  },
  sql: `
    SELECT broker, symbol, avg(pips), avgOrNull(volatility) AS average_volatility, maxOrNull(volatility)
    FROM (
      SELECT broker, symbol, avg(${SPREAD}) AS pips, if(count() > 1, stddevSamp(${SPREAD}), NULL) AS volatility
      FROM suho.broker_quotes
      WHERE ${within('time')}
      GROUP BY broker, symbol, toStartOfFiveMinutes(time)
    )
    GROUP BY broker, symbol
    ORDER BY average_volatility ASC NULLS LAST, broker, symbol`,
});

/** The hours of the day (UTC) at which a broker's spread is tightest: best hour first. */
export const BEST_HOUR = namedQuery({
  name: 'best-hour',
  parameters: { symbols: 'texts', ...SPAN },
  columns: { broker: 'text', symbol: 'text', hour: 'number', averagePips: 'number', quotes: 'number' },
  sql: `
    SELECT broker, symbol, toHour(time) AS hour, avg(${SPREAD}) AS average_pips, count()
    FROM suho.broker_quotes
    WHERE has({symbols:Array(String)}, symbol) AND ${within('time')}
    GROUP BY broker, symbol, hour
    ORDER BY broker, symbol, average_pips, hour`,
});

/** How far a broker's middle, minute by minute, lies from the reference's: nearest first. */
export const BROKER_AGAINST_REFERENCE = namedQuery({
  name: 'broker-against-reference',
  parameters: SPAN,
  columns: { broker: 'text', symbol: 'text', averagePips: 'number', greatestPips: 'number', minutes: 'number' },
  sql: `
    SELECT broker, symbol, avg(pips) AS average_pips, max(pips), count()
    FROM (
      SELECT b.broker AS broker, b.symbol AS symbol, abs(b.middle - r.middle) / ${pipOf('b.symbol')} AS pips
      FROM (
        SELECT account_id, broker, symbol, toStartOfMinute(time) AS minute, avg((bid + ask) / 2) AS middle
        FROM suho.broker_quotes
        WHERE ${within('time')}
        GROUP BY account_id, broker, symbol, minute
      ) AS b
      INNER JOIN (
        SELECT symbol, toStartOfMinute(time) AS minute, avg((bid + ask) / 2) AS middle
        FROM suho.ticks
        WHERE ${within('time')}
        GROUP BY symbol, minute
      ) AS r ON b.symbol = r.symbol AND b.minute = r.minute
    )
    GROUP BY broker, symbol
    ORDER BY average_pips, broker, symbol`,
});

/** Each broker quote beside the reference tick in force when it came, for a person who looks at single quotes. */
export const SPREAD_AGAINST_REFERENCE = namedQuery({
  name: 'spread-against-reference',
  parameters: { symbol: 'text', ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    broker: 'text',
    bid: 'number',
    ask: 'number',
    spreadPips: 'number',
    referenceBid: 'number',
    referenceAsk: 'number',
    referenceSpreadPips: 'number',
    differencePips: 'number',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(b.time) AS at, b.broker AS name, b.bid, b.ask, (b.ask - b.bid) / pip AS ours, r.bid, r.ask,
      (r.ask - r.bid) / pip AS theirs, abs(ours - theirs)
    FROM (SELECT *, ${pipOf('symbol')} AS pip FROM suho.broker_quotes WHERE symbol = {symbol:String} AND ${within('time')}) AS b
    ASOF INNER JOIN (
      SELECT time, symbol, bid, ask
      FROM suho.ticks
      WHERE symbol = {symbol:String}
        AND time >= fromUnixTimestamp64Milli({fromMs:Int64} - ${REFERENCE_MS}, 'UTC')
        AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
    ) AS r ON b.symbol = r.symbol AND b.time >= r.time
    WHERE b.time <= r.time + INTERVAL ${REFERENCE_MS} MILLISECOND
    ORDER BY at, name
    LIMIT {limit:UInt32}`,
});

/** A symbol's mean deviation from the reference, in price units as the quotes carry it: greatest first. */
export const DEVIATION = namedQuery({
  name: 'deviation',
  parameters: SPAN,
  columns: { symbol: 'text', average: 'number', volatility: 'optional', greatest: 'number', quotes: 'number' },
  sql: `
    SELECT symbol, avg(assumeNotNull(deviation)) AS average, stddevSamp(assumeNotNull(deviation)),
      max(abs(assumeNotNull(deviation))), count()
    FROM suho.broker_quotes
    WHERE ${within('time')} AND reference_mid IS NOT NULL AND deviation IS NOT NULL
    GROUP BY symbol
    ORDER BY average DESC, symbol`,
});

/** A broker's spread and price hour by hour. */
export const BROKER_HOURS = namedQuery({
  name: 'broker-hours',
  parameters: SPAN,
  columns: {
    hourMs: 'number',
    broker: 'text',
    accountType: 'text',
    symbol: 'text',
    averagePips: 'number',
    volatilityPips: 'optional',
    quotes: 'number',
    averageMiddle: 'number',
  },
  sql: `
    SELECT toInt64(toUnixTimestamp(toStartOfHour(time))) * 1000 AS hour, broker, account_type, symbol, avg(${SPREAD}),
      stddevSamp(${SPREAD}), count(), avg((bid + ask) / 2)
    FROM suho.broker_quotes
    WHERE ${within('time')}
    GROUP BY hour, broker, account_type, symbol
    ORDER BY hour, broker, account_type, symbol`,
});
