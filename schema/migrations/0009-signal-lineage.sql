-- What a decision was made of: one row for all accounts of the tenant that it was made for, stored with the first signal that came
-- of it. As the text that it was written as: what is worked out of it anew must agree to the last bit.
CREATE TABLE signal_lineage (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  close_time_ms bigint NOT NULL,
  strategy text COLLATE "C" NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  timeframe text COLLATE "C" NOT NULL,
  body text NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, close_time_ms, strategy, symbol, timeframe)
);
SELECT isolate_tenants('signal_lineage');
GRANT INSERT ON signal_lineage TO suho_engine;
SELECT let_out('signal_lineage', 'true');
