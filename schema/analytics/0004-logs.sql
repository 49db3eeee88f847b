-- What the engine did. An empty tenant is the node's own business, which no tenant reads.

CREATE TABLE IF NOT EXISTS suho.logs (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  service LowCardinality(String),
  level LowCardinality(String),
  trace_id String,
  account_id String,
  action LowCardinality(String),
  duration_ms Nullable(Float64),
  success Bool,
  message String,
  metadata Map(String, String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, service, time, trace_id, message)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.inference_logs (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  model_id LowCardinality(String),
  model_version LowCardinality(String),
  symbol LowCardinality(String),
  timeframe LowCardinality(String),
  confidence Float64,
  result LowCardinality(String),
  duration_ms Float64,
  tier LowCardinality(String),
  cache_hit Bool,
  inputs Map(String, Float64)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, model_id, symbol, timeframe, time)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000;

-- Where rows are missing because the store was away for longer than the spill on disk could hold.
CREATE TABLE IF NOT EXISTS suho.gaps (
  time DateTime64(3, 'UTC'),
  tenant_id LowCardinality(String),
  lane LowCardinality(String),
  from_time DateTime64(3, 'UTC'),
  to_time DateTime64(3, 'UTC'),
  items UInt64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, lane, from_time, to_time)
TTL toDateTime(time) + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 1000;
