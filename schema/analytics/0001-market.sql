-- What the market did: one copy for all, without tenant.
--
-- Every table here and in the files after it: rows of one key replace each other, so that a row told twice counts once
-- (readers merge as they read, see src/storage/analytics/sql-analytics.ts); a batch sent again after a lost answer is
-- recognised by its token before it becomes a part; a month is a part's border, and what is older than the table keeps
-- goes by TTL. A file may be applied half when the server dies, so each statement can be run again.

CREATE TABLE IF NOT EXISTS suho.ticks (
  time DateTime64(3, 'UTC'),
  symbol LowCardinality(String),
  bid Float64,
  ask Float64,
  volume Float64,
  source LowCardinality(String),
  exchange LowCardinality(String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (symbol, time, bid, ask)
TTL toDateTime(time) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.candles (
  time DateTime64(3, 'UTC'),
  symbol LowCardinality(String),
  timeframe LowCardinality(String),
  open Float64,
  high Float64,
  low Float64,
  close Float64,
  volume Float64,
  spread Float64,
  gap_before UInt32,
  vwap Nullable(Float64),
  trades Nullable(Float64),
  source LowCardinality(String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (symbol, timeframe, time)
TTL toDateTime(time) + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

-- One column per feature of the catalogue and per label is added to this by src/storage/analytics/schema.ts, which reads
-- them from the catalogue: a feature that comes to it comes to this table, and none ever leaves.
CREATE TABLE IF NOT EXISTS suho.features (
  time DateTime64(3, 'UTC'),
  symbol LowCardinality(String),
  timeframe LowCardinality(String),
  open Float64,
  high Float64,
  low Float64,
  close Float64,
  volume Float64,
  catalogue UInt32,
  completeness Float64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (symbol, timeframe, time)
TTL toDateTime(time) + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS suho.correlations (
  time DateTime64(3, 'UTC'),
  a LowCardinality(String),
  b LowCardinality(String),
  timeframe LowCardinality(String),
  window UInt32,
  lag Int32,
  correlation Float64,
  persistence Nullable(Float64),
  vector Array(Float64),
  regime LowCardinality(String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (a, b, timeframe, window, time)
TTL toDateTime(time) + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 1000;
