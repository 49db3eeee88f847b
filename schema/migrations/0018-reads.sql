-- Lists that people read over HTTP, newest first: of an account, of a tenant, of all. A list is read along one of these and stops
-- after a bounded number of rows, whatever else is asked of them (src/storage/ledger/sql-reads.ts).

-- Signals: by when they were made. The account's serves the count at a claim too, which had one of its own.
CREATE INDEX signals_of_account_by_time ON signals (account_id, created_at_ms, id);
DROP INDEX signals_opened;
CREATE INDEX signals_of_tenant_by_time ON signals (tenant_id, created_at_ms, id);
CREATE INDEX signals_by_time ON signals (created_at_ms, id);

-- Refusals: by the candle that decided, which is how their key lists an account's.
CREATE INDEX refusals_of_tenant_by_time ON signal_refusals (tenant_id, close_time_ms, account_id);
CREATE INDEX refusals_by_time ON signal_refusals (close_time_ms, account_id);

CREATE INDEX executions_of_account_by_time ON executions (account_id, done_at_ms, signal_id);
CREATE INDEX executions_of_tenant_by_time ON executions (tenant_id, done_at_ms, signal_id);
CREATE INDEX executions_by_time ON executions (done_at_ms, signal_id);

-- Of an account there is deals_of_account_by_time.
CREATE INDEX deals_of_tenant_by_time ON deals (tenant_id, broker_time_ms, account_id);
CREATE INDEX deals_by_time ON deals (broker_time_ms, account_id);

-- Of an account there is risk_events_of_account.
CREATE INDEX risk_events_of_tenant ON risk_events (tenant_id, at_ms, id);
CREATE INDEX risk_events_by_time ON risk_events (at_ms, id);
