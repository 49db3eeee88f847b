-- What models said and how it came out. An empty tenant marks what the engine's own models said to all.

CREATE TABLE IF NOT EXISTS suho.predictions (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  prediction_id String,
  model_id LowCardinality(String),
  symbol LowCardinality(String),
  timeframe LowCardinality(String),
  direction Int32,
  confidence Float64,
  price Nullable(Float64),
  lstm_price_1m Nullable(Float64),
  lstm_price_5m Nullable(Float64),
  lstm_price_15m Nullable(Float64),
  lstm_price_1h Nullable(Float64),
  lstm_confidence Nullable(Float64),
  cnn_pattern LowCardinality(String),
  cnn_probability Nullable(Float64),
  cnn_target_price Nullable(Float64),
  boosting_direction LowCardinality(String),
  boosting_buy Nullable(Float64),
  boosting_sell Nullable(Float64),
  boosting_hold Nullable(Float64),
  similar_patterns UInt32,
  pattern_similarity Nullable(Float64)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, symbol, timeframe, time, prediction_id)
TTL toDateTime(time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.prediction_outcomes (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  model_id LowCardinality(String),
  symbol LowCardinality(String),
  prediction_id String,
  predicted_price Nullable(Float64),
  actual_price Float64,
  actual_direction Int32,
  correct Bool,
  accuracy Float64,
  confidence Float64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, model_id, symbol, time, prediction_id)
TTL toDateTime(time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.retraining_runs (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  run_id String,
  symbol LowCardinality(String),
  model_type LowCardinality(String),
  training_samples UInt64,
  validation_samples UInt64,
  test_samples UInt64,
  training_accuracy Float64,
  validation_accuracy Float64,
  test_accuracy Float64,
  previous_model_id String,
  new_model_id String,
  improvement_percent Float64,
  deployed Bool,
  deployed_at Nullable(DateTime64(3, 'UTC')),
  duration_s Float64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, symbol, model_type, time, run_id)
TTL toDateTime(time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.backtests (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  backtest_id String,
  strategy LowCardinality(String),
  symbol LowCardinality(String),
  timeframe LowCardinality(String),
  started_at DateTime64(3, 'UTC'),
  ended_at DateTime64(3, 'UTC'),
  total_trades UInt32,
  win_rate Float64,
  profit_factor Nullable(Float64),
  sharpe_ratio Nullable(Float64),
  max_drawdown Float64,
  total_return_percent Float64,
  digest String,
  parameters Map(String, String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, strategy, time, backtest_id)
TTL toDateTime(time) + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 1000;
