/** Each named query against a few rows whose answer is worked out by hand, in the comments beside them. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { NamedQuery, ParametersOf } from '../../src/storage/analytics/named-query.js';
import * as accounts from '../../src/storage/analytics/queries/accounts.js';
import * as brokers from '../../src/storage/analytics/queries/brokers.js';
import { TRAINING_ROWS } from '../../src/storage/analytics/queries/features.js';
import * as market from '../../src/storage/analytics/queries/market.js';
import * as predictions from '../../src/storage/analytics/queries/predictions.js';
import type { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import type { RowOf } from '../../src/storage/analytics/tables.js';
import { ACME, type AnalyticsWorld, DAY, DAY_MS, emptyStore, HOUR_MS, MINUTE_MS, sampleRow, WHOLE } from './analytics-world.js';

const SECOND_MS = 1_000;

/** A quote around a middle, so many pips wide (0.01 a pip for yen). */
function quote(timeMs: number, broker: string, symbol: string, middle: number, pips: number): RowOf<'brokerQuotes'> {
  const half = (pips * (symbol.endsWith('JPY') ? 0.01 : 0.0001)) / 2;
  const prices = { bid: middle - half, ask: middle + half };
  return sampleRow('brokerQuotes', { time: timeMs, accountId: `of ${broker}`, broker, accountType: 'raw', symbol, ...prices });
}

function tick(timeMs: number, symbol: string, bid: number, ask: number): RowOf<'ticks'> {
  return sampleRow('ticks', { time: timeMs, symbol, bid, ask });
}

function trade(tradeId: string, openedAt: number, change: Partial<RowOf<'closedTrades'>>): RowOf<'closedTrades'> {
  const fields = {
    accountId: 'one',
    symbol: 'EURUSD',
    direction: 'BUY',
    pips: 10,
    profit: 100,
    commission: -1,
    swap: -2,
    outcome: 'WIN',
  };
  return sampleRow('closedTrades', { time: openedAt + HOUR_MS, tradeId, openedAt, ...fields, ...change });
}

function prediction(predictionId: string, time: number, direction: number, confidence: number, tenantId = 'acme') {
  return sampleRow('predictions', { time, predictionId, direction, confidence, tenantId, symbol: 'EURUSD' });
}

function outcome(predictionId: string, time: number, change: Partial<RowOf<'predictionOutcomes'>>) {
  return sampleRow('predictionOutcomes', { time, predictionId, modelId: 'm1', symbol: 'EURUSD', ...change });
}

/** Equal up to what sums of prices lose in their last digits. */
function near(found: readonly object[], expected: readonly object[]): void {
  const rounded = (rows: readonly object[]) =>
    rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? Number(v.toPrecision(9)) : v])),
    );
  assert.deepEqual(rounded(found), rounded(expected));
}

