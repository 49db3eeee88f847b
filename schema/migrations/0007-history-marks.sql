-- How far each writer of account history has come with each tenant, so that rows that are sent again are stored once.
--
-- Balances have no key and usage is added up: neither shows whether a row is there already. So a writer numbers what it takes,
-- and the number of the newest row stored moves here in the transaction that stores it. A writer is one run of one node; the
-- owner's job may drop marks whose writer is long gone and whose spill is empty.
CREATE TABLE history_marks (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  writer uuid NOT NULL,
  place bigint NOT NULL CHECK (place > 0),
  -- Where it stood before the newest transaction: what that one begins behind.
  place_before bigint NOT NULL,
  written_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, writer)
);
SELECT isolate_tenants('history_marks');
GRANT INSERT, UPDATE (place, place_before, written_at_ms) ON history_marks TO suho_engine;

-- What the drawdown goes on from after a restart; null in rows from before this migration.
ALTER TABLE balances
  -- Highest equity so far, corrected for deposits and withdrawals.
  ADD COLUMN highest_equity double precision,
  -- Ticket of the newest deposit or withdrawal that it is corrected for; 0 for none.
  ADD COLUMN newest_movement numeric(20, 0);
