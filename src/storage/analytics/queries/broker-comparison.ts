/** Brokers beside each other, by company and server: what they quote, how they fill, and why they refuse. */
import { namedQuery, pipOf, SPAN, within } from '../named-query.js';

/** A broker that has told no quote for longer prices nothing; as `LIMITS.quote.staleMs`. */
const STALE_MS = 10_000;

/** No symbols are all. */
const CHOSEN = '(empty({symbols:Array(String)}) OR has({symbols:Array(String)}, symbol))';
const COMPARED = { symbols: 'texts', ...SPAN } as const;
const BROKER = { broker: 'text', server: 'text', symbol: 'text' } as const;

/** Spread, distance from the reference, and how steadily quotes come: the narrowest first. In pips of the symbol. */
export const BROKER_PRICES = namedQuery({
  name: 'broker-prices',
  parameters: COMPARED,
  columns: {
    ...BROKER,
    accounts: 'number',
    quotes: 'number',
    spreadMean: 'number',
    spreadMedian: 'number',
    spread95: 'number',
    compared: 'number',
    /** The broker's middle less the reference's. */
    deviationMean: 'optional',
    deviationDispersion: 'optional',
    deviationGreatest: 'optional',
    deviationBid: 'optional',
    deviationAsk: 'optional',
    /** Pauses of an account's quotes in which nothing could be priced, and the longest pause. */
    gaps: 'number',
    longestGapS: 'number',
  },
  sql: `
    SELECT broker, server, symbol, uniqExact(account_id), count(), avg(spread) AS spread_mean,
      quantileExactInclusive(0.5)(spread), quantileExactInclusive(0.95)(spread), count(off), avg(off), stddevSampOrNull(off),
      max(abs(off)), avg(off_bid), avg(off_ask), countIf(gap_ms > ${STALE_MS}), max(gap_ms) / 1000
    FROM (
      SELECT broker, server, symbol, account_id, ${pipOf('symbol')} AS pip, (ask - bid) / pip AS spread, deviation / pip AS off,
        deviation_bid / pip AS off_bid, deviation_ask / pip AS off_ask,
        toUnixTimestamp64Milli(time) AS at,
        at - lagInFrame(at, 1, at) OVER (
          PARTITION BY account_id, symbol ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
        ) AS gap_ms
      FROM suho.broker_quotes
      WHERE ${CHOSEN} AND ${within('time')}
    )
    GROUP BY broker, server, symbol
    ORDER BY symbol, spread_mean, broker, server`,
});

/**
 * What became of signals that open a position, by their last answer: how many were filled and how much of the volume, at what
 * slippage (positive: worse than asked for), and how long it took. The best filled first.
 */
export const BROKER_FILLS = namedQuery({
  name: 'broker-fills',
  parameters: COMPARED,
  columns: {
    ...BROKER,
    answered: 'number',
    executed: 'number',
    rejected: 'number',
    fillRatio: 'number',
    /** Filled of what was asked for, over all that were executed. */
    volumeRatio: 'optional',
    slippageMean: 'optional',
    slippageMedian: 'optional',
    slippage95: 'optional',
    /** From the order's leaving the EA to the broker's answer, by the EA's clock. */
    orderMsMedian: 'optional',
    orderMs95: 'optional',
    /** From the signal's row in the ledger to its result's. */
    resultMsMedian: 'optional',
    resultMs95: 'optional',
  },
  sql: `
    SELECT broker, server, symbol, count(), countIf(outcome = 'EXECUTED') AS executed, countIf(outcome = 'REJECTED'),
      executed / count() AS fill_ratio,
      if(executed > 0, sumIf(filled_volume, outcome = 'EXECUTED') / sumIf(requested_volume, outcome = 'EXECUTED'), NULL),
      avg(slippage_pips), quantileExactInclusiveOrNull(0.5)(slippage_pips), quantileExactInclusiveOrNull(0.95)(slippage_pips),
      quantileExactInclusiveOrNull(0.5)(order_ms), quantileExactInclusiveOrNull(0.95)(order_ms),
      quantileExactInclusiveOrNull(0.5)(result_ms), quantileExactInclusiveOrNull(0.95)(result_ms)
    FROM (
      SELECT *
      FROM suho.executions
      WHERE ${CHOSEN} AND ${within('time')} AND kind = 'OPEN' AND outcome != 'UNKNOWN'
      ORDER BY account_id, signal_id, attempt DESC, time DESC
      LIMIT 1 BY account_id, signal_id
    )
    GROUP BY broker, server, symbol
    ORDER BY symbol, fill_ratio DESC, broker, server`,
});

/** Every refusal of an order by its code, attempts that were tried again among them: the most frequent first. */
export const BROKER_REJECTS = namedQuery({
  name: 'broker-rejects',
  parameters: COMPARED,
  columns: { ...BROKER, retcode: 'number', rejects: 'number', lastMs: 'number', sentence: 'text' },
  sql: `
    SELECT broker, server, symbol, retcode, count() AS rejects, toUnixTimestamp64Milli(max(time)), argMax(sentence, time)
    FROM suho.executions
    WHERE ${CHOSEN} AND ${within('time')} AND outcome = 'REJECTED'
    GROUP BY broker, server, symbol, retcode
    ORDER BY symbol, rejects DESC, broker, server, retcode`,
});