export function analyticsQueriesContract(name: string, open: () => Promise<AnalyticsWorld>, skip: string | false): void {
  describe(`${name}: named queries`, { skip }, () => {
    let world: AnalyticsWorld;
    let store: SqlAnalytics;
    before(async () => {
      world = await open();
      store = world.store;
      await store.migrate();
    });
    after(() => world?.[Symbol.asyncDispose]());
    beforeEach(() => emptyStore(store));

    const answer = <Q extends NamedQuery>(query: Q, parameters: ParametersOf<Q>) => store.query(ACME, query, parameters);

    it('broker-spreads: the tightest broker first, in pips of the symbol', async () => {
      // narrow: 0.1 and 0.3: mean 0.2, sample deviation √((0.1² + 0.1²) / 1) = 0.1 √2. wide: one quote, no deviation.
      await store.insert('brokerQuotes', [
        quote(DAY, 'wide', 'EURUSD', 1.1, 2),
        quote(DAY, 'narrow', 'EURUSD', 1.1, 0.1),
        quote(DAY + 1, 'narrow', 'EURUSD', 1.1, 0.3),
        quote(DAY + 2, 'narrow', 'USDJPY', 150, 5),
        quote(DAY + DAY_MS, 'narrow', 'EURUSD', 1.1, 9),
      ]);
      const narrow = { broker: 'narrow', accountType: 'raw', averagePips: 0.2, leastPips: 0.1, mostPips: 0.3, quotes: 2 };
      const wide = { broker: 'wide', accountType: 'raw', averagePips: 2, leastPips: 2, mostPips: 2, quotes: 1 };
      near(await answer(brokers.BROKER_SPREADS, { symbol: 'EURUSD', ...WHOLE }), [
        { ...narrow, volatilityPips: 0.1 * Math.SQRT2 },
        { ...wide, volatilityPips: Number.NaN },
      ]);
      // 5 pips of yen are 0.05.
      const [yen] = await answer(brokers.BROKER_SPREADS, { symbol: 'USDJPY', ...WHOLE });
      assert.equal(yen?.averagePips.toFixed(6), '5.000000');
    });

    it('spread-stability: the deviation within five minutes, averaged, steadiest first', async () => {
      // jumpy, first five minutes: 1 and 3: mean 2, deviation √2; next five: 2 and 2: mean 2, deviation 0.
      // calm: 1 and 1: deviation 0; a lone quote of 4 in the next five minutes has a mean and no deviation.
      const [first, next] = [DAY, DAY + 5 * MINUTE_MS];
      await store.insert('brokerQuotes', [
        quote(first, 'jumpy', 'EURUSD', 1.1, 1),
        quote(first + 299_999, 'jumpy', 'EURUSD', 1.1, 3),
        quote(next, 'jumpy', 'EURUSD', 1.1, 2),
        quote(next + 1, 'jumpy', 'EURUSD', 1.1, 2),
        quote(first, 'calm', 'EURUSD', 1.1, 1),
        quote(first + 1, 'calm', 'EURUSD', 1.1, 1),
        quote(next, 'calm', 'EURUSD', 1.1, 4),
      ]);
      const found = await answer(brokers.SPREAD_STABILITY, WHOLE);
      assert.deepEqual(
        found.map((row) => [
          row.broker,
          ...[row.averagePips, row.averageVolatility, row.greatestVolatility].map((n) => n.toFixed(6)),
        ]),
        [
          ['calm', '2.500000', '0.000000', '0.000000'],
          ['jumpy', '2.000000', (Math.SQRT2 / 2).toFixed(6), Math.SQRT2.toFixed(6)],
        ],
      );
    });

    it('best-hour: the tightest hour first, over the days of the span', async () => {
      // 09 h: 1 and 3 on two days: 2. 14 h: 1.5. 23 h: 4. Sorted: 14, 9, 23. Yen was not asked for.
      await store.insert('brokerQuotes', [
        quote(DAY + 9 * HOUR_MS, 'b', 'EURUSD', 1.1, 1),
        quote(DAY + DAY_MS + 9 * HOUR_MS + 59 * MINUTE_MS, 'b', 'EURUSD', 1.1, 3),
        quote(DAY + 14 * HOUR_MS, 'b', 'EURUSD', 1.1, 1.5),
        quote(DAY + 23 * HOUR_MS, 'b', 'EURUSD', 1.1, 4),
        quote(DAY + 9 * HOUR_MS, 'b', 'USDJPY', 150, 1),
      ]);
      const two = { fromMs: DAY, toMs: DAY + 2 * DAY_MS };
      near(await answer(brokers.BEST_HOUR, { symbols: ['EURUSD', 'GBPUSD'], ...two }), [
        { broker: 'b', symbol: 'EURUSD', hour: 14, averagePips: 1.5, quotes: 1 },
        { broker: 'b', symbol: 'EURUSD', hour: 9, averagePips: 2, quotes: 2 },
        { broker: 'b', symbol: 'EURUSD', hour: 23, averagePips: 4, quotes: 1 },
      ]);
    });

    it('broker-against-reference: middles minute by minute, the nearest broker first', async () => {
      // Minute 0: the reference's middle is (1.1000 + 1.1002) / 2 = 1.1001; far's 1.1003: 2 pips. near's mean of 1.1001 and
      // 1.1003 is 1.1002: 1 pip. Minute 1: reference 1.2; far 1.1996: 4 pips. Minute 2 has no reference and is left out.
      await store.insert('ticks', [
        tick(DAY, 'EURUSD', 1.0999, 1.1001),
        tick(DAY + 30 * SECOND_MS, 'EURUSD', 1.1001, 1.1003),
        tick(DAY + MINUTE_MS, 'EURUSD', 1.1999, 1.2001),
        tick(DAY, 'USDJPY', 149.99, 150.01),
      ]);
      await store.insert('brokerQuotes', [
        quote(DAY, 'far', 'EURUSD', 1.1003, 1),
        quote(DAY + MINUTE_MS, 'far', 'EURUSD', 1.1996, 1),
        quote(DAY + 2 * MINUTE_MS, 'far', 'EURUSD', 9, 1),
        quote(DAY, 'near', 'EURUSD', 1.1001, 1),
        quote(DAY + 10 * SECOND_MS, 'near', 'EURUSD', 1.1003, 1),
        // 0.03 of yen is 3 pips.
        quote(DAY, 'near', 'USDJPY', 150.03, 1),
      ]);
      near(await answer(brokers.BROKER_AGAINST_REFERENCE, WHOLE), [
        { broker: 'near', symbol: 'EURUSD', averagePips: 1, greatestPips: 1, minutes: 1 },
        { broker: 'far', symbol: 'EURUSD', averagePips: 3, greatestPips: 4, minutes: 2 },
        { broker: 'near', symbol: 'USDJPY', averagePips: 3, greatestPips: 3, minutes: 1 },
      ]);
    });

    it('spread-against-reference: each quote beside the newest tick of two seconds before it', async () => {
      await store.insert('ticks', [
        tick(DAY - SECOND_MS, 'EURUSD', 1.1, 1.1001),
        tick(DAY + SECOND_MS, 'EURUSD', 1.2, 1.2004),
        tick(DAY + 1_500, 'EURUSD', 1.3, 1.3),
      ]);
      await store.insert('brokerQuotes', [
        quote(DAY + 500, 'b', 'EURUSD', 1.1, 3),
        quote(DAY + 1_400, 'b', 'EURUSD', 1.2, 1),
        // The newest tick is 2,001 ms old: no reference.
        quote(DAY + 3_501, 'b', 'EURUSD', 1.3, 1),
      ]);
      const found = await answer(brokers.SPREAD_AGAINST_REFERENCE, { symbol: 'EURUSD', ...WHOLE, limit: 10 });
      near(
        found.map(({ timeMs, referenceBid, spreadPips, referenceSpreadPips, differencePips }) => ({
          timeMs: timeMs - DAY,
          referenceBid,
          spreadPips,
          referenceSpreadPips,
          differencePips,
        })),
        [
          { timeMs: 500, referenceBid: 1.1, spreadPips: 3, referenceSpreadPips: 1, differencePips: 2 },
          { timeMs: 1_400, referenceBid: 1.2, spreadPips: 1, referenceSpreadPips: 4, differencePips: 3 },
        ],
      );
    });

    it('deviation: mean, deviation and greatest of either sign, of quotes that had a reference', async () => {
      const deviating = (at: number, symbol: string, deviation: number | null) =>
        sampleRow('brokerQuotes', { time: DAY + at, symbol, deviation, referenceMid: deviation === null ? null : 1 });
      // EURUSD: 0.0002 and −0.0006: mean −0.0002, deviation √(2 × 0.0004²) = 0.0004 √2, greatest 0.0006. USDJPY: 0.0015.
      await store.insert('brokerQuotes', [
        deviating(0, 'EURUSD', 0.0002),
        deviating(1, 'EURUSD', -0.0006),
        deviating(2, 'EURUSD', null),
        deviating(3, 'USDJPY', 0.0015),
      ]);
      near(await answer(brokers.DEVIATION, WHOLE), [
        { symbol: 'USDJPY', average: 0.0015, volatility: Number.NaN, greatest: 0.0015, quotes: 1 },
        { symbol: 'EURUSD', average: -0.0002, volatility: 0.0004 * Math.SQRT2, greatest: 0.0006, quotes: 2 },
      ]);
    });

    it('broker-hours: spread and middle of each hour', async () => {
      await store.insert('brokerQuotes', [
        quote(DAY + 9 * HOUR_MS, 'b', 'EURUSD', 1.1, 1),
        quote(DAY + 10 * HOUR_MS - 1, 'b', 'EURUSD', 1.3, 3),
        quote(DAY + 10 * HOUR_MS, 'b', 'EURUSD', 1.4, 5),
      ]);
      const of = { broker: 'b', accountType: 'raw', symbol: 'EURUSD' };
      near(await answer(brokers.BROKER_HOURS, WHOLE), [
        { hourMs: DAY + 9 * HOUR_MS, ...of, averagePips: 2, volatilityPips: Math.SQRT2, quotes: 2, averageMiddle: 1.2 },
        { hourMs: DAY + 10 * HOUR_MS, ...of, averagePips: 5, volatilityPips: Number.NaN, quotes: 1, averageMiddle: 1.4 },
      ]);
    });

    it('predictions-against-trades: every prediction within five minutes of the opening, aligned or not', async () => {
      await store.insert('closedTrades', [
        trade('a', DAY + HOUR_MS, { direction: 'BUY' }),
        trade('b', DAY + 3 * HOUR_MS, { direction: 'SELL', pips: -4, outcome: 'LOSS' }),
      ]);
      await store.insert('predictions', [
        prediction('p1', DAY + HOUR_MS - 5 * MINUTE_MS, 1, 0.9),
        prediction('p2', DAY + HOUR_MS + 5 * MINUTE_MS, -1, 0.6),
        prediction('too late', DAY + HOUR_MS + 5 * MINUTE_MS + 1, 1, 0.5),
        // Said to all by the engine's own model.
        prediction('p3', DAY + 3 * HOUR_MS, -1, 0.8, ''),
        prediction('of another', DAY + 3 * HOUR_MS, -1, 0.8, 'other'),
        prediction('neither', DAY + 3 * HOUR_MS + 1, 0, 0.7),
      ]);
      const found = await answer(predictions.PREDICTIONS_AGAINST_TRADES, { ...WHOLE, limit: 10 });
      assert.deepEqual(
        found.map((row) => [row.predictionId, row.predictedDirection, row.direction, row.pips, row.outcome, row.alignment]),
        [
          ['p1', 1, 'BUY', 10, 'WIN', 'aligned'],
          ['p2', -1, 'BUY', 10, 'WIN', 'divergent'],
          ['neither', 0, 'SELL', -4, 'LOSS', 'divergent'],
          ['p3', -1, 'SELL', -4, 'LOSS', 'aligned'],
        ],
      );
      assert.equal((await answer(predictions.PREDICTIONS_AGAINST_TRADES, { ...WHOLE, limit: 1 })).length, 1);
    });

    it('alignment: a trade counts once, beside the newest prediction near it', async () => {
      await store.insert('closedTrades', [
        // Two predictions near: the newer says SELL with 0.6, and was right.
        trade('a', DAY + HOUR_MS, { direction: 'BUY', outcome: 'LOSS', pips: -3 }),
        // One near: BUY with 0.8, aligned; its outcome is not known.
        trade('b', DAY + 3 * HOUR_MS, { direction: 'BUY', pips: 7 }),
        // None near.
        trade('c', DAY + 6 * HOUR_MS, { direction: 'SELL', pips: 1 }),
        trade('d', DAY + 6 * HOUR_MS, { accountId: 'two', outcome: 'BREAKEVEN', pips: 0 }),
      ]);
      await store.insert('predictions', [
        prediction('old', DAY + HOUR_MS - MINUTE_MS, 1, 0.9),
        prediction('new', DAY + HOUR_MS + MINUTE_MS, -1, 0.6),
        prediction('b', DAY + 3 * HOUR_MS, 1, 0.8),
      ]);
      await store.insert('predictionOutcomes', [outcome('new', DAY, { correct: true }), outcome('old', DAY, { correct: false })]);
      near(await answer(predictions.ALIGNMENT, WHOLE), [
        {
          dayMs: DAY,
          accountId: 'one',
          symbol: 'EURUSD',
          totalTrades: 3,
          wins: 2,
          losses: 1,
          totalPips: 5,
          averageConfidence: 0.7,
          predictedTrades: 2,
          correctPredictions: 1,
          alignedTrades: 1,
        },
        {
          dayMs: DAY,
          accountId: 'two',
          symbol: 'EURUSD',
          totalTrades: 1,
          wins: 0,
          losses: 0,
          totalPips: 0,
          averageConfidence: Number.NaN,
          predictedTrades: 0,
          correctPredictions: 0,
          alignedTrades: 0,
        },
      ]);
    });

    it('prediction-history: of one symbol and timeframe, newest first, with how many of its horizons went as they were said', async () => {
      const said = { timeframe: 'M15', lstmPrice15m: 1.25, boostingBuy: 0.5, cnnPattern: 'flag', cnnProbability: 0.75 };
      await store.insert('predictions', [
        { ...prediction('a', DAY, 1, 0.9, ''), ...said },
        { ...prediction('b', DAY + HOUR_MS, -1, 0.5, ''), ...said, lstmPrice15m: undefined },
        { ...prediction('of another timeframe', DAY, 1, 0.9, ''), ...said, timeframe: 'M1' },
        { ...prediction('of another symbol', DAY, 1, 0.9, ''), ...said, symbol: 'USDJPY' },
        { ...prediction('of another tenant', DAY + 1, 1, 0.9, 'other'), ...said },
        { ...prediction('too late', DAY + DAY_MS, 1, 0.9, ''), ...said },
      ]);
      await store.insert('predictionOutcomes', [
        outcome('a', DAY, { correct: true, modelId: 'm1' }),
        outcome('a', DAY, { correct: false, modelId: 'm2' }),
        outcome('a', DAY, { correct: true, modelId: 'm3' }),
      ]);
      const of = { symbol: 'EURUSD', timeframe: 'M15', ...WHOLE };
      const found = await answer(predictions.PREDICTION_HISTORY, { ...of, limit: 10 });
      assert.deepEqual(
        found.map((row) => [row.timeMs, row.direction, row.lstm15m, row.boostingBuy, row.pattern, row.judged, row.right]),
        [
          [DAY + HOUR_MS, -1, Number.NaN, 0.5, 'flag', 0, 0],
          [DAY, 1, 1.25, 0.5, 'flag', 3, 2],
        ],
      );
      const [newest, ...more] = await answer(predictions.PREDICTION_HISTORY, { ...of, limit: 1 });
      assert.deepEqual([newest?.timeMs, more], [DAY + HOUR_MS, []]);
    });

    it('hourly-accuracy and daily-accuracy: mean, deviation, count, per model and symbol', async () => {
      // 10 h: 1 and 0: mean 0.5, deviation √0.5. 11 h: 1. The day: 2 of 3 right, deviation √(1/3).
      await store.insert('predictionOutcomes', [
        outcome('a', DAY + 10 * HOUR_MS, { accuracy: 1, confidence: 0.6 }),
        outcome('b', DAY + 11 * HOUR_MS - 1, { accuracy: 0, confidence: 0.8 }),
        outcome('c', DAY + 11 * HOUR_MS, { accuracy: 1, confidence: 1 }),
        outcome('d', DAY, { accuracy: 0, confidence: 0.5, modelId: 'm2', tenantId: '' }),
      ]);
      const of = { modelId: 'm1', symbol: 'EURUSD' };
      const other = {
        modelId: 'm2',
        symbol: 'EURUSD',
        averageAccuracy: 0,
        accuracyDeviation: Number.NaN,
        predictions: 1,
        averageConfidence: 0.5,
      };
      const hours = [
        { startMs: DAY, ...other },
        {
          startMs: DAY + 10 * HOUR_MS,
          ...of,
          averageAccuracy: 0.5,
          accuracyDeviation: Math.SQRT1_2,
          predictions: 2,
          averageConfidence: 0.7,
        },
        {
          startMs: DAY + 11 * HOUR_MS,
          ...of,
          averageAccuracy: 1,
          accuracyDeviation: Number.NaN,
          predictions: 1,
          averageConfidence: 1,
        },
      ];
      near(await answer(predictions.HOURLY_ACCURACY, WHOLE), hours);
      const day = {
        startMs: DAY,
        ...of,
        averageAccuracy: 2 / 3,
        accuracyDeviation: Math.sqrt(1 / 3),
        predictions: 3,
        averageConfidence: 0.8,
      };
      near(await answer(predictions.DAILY_ACCURACY, WHOLE), [day, { startMs: DAY, ...other }]);
    });

    it('retrainings and backtests: newest first, as many as asked for', async () => {
      const run = (runId: string, at: number) => sampleRow('retrainingRuns', { time: DAY + at, runId, deployed: at > 1 });
      await store.insert('retrainingRuns', [run('a', 1), run('b', 3), run('c', 2)]);
      const runs = await answer(predictions.RETRAININGS, { ...WHOLE, limit: 2 });
      assert.deepEqual(
        runs.map(({ runId, timeMs, deployed }) => [runId, timeMs - DAY, deployed]),
        [
          ['b', 3, 1],
          ['c', 2, 1],
        ],
      );
      const backtest = (backtestId: string, at: number) =>
        sampleRow('backtests', { time: DAY + at, backtestId, profitFactor: null });
      await store.insert('backtests', [backtest('a', 1), backtest('b', 2)]);
      const tests = await answer(accounts.BACKTESTS, { ...WHOLE, limit: 5 });
      assert.deepEqual(
        tests.map(({ backtestId, profitFactor }) => [backtestId, profitFactor]),
        [
          ['b', Number.NaN],
          ['a', Number.NaN],
        ],
      );
    });

    it('daily-performance: by the day of closing, what broker and swap took off included', async () => {
      await store.insert('closedTrades', [
        trade('a', DAY, {}),
        trade('b', DAY + 22 * HOUR_MS + 59 * MINUTE_MS, { pips: -4, profit: -40, outcome: 'LOSS' }),
        trade('c', DAY + 3, { pips: 0, profit: 0, outcome: 'BREAKEVEN' }),
        // Opened within the day, closed at the next midnight.
        trade('d', DAY + 23 * HOUR_MS, {}),
        trade('e', DAY, { accountId: 'two', symbol: 'USDJPY' }),
      ]);
      // 100 − 40 + 0, less 3 each: 51. One of three won.
      const one = { dayMs: DAY, accountId: 'one', symbol: 'EURUSD', totalTrades: 3, wins: 1, losses: 1 };
      const two = { dayMs: DAY, accountId: 'two', symbol: 'USDJPY', totalTrades: 1, wins: 1, losses: 0 };
      near(await answer(accounts.DAILY_PERFORMANCE, WHOLE), [
        { ...one, winRate: 1 / 3, totalPips: 6, totalProfit: 51 },
        { ...two, winRate: 1, totalPips: 10, totalProfit: 97 },
      ]);
    });

    it('trading-performance: the newest telling of a day, whichever was stored last', async () => {
      const told = (totalTrades: number, winRate: number) =>
        sampleRow('tradingPerformance', { time: DAY, totalTrades, winRate, sharpeRatio: null });
      await store.insert('tradingPerformance', [told(3, 0.75)]);
      await store.insert('tradingPerformance', [told(2, 0.5)]);
      const [row, ...rest] = await answer(accounts.TRADING_PERFORMANCE, WHOLE);
      assert.deepEqual([row?.totalTrades, row?.winRate, row?.sharpeRatio, rest.length], [3, 0.75, Number.NaN, 0]);
    });

    it('closed-trades: in the order of closing, with what is left after costs', async () => {
      await store.insert('closedTrades', [trade('late', DAY + HOUR_MS, {}), trade('early', DAY, { profit: -7 })]);
      const found = await answer(accounts.CLOSED_TRADES, { ...WHOLE, limit: 10 });
      assert.deepEqual(
        found.map(({ tradeId, closedMs, openedMs, net }) => [tradeId, closedMs - DAY, openedMs - DAY, net]),
        [
          ['early', HOUR_MS, 0, -10],
          ['late', 2 * HOUR_MS, HOUR_MS, 97],
        ],
      );
    });

    it('feedback: executed signals that are closed, with fill and result, newest first', async () => {
      const execution = (signalId: string, outcome: string, price: number) =>
        sampleRow('executions', { time: DAY, accountId: 'one', signalId, outcome, price, latencyMs: null });
      await store.insert('executions', [
        execution('s1', 'EXECUTED', 1.5),
        execution('s1', 'REJECTED', 9),
        execution('s2', 'EXECUTED', 1.6),
        execution('open', 'EXECUTED', 1.7),
      ]);
      await store.insert('closedTrades', [
        trade('a', DAY, { signalId: 's1' }),
        trade('b', DAY + 1, { signalId: 's2', profit: -5, outcome: 'LOSS' }),
        trade('by hand', DAY + 2, { signalId: '' }),
        trade('of another account', DAY + 3, { signalId: 's1', accountId: 'two' }),
      ]);
      const found = await answer(accounts.FEEDBACK, { ...WHOLE, limit: 10 });
      assert.deepEqual(
        found.map(({ signalId, price, latencyMs, profit, outcome }) => [signalId, price, latencyMs, profit, outcome]),
        [
          ['s2', 1.6, Number.NaN, -5, 'LOSS'],
          ['s1', 1.5, Number.NaN, 100, 'WIN'],
        ],
      );
    });

    it('balances: the last of each five minutes of one account', async () => {
      const balance = (at: number, value: number, marginLevel: number | null, accountId = 'one') =>
        sampleRow('balanceHistory', { time: DAY + at, accountId, balance: value, equity: value + 1, marginLevel });
      await store.insert('balanceHistory', [
        balance(2, 120, 300),
        balance(1, 110, 100),
        balance(5 * MINUTE_MS, 130, null),
        balance(3, 999, 1, 'two'),
      ]);
      near(await answer(accounts.BALANCES, { accountId: 'one', ...WHOLE }), [
        { startMs: DAY, balance: 120, equity: 121, averageMarginLevel: 200 },
        { startMs: DAY + 5 * MINUTE_MS, balance: 130, equity: 131, averageMarginLevel: Number.NaN },
      ]);
    });

    it('connectivity: each account’s newest heartbeat, longest silence first', async () => {
      const heartbeat = (accountId: string, at: number, status: string, roundTripMs: number) =>
        sampleRow('heartbeats', { time: DAY + at, accountId, status, roundTripMs });
      await store.insert('heartbeats', [
        heartbeat('one', 5, 'online', 10),
        heartbeat('one', 9, 'no broker', 30),
        heartbeat('two', 7, 'online', 5),
      ]);
      assert.deepEqual(await answer(accounts.CONNECTIVITY, WHOLE), [
        { accountId: 'two', status: 'online', lastMs: DAY + 7, heartbeats: 1, averageRoundTripMs: 5 },
        { accountId: 'one', status: 'no broker', lastMs: DAY + 9, heartbeats: 2, averageRoundTripMs: 20 },
      ]);
    });

    it('log-lines and inference-times: of the levels asked for; mean, worst and share from the cache', async () => {
      const line = (level: string, at: number) => sampleRow('logs', { time: DAY + at, level, message: `${level} ${at}` });
      await store.insert('logs', [line('info', 1), line('warn', 2), line('error', 3)]);
      const found = await answer(accounts.LOG_LINES, { levels: ['warn', 'error'], ...WHOLE, limit: 10 });
      assert.deepEqual(
        found.map(({ message }) => message),
        ['error 3', 'warn 2'],
      );
      const inference = (at: number, durationMs: number, cacheHit: boolean) =>
        sampleRow('inferenceLogs', { time: DAY + at, modelId: 'm1', modelVersion: 'v2', durationMs, cacheHit });
      await store.insert('inferenceLogs', [
        inference(1, 1, false),
        inference(2, 2, true),
        inference(3, 6, false),
        inference(4, 3, false),
      ]);
      assert.deepEqual(await answer(accounts.INFERENCE_TIMES, WHOLE), [
        { modelId: 'm1', modelVersion: 'v2', inferences: 4, averageMs: 3, p99Ms: 6, cached: 0.25 },
      ]);
    });

    it('candles and hours-of-day: in order; ranges in pips of the symbol', async () => {
      const candle = (time: number, low: number, high: number) =>
        sampleRow('candles', {
          time,
          symbol: 'USDJPY',
          timeframe: 'M15',
          open: low,
          high,
          low,
          close: high,
          volume: 2,
          spread: 0.5,
        });
      await store.insert('candles', [
        candle(DAY + HOUR_MS, 150, 150.1),
        candle(DAY, 149, 149.2),
        // The same hour of the next day: 20 and 40 pips, mean 30.
        candle(DAY + DAY_MS, 149, 149.4),
      ]);
      const span = { symbol: 'USDJPY', timeframe: 'M15', fromMs: DAY, toMs: DAY + 2 * DAY_MS };
      const found = await answer(market.CANDLES, { ...span, limit: 2 });
      assert.deepEqual(
        found.map(({ timeMs, open, close, volume, spread }) => [timeMs - DAY, open, close, volume, spread]),
        [
          [0, 149, 149.2, 2, 0.5],
          [HOUR_MS, 150, 150.1, 2, 0.5],
        ],
      );
      near(await answer(market.HOURS_OF_DAY, span), [
        { hour: 0, candles: 2, averageRangePips: 30, greatestRangePips: 40, volume: 4 },
        { hour: 1, candles: 1, averageRangePips: 10, greatestRangePips: 10, volume: 2 },
      ]);
      assert.deepEqual(await answer(market.CANDLES, { ...span, timeframe: 'M5', limit: 2 }), []);
    });

    it('correlation: of one pair and timeframe, with its vector', async () => {
      const row = (time: number, change: Partial<RowOf<'correlations'>>) =>
        sampleRow('correlations', {
          time: DAY + time,
          a: 'EURUSD',
          b: 'GBPUSD',
          timeframe: 'H1',
          vector: [0.5, -1],
          persistence: 0.9,
          ...change,
        });
      await store.insert('correlations', [row(2, { lag: -3 }), row(1, { persistence: Number.NaN }), row(3, { b: 'USDJPY' })]);
      const found = await answer(market.CORRELATION, { a: 'EURUSD', b: 'GBPUSD', timeframe: 'H1', ...WHOLE, limit: 10 });
      assert.deepEqual(
        found.map(({ timeMs, lag, persistence, vector }) => [timeMs - DAY, lag, persistence, vector]),
        [
          [1, -30, Number.NaN, [0.5, -1]],
          [2, -3, 0.9, [0.5, -1]],
        ],
      );
    });

    it('training-rows: every feature and label in the catalogue’s order; a row told again with labels replaces the one without', async () => {
      const whole = sampleRow('features');
      await store.insert('features', [{ ...whole, labels: new Float64Array(0) }]);
      const asked = { symbol: 'EURUSD', timeframe: 'M1', ...WHOLE, limit: 10 };
      const [unlabelled] = await answer(TRAINING_ROWS, asked);
      assert.ok(unlabelled?.labels.every((label) => label === null));
      await store.insert('features', [whole]);
      const [row, ...rest] = await answer(TRAINING_ROWS, asked);
      assert.equal(rest.length, 0);
      const plain = (list: Float64Array) => [...list].map((value) => (Number.isNaN(value) ? null : value));
      assert.deepEqual([row?.values, row?.labels], [plain(whole.values), plain(whole.labels)]);
      const known = whole.values.filter((value) => !Number.isNaN(value)).length;
      assert.deepEqual([row?.close, row?.catalogue, row?.completeness], [2, 1, known / whole.values.length]);
    });
  });
}
