/** How accounts fared. */
import { namedQuery, SPAN, within } from '../named-query.js';

/** Trades, wins and profit of each account and symbol, day by day. */
export const DAILY_PERFORMANCE = namedQuery({
  name: 'daily-performance',
  parameters: SPAN,
  columns: {
    dayMs: 'number',
    accountId: 'text',
    symbol: 'text',
    totalTrades: 'number',
    wins: 'number',
    losses: 'number',
    winRate: 'number',
    totalPips: 'number',
    totalProfit: 'number',
  },
  sql: `
    SELECT toInt64(toUnixTimestamp(toStartOfDay(time))) * 1000 AS day, account_id, symbol, count(), countIf(outcome = 'WIN'),
      countIf(outcome = 'LOSS'), avg(outcome = 'WIN'), sum(pips), sum(profit + commission + swap)
    FROM suho.closed_trades
    WHERE ${within('time')}
    GROUP BY day, account_id, symbol
    ORDER BY day, account_id, symbol`,
});

/** The figures of `accounts/performance.ts`, as last told for each day. */
export const TRADING_PERFORMANCE = namedQuery({
  name: 'trading-performance',
  parameters: SPAN,
  columns: {
    dayMs: 'number',
    accountId: 'text',
    symbol: 'text',
    strategy: 'text',
    totalTrades: 'number',
    winRate: 'number',
    totalProfit: 'number',
    maxDrawdown: 'number',
    sharpeRatio: 'optional',
    profitFactor: 'optional',
    averageHoldMinutes: 'number',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS day, account_id, symbol, strategy, total_trades, win_rate, total_profit, max_drawdown,
      sharpe_ratio, profit_factor, average_hold_minutes
    FROM suho.trading_performance
    WHERE ${within('time')}
    ORDER BY day, account_id, symbol, strategy`,
});

/** The trades of a span in the order of closing: what a restarted node counts its day on from. */
export const CLOSED_TRADES = namedQuery({
  name: 'closed-trades',
  parameters: { ...SPAN, limit: 'count' },
  columns: {
    closedMs: 'number',
    openedMs: 'number',
    accountId: 'text',
    tradeId: 'text',
    symbol: 'text',
    strategy: 'text',
    direction: 'text',
    pips: 'number',
    net: 'number',
    outcome: 'text',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS closed, toUnixTimestamp64Milli(opened_at), account_id, trade_id, symbol, strategy,
      direction, pips, profit + commission + swap, outcome
    FROM suho.closed_trades
    WHERE ${within('time')}
    ORDER BY closed, trade_id
    LIMIT {limit:UInt32}`,
});

/** Signals that were executed and are closed, with how they were filled and what they brought: what a model learns from. */
export const FEEDBACK = namedQuery({
  name: 'feedback',
  parameters: { ...SPAN, limit: 'count' },
  columns: {
    closedMs: 'number',
    accountId: 'text',
    signalId: 'text',
    strategy: 'text',
    score: 'number',
    price: 'number',
    slippagePips: 'optional',
    latencyMs: 'optional',
    spread: 'optional',
    volatility: 'optional',
    profit: 'number',
    pips: 'number',
    outcome: 'text',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(t.time) AS closed, t.account_id AS account, t.signal_id AS signal, e.strategy, e.score, e.price,
      e.slippage_pips, e.latency_ms, e.spread, e.volatility, t.profit, t.pips, t.outcome
    FROM (SELECT * FROM suho.closed_trades WHERE ${within('time')} AND signal_id != '') AS t
    INNER JOIN (SELECT * FROM suho.executions WHERE outcome = 'EXECUTED') AS e
      ON e.account_id = t.account_id AND e.signal_id = t.signal_id
    ORDER BY closed DESC, account, signal
    LIMIT {limit:UInt32}`,
});

/** Balance and equity at the end of each five minutes. */
export const BALANCES = namedQuery({
  name: 'balances',
  parameters: { accountId: 'text', ...SPAN },
  columns: { startMs: 'number', balance: 'number', equity: 'number', averageMarginLevel: 'optional' },
  sql: `
    SELECT toInt64(toUnixTimestamp(toStartOfFiveMinutes(time))) * 1000 AS start, argMax(balance, time), argMax(equity, time),
      avg(margin_level)
    FROM suho.balance_history
    WHERE account_id = {accountId:String} AND ${within('time')}
    GROUP BY start
    ORDER BY start`,
});

/** Each account's newest heartbeat within the span: whose connection is bad, longest silence first. */
export const CONNECTIVITY = namedQuery({
  name: 'connectivity',
  parameters: SPAN,
  columns: { accountId: 'text', status: 'text', lastMs: 'number', heartbeats: 'number', averageRoundTripMs: 'optional' },
  sql: `
    SELECT account_id, argMax(status, time), toUnixTimestamp64Milli(max(time)) AS last, count(), avg(round_trip_ms)
    FROM suho.heartbeats
    WHERE ${within('time')}
    GROUP BY account_id
    ORDER BY last, account_id`,
});

/** Backtests, newest first. */
export const BACKTESTS = namedQuery({
  name: 'backtests',
  parameters: { ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    backtestId: 'text',
    strategy: 'text',
    symbol: 'text',
    totalTrades: 'number',
    winRate: 'number',
    profitFactor: 'optional',
    totalReturnPercent: 'number',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS at, backtest_id, strategy, symbol, total_trades, win_rate, profit_factor,
      total_return_percent
    FROM suho.backtests
    WHERE ${within('time')}
    ORDER BY at DESC, backtest_id
    LIMIT {limit:UInt32}`,
});

/** A tenant's log lines, newest first. */
export const LOG_LINES = namedQuery({
  name: 'log-lines',
  parameters: { levels: 'texts', ...SPAN, limit: 'count' },
  columns: { timeMs: 'number', service: 'text', level: 'text', action: 'text', message: 'text' },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS at, service, level, action, message
    FROM suho.logs
    WHERE has({levels:Array(String)}, level) AND ${within('time')}
    ORDER BY at DESC, service, message
    LIMIT {limit:UInt32}`,
});

/** A tenant's inferences: how long each model takes and how often the cache had the answer. */
export const INFERENCE_TIMES = namedQuery({
  name: 'inference-times',
  parameters: SPAN,
  columns: {
    modelId: 'text',
    modelVersion: 'text',
    inferences: 'number',
    averageMs: 'number',
    p99Ms: 'number',
    cached: 'number',
  },
  sql: `
    SELECT model_id, model_version, count(), avg(duration_ms), quantileExact(0.99)(duration_ms), avg(cache_hit)
    FROM suho.inference_logs
    WHERE ${within('time')}
    GROUP BY model_id, model_version
    ORDER BY model_id, model_version`,
});
