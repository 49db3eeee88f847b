-- A tenant's own models as they are: pooled over symbols, known by their name and version, with the graph beside them, so that
-- every node of a cluster has it, and a backup as well. Nothing has written to the table yet.
ALTER TABLE models DROP COLUMN id, DROP COLUMN symbol, DROP COLUMN trained_at_ms;
ALTER TABLE models RENAME COLUMN kind TO name;
ALTER TABLE models ADD PRIMARY KEY (tenant_id, name, version);
-- One version of a name answers.
CREATE UNIQUE INDEX active_models ON models (tenant_id, name) WHERE active;

-- The ONNX file in pieces, so that no statement of a backup or of a reader grows with the number of models; empty once the
-- version is no longer in use.
CREATE TABLE model_parts (
  tenant_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  part integer NOT NULL CHECK (part >= 0),
  bytes bytea NOT NULL,
  PRIMARY KEY (tenant_id, name, version, part),
  FOREIGN KEY (tenant_id, name, version) REFERENCES models (tenant_id, name, version)
);
SELECT isolate_tenants('model_parts');
GRANT INSERT, UPDATE (bytes) ON model_parts TO suho_engine;
