-- What tenants' accounts saw and did.

CREATE TABLE IF NOT EXISTS suho.broker_quotes (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  account_id LowCardinality(String),
  symbol LowCardinality(String),
  bid Float64,
  ask Float64,
  broker LowCardinality(String),
  account_type LowCardinality(String),
  server LowCardinality(String),
  reference_mid Nullable(Float64),
  deviation Nullable(Float64),
  deviation_percent Nullable(Float64),
  tick_volume Float64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, account_id, symbol, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.heartbeats (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  account_id LowCardinality(String),
  status LowCardinality(String),
  round_trip_ms Nullable(Float64),
  clock_offset_ms Nullable(Float64),
  broker_connected Bool,
  trade_allowed Bool,
  expert_allowed Bool,
  synchronised Bool,
  error_count UInt32,
  ea_version LowCardinality(String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, account_id, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.balance_history (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  account_id LowCardinality(String),
  broker LowCardinality(String),
  currency LowCardinality(String),
  balance Float64,
  equity Float64,
  margin Float64,
  free_margin Float64,
  margin_level Nullable(Float64),
  floating Float64,
  day_profit Float64,
  leverage Float64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, account_id, time)
TTL toDateTime(time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.executions (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  account_id LowCardinality(String),
  signal_id String,
  attempt UInt32,
  outcome LowCardinality(String),
  strategy LowCardinality(String),
  symbol LowCardinality(String),
  direction LowCardinality(String),
  score Float64,
  requested_volume Float64,
  filled_volume Float64,
  requested_price Float64,
  price Float64,
  slippage_pips Nullable(Float64),
  spread Nullable(Float64),
  volatility Nullable(Float64),
  latency_ms Nullable(Float64),
  retcode UInt32,
  position String,
  sentence String
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, account_id, time, signal_id, attempt, outcome)
TTL toDateTime(time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.closed_trades (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  account_id LowCardinality(String),
  trade_id String,
  signal_id String,
  prediction_id String,
  pattern_id String,
  strategy LowCardinality(String),
  symbol LowCardinality(String),
  direction LowCardinality(String),
  opened_at DateTime64(3, 'UTC'),
  entry_price Float64,
  exit_price Float64,
  volume Float64,
  stop_loss Float64,
  take_profit Float64,
  pips Float64,
  profit Float64,
  commission Float64,
  swap Float64,
  currency LowCardinality(String),
  outcome LowCardinality(String),
  reason LowCardinality(String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, account_id, symbol, time, trade_id)
TTL toDateTime(time) + INTERVAL 7 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

-- A day's figures of an account, symbol and strategy: told anew with each trade that closes, the newest telling counts.
CREATE TABLE IF NOT EXISTS suho.trading_performance (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  account_id LowCardinality(String),
  symbol LowCardinality(String),
  strategy LowCardinality(String),
  total_trades UInt32,
  wins UInt32,
  losses UInt32,
  win_rate Float64,
  total_pips Float64,
  total_profit Float64,
  average_profit Float64,
  max_drawdown Float64,
  sharpe_ratio Nullable(Float64),
  profit_factor Nullable(Float64),
  average_hold_minutes Float64
) ENGINE = ReplacingMergeTree(total_trades)
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, account_id, symbol, strategy, time)
TTL toDateTime(time) + INTERVAL 7 YEAR
SETTINGS non_replicated_deduplication_window = 1000;
