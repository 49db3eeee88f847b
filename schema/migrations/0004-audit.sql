-- The audit log: hash-chained for each tenant and writer epoch, in the transaction of what it tells. Nobody has the right to
-- change or delete an entry or an anchor. Hashes are SHA-256 in lower-case hex, made by the engine
-- (src/storage/audit/chain.ts): the database keeps them and does not know how.

-- The newest number given to a process that writes.
INSERT INTO counters (name, value) VALUES ('audit_writer', 0);

-- The end of each chain; its row is locked by who writes to the chain.
CREATE TABLE audit_heads (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  writer bigint NOT NULL,
  seq bigint NOT NULL,
  hash text COLLATE "C" NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  -- Its place in the newest anchor that holds it.
  anchored_seq bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, writer)
);

CREATE TABLE audit_entries (
  tenant_id text COLLATE "C" NOT NULL,
  writer bigint NOT NULL,
  -- From 1 without gaps in its chain.
  seq bigint NOT NULL CHECK (seq > 0),
  at_ms bigint NOT NULL,
  kind text COLLATE "C" NOT NULL,
  -- Id of the signal, account or tenant; ticket of a deal.
  subject text COLLATE "C" NOT NULL,
  -- JSON, kept letter for letter as it was hashed.
  body text NOT NULL,
  hash text COLLATE "C" NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  PRIMARY KEY (tenant_id, writer, seq)
);
CREATE INDEX audit_of_subject ON audit_entries (tenant_id, subject, at_ms);

CREATE TABLE audit_anchors (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  seq bigint NOT NULL CHECK (seq > 0),
  at_ms bigint NOT NULL,
  -- Heads that moved since the anchor before: [[writer, seq, hash], …], letter for letter as it was hashed.
  heads text NOT NULL,
  hash text COLLATE "C" NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  PRIMARY KEY (tenant_id, seq)
);

SELECT isolate_tenants(name::regclass) FROM unnest(ARRAY['audit_heads', 'audit_entries', 'audit_anchors']) AS name;
GRANT INSERT, UPDATE (seq, hash, anchored_seq) ON audit_heads TO suho_engine;
GRANT INSERT ON audit_entries, audit_anchors TO suho_engine;
