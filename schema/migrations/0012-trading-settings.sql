-- How a tenant lets the engine trade, and an account where it differs; and who stopped either, when and why. What is not set
-- is not stored: the defaults stand in src/accounts/trading-settings.ts.
ALTER TABLE tenants
  ADD COLUMN trading jsonb NOT NULL DEFAULT '{}',
  -- The tenant's emergency stop: {reason, atMs, by}, null while it trades.
  ADD COLUMN stopped jsonb;
ALTER TABLE accounts
  ADD COLUMN trading jsonb NOT NULL DEFAULT '{}',
  -- Disabled by a limit or an operator: {reason, atMs, by}, null while it trades.
  ADD COLUMN disabled jsonb;
GRANT UPDATE (trading, stopped) ON tenants TO suho_engine;
GRANT UPDATE (trading, disabled) ON accounts TO suho_engine;
-- What an account made in the broker's week and what its broker takes for it are summed up at each claim.
CREATE INDEX deals_of_account_by_time ON deals (account_id, broker_time_ms);

-- What a signal was to lose at most when it was sent, so that a loss beyond it can be told: 0 in rows from before it was kept.
ALTER TABLE signals ADD COLUMN planned_loss double precision NOT NULL DEFAULT 0;
