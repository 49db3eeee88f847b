-- What brokers are compared by: each side of a quote beside the reference, and whose broker filled or refused an order, and how fast.
ALTER TABLE suho.broker_quotes
  ADD COLUMN IF NOT EXISTS deviation_bid Nullable(Float64),
  ADD COLUMN IF NOT EXISTS deviation_ask Nullable(Float64);
ALTER TABLE suho.executions
  ADD COLUMN IF NOT EXISTS broker LowCardinality(String),
  ADD COLUMN IF NOT EXISTS server LowCardinality(String),
  ADD COLUMN IF NOT EXISTS kind LowCardinality(String),
  ADD COLUMN IF NOT EXISTS order_ms Nullable(Float64),
  ADD COLUMN IF NOT EXISTS result_ms Nullable(Float64);
