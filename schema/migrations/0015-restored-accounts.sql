-- Accounts of a ledger that was put back from a backup: what was traded for them since the backup was made, the ledger has lost,
-- and their brokers still know. Written by the restore; an account that never went through one has no row.
CREATE TABLE account_restores (
  account_id uuid PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  -- What was decided before may have been executed under a number that was lost.
  restored_at_ms bigint NOT NULL,
  -- From when on the broker's history is wanted; null once it has been told and stored.
  history_from_ms bigint,
  FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id)
);
SELECT isolate_tenants('account_restores');
GRANT UPDATE (history_from_ms) ON account_restores TO suho_engine;
