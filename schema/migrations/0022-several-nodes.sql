-- What one node of several has changed, and the others must hear of.

ALTER TABLE tenants
  -- Numbers what operators change, over all tenants and in the order of the commits, as `accounts.change_number` does.
  ADD COLUMN change_number bigint NOT NULL DEFAULT 0;
CREATE INDEX tenants_by_change ON tenants (change_number);
INSERT INTO counters (name, value) VALUES ('tenant_change', 0), ('emergency_stop', 0);
GRANT UPDATE (change_number) ON tenants TO suho_engine;

-- The emergency stop of all nodes: one row. The counter of its name says how often it was changed.
CREATE TABLE emergency_stop (
  id integer PRIMARY KEY CHECK (id = 1),
  -- {reason, atMs, by}, null while they trade.
  stopped jsonb
);
INSERT INTO emergency_stop (id) VALUES (1);
GRANT SELECT ON emergency_stop TO suho_engine, suho_reader;
GRANT UPDATE (stopped) ON emergency_stop TO suho_engine;
