/** Predictions beside what came of them and what users did. */
import { namedQuery, SPAN, within } from '../named-query.js';

/** A trade is put beside a prediction made so long before or after its opening. */
const NEAR = 'INTERVAL 5 MINUTE';
const ALIGNED = "(p.direction = 1 AND t.direction = 'BUY') OR (p.direction = -1 AND t.direction = 'SELL')";

/** Trades, and predictions of their symbol from five minutes around their opening. */
const TRADES_AND_PREDICTIONS = `
  (SELECT * FROM suho.closed_trades WHERE ${within('time')}) AS t
  %JOIN% JOIN (
    SELECT tenant_id, symbol, prediction_id, direction, confidence, time
    FROM suho.predictions
    WHERE time >= (SELECT min(opened_at) FROM suho.closed_trades WHERE ${within('time')}) - ${NEAR}
      AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC') + ${NEAR}
  ) AS p ON p.symbol = t.symbol AND p.time >= t.opened_at - ${NEAR} AND p.time <= t.opened_at + ${NEAR}`;

/** Every trade with every prediction near its opening: did the user go with it, and how did that end? */
export const PREDICTIONS_AGAINST_TRADES = namedQuery({
  name: 'predictions-against-trades',
  parameters: { ...SPAN, limit: 'count' },
  columns: {
    closedMs: 'number',
    accountId: 'text',
    symbol: 'text',
    predictionId: 'text',
    predictedDirection: 'number',
    confidence: 'number',
    direction: 'text',
    pips: 'number',
    outcome: 'text',
    alignment: 'text',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(t.time) AS closed, t.account_id AS account, t.symbol, p.prediction_id AS prediction, p.direction,
      p.confidence, t.direction, t.pips, t.outcome, if(${ALIGNED}, 'aligned', 'divergent')
    FROM ${TRADES_AND_PREDICTIONS.replace('%JOIN%', 'INNER')}
    ORDER BY closed, account, prediction
    LIMIT {limit:UInt32}`,
});

/**
 * A day of an account in a symbol: its trades, and how they went with the engine. A trade counts once, beside the newest of
 * the predictions near its opening.
 */
export const ALIGNMENT = namedQuery({
  name: 'alignment',
  parameters: SPAN,
  columns: {
    dayMs: 'number',
    accountId: 'text',
    symbol: 'text',
    totalTrades: 'number',
    wins: 'number',
    losses: 'number',
    totalPips: 'number',
    averageConfidence: 'optional',
    predictedTrades: 'number',
    correctPredictions: 'number',
    alignedTrades: 'number',
  },
  sql: `
    SELECT toInt64(toUnixTimestamp(toStartOfDay(closed))) * 1000 AS day, account, trade_symbol, count(), countIf(outcome = 'WIN'),
      countIf(outcome = 'LOSS'), sum(pips), avgOrNullIf(confidence, prediction != '') AS average_confidence,
      countIf(prediction != ''), countIf(prediction != '' AND o.correct), countIf(aligned)
    FROM (
      SELECT any(t.time) AS closed, t.account_id AS account, t.symbol AS trade_symbol, any(t.outcome) AS outcome, any(t.pips) AS pips,
        argMax(p.prediction_id, p.time) AS prediction, argMax(p.confidence, p.time) AS confidence,
        argMax(${ALIGNED}, p.time) AS aligned
      FROM ${TRADES_AND_PREDICTIONS.replace('%JOIN%', 'LEFT')}
      GROUP BY account, trade_symbol, t.trade_id
    ) AS trades
    LEFT JOIN (SELECT prediction_id, any(correct) AS correct FROM suho.prediction_outcomes GROUP BY prediction_id) AS o
      ON o.prediction_id = trades.prediction
    GROUP BY day, account, trade_symbol
    ORDER BY day, account, trade_symbol`,
});

/** What models said of a symbol and timeframe, newest first, and of how many horizons it is known how they came out. */
export const PREDICTION_HISTORY = namedQuery({
  name: 'prediction-history',
  parameters: { symbol: 'text', timeframe: 'text', ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    direction: 'number',
    confidence: 'number',
    price: 'optional',
    lstm1m: 'optional',
    lstm5m: 'optional',
    lstm15m: 'optional',
    lstm1h: 'optional',
    boostingBuy: 'optional',
    boostingSell: 'optional',
    pattern: 'text',
    patternProbability: 'optional',
    judged: 'number',
    right: 'number',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(p.time) AS at, p.direction, p.confidence, p.price, p.lstm_price_1m, p.lstm_price_5m,
      p.lstm_price_15m, p.lstm_price_1h, p.boosting_buy, p.boosting_sell, p.cnn_pattern, p.cnn_probability, o.judged, o.went
    FROM (
      SELECT * FROM suho.predictions
      WHERE symbol = {symbol:String} AND timeframe = {timeframe:String} AND ${within('time')}
      ORDER BY time DESC
      LIMIT {limit:UInt32}
    ) AS p
    LEFT JOIN (
      SELECT prediction_id, count() AS judged, countIf(correct) AS went
      FROM suho.prediction_outcomes
      WHERE symbol = {symbol:String} AND ${within('time')}
      GROUP BY prediction_id
    ) AS o ON o.prediction_id = p.prediction_id
    ORDER BY at DESC`,
});

function accuracy(name: string, start: string) {
  return namedQuery({
    name,
    parameters: SPAN,
    columns: {
      startMs: 'number',
      modelId: 'text',
      symbol: 'text',
      averageAccuracy: 'number',
      accuracyDeviation: 'optional',
      predictions: 'number',
      averageConfidence: 'number',
    },
    sql: `
      SELECT toInt64(toUnixTimestamp(${start}(time))) * 1000 AS start, model_id, symbol, avg(accuracy), stddevSamp(accuracy), count(),
        avg(confidence)
      FROM suho.prediction_outcomes
      WHERE ${within('time')}
      GROUP BY start, model_id, symbol
      ORDER BY start, model_id, symbol`,
  });
}

/** How often a model was right, by the hour and by the day of its predictions. */
export const HOURLY_ACCURACY = accuracy('hourly-accuracy', 'toStartOfHour');
export const DAILY_ACCURACY = accuracy('daily-accuracy', 'toStartOfDay');

/** Retrainings, newest first. */
export const RETRAININGS = namedQuery({
  name: 'retrainings',
  parameters: { ...SPAN, limit: 'count' },
  columns: {
    timeMs: 'number',
    runId: 'text',
    symbol: 'text',
    modelType: 'text',
    testAccuracy: 'number',
    improvementPercent: 'number',
    newModelId: 'text',
    deployed: 'number',
  },
  sql: `
    SELECT toUnixTimestamp64Milli(time) AS at, run_id, symbol, model_type, test_accuracy, improvement_percent, new_model_id,
      toUInt8(deployed)
    FROM suho.retraining_runs
    WHERE ${within('time')}
    ORDER BY at DESC, run_id
    LIMIT {limit:UInt32}`,
});
