-- What the seeds keep of accounts and tenants beside signals and trades: balances, risk events, reports, consents, a tenant's own
-- models, usage. docs/STORES.md tells which table of the seeds became which.

-- Where parts of partitioned tables are. No role of the engine may look in here: a part knows nothing of its table's policies.
CREATE SCHEMA partitions;
REVOKE ALL ON SCHEMA partitions FROM PUBLIC;

-- An account's money as its EA told it, every half minute and at each change: a series without a key, kept two years.
CREATE FUNCTION make_balances() RETURNS void LANGUAGE plpgsql AS $balances$
DECLARE
  hypertable boolean := EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb');
BEGIN
  EXECUTE $table$CREATE TABLE balances (
    tenant_id text COLLATE "C" NOT NULL,
    account_id uuid NOT NULL,
    at_ms bigint NOT NULL,
    balance double precision NOT NULL,
    equity double precision NOT NULL,
    margin double precision NOT NULL,
    margin_free double precision NOT NULL,
    -- Percent; null while nothing is open.
    margin_level double precision,
    floating_profit double precision NOT NULL,
    daily_profit double precision NOT NULL,
    -- From the highest equity, corrected for deposits and withdrawals.
    drawdown_percent double precision NOT NULL,
    open_positions integer NOT NULL,
    pending_orders integer NOT NULL,
    FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id)
  )$table$ || CASE WHEN hypertable THEN '' ELSE ' PARTITION BY RANGE (at_ms)' END;
  CREATE INDEX balances_of_account ON balances (account_id, at_ms);
  IF hypertable THEN
    -- Chunks of 30 days.
    EXECUTE $chunks$SELECT create_hypertable('balances', 'at_ms', chunk_time_interval => 2592000000::bigint,
      associated_schema_name => 'partitions', create_default_indexes => false)$chunks$;
  ELSE
    -- What comes before its part is made.
    CREATE TABLE partitions.balances_unsorted PARTITION OF balances DEFAULT;
  END IF;
END
$balances$;
SELECT make_balances();
DROP FUNCTION make_balances();

-- Makes the part of a table for a span of time, and moves into it what came before it was made; on TimescaleDB nothing is left
-- to do. For the owner's job, which also drops parts that are past keeping.
CREATE FUNCTION make_partition(parent regclass, from_ms bigint, to_ms bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $part$
DECLARE
  base text := (SELECT relname FROM pg_class WHERE oid = parent);
  part text := format('%I.%I', 'partitions', base || '_' || from_ms);
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = parent) <> 'p' OR to_regclass(part) IS NOT NULL THEN
    RETURN NULL;
  END IF;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS)', part, parent);
  EXECUTE format('WITH early AS (DELETE FROM partitions.%I WHERE at_ms >= %s AND at_ms < %s RETURNING *)
    INSERT INTO %s SELECT * FROM early', base || '_unsorted', from_ms, to_ms, part);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)', parent, part, from_ms, to_ms);
  RETURN part;
END
$part$;
REVOKE ALL ON FUNCTION make_partition FROM PUBLIC;

-- A limit that was reached, and what was done.
CREATE TABLE risk_events (
  id uuid PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  account_id uuid NOT NULL,
  at_ms bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  sentence text NOT NULL,
  limit_value double precision,
  current_value double precision,
  action text,
  FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id)
);
CREATE INDEX risk_events_of_account ON risk_events (account_id, at_ms);

-- A report to a regulator as it was made; kept ten years.
CREATE TABLE compliance_reports (
  id uuid PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  kind text COLLATE "C" NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL CHECK (to_ms > from_ms),
  body jsonb NOT NULL,
  created_at_ms bigint NOT NULL
);

-- What a person agreed to, and took back: a row each time, the newest counts.
CREATE TABLE consents (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  user_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  given boolean NOT NULL,
  -- Of the text that was shown.
  version text NOT NULL,
  PRIMARY KEY (tenant_id, user_id, kind, at_ms)
);

-- A tenant's own models; those that all tenants have come with the program.
CREATE TABLE models (
  id uuid PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  kind text COLLATE "C" NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  timeframe text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  -- Of the ONNX file, which is kept under it.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  -- Out of sample: accuracy, precision, recall, f1 and what else its card tells.
  card jsonb NOT NULL,
  active boolean NOT NULL DEFAULT false,
  trained_at_ms bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  UNIQUE (tenant_id, kind, symbol, timeframe, version)
);

-- What a tenant used of what its tier counts, by hour.
CREATE TABLE usage (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  hour_ms bigint NOT NULL CHECK (hour_ms % 3600000 = 0),
  what text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (tenant_id, hour_ms, what)
);

SELECT isolate_tenants(name::regclass)
  FROM unnest(ARRAY['balances', 'risk_events', 'compliance_reports', 'consents', 'models', 'usage']) AS name;
GRANT INSERT ON balances, risk_events, compliance_reports, consents TO suho_engine;
GRANT INSERT, UPDATE (active) ON models TO suho_engine;
GRANT INSERT, UPDATE (amount) ON usage TO suho_engine;
