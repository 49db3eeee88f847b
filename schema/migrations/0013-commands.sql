-- What an account's EA was asked to do beside opening and closing for signals: close, move stops, call a signal back, reconnect. Each
-- is a row before its first byte leaves, and walks through its life as a signal does.
CREATE TABLE commands (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  -- What it came of, in words that are the same each time: one cause, one command.
  cause text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL CHECK (
    action IN ('CLOSE_POSITION', 'CLOSE_ALL', 'MODIFY', 'CANCEL_ORDER', 'CANCEL_SIGNAL', 'RECONNECT')
  ),
  scope text COLLATE "C" NOT NULL CHECK (scope IN ('NONE', 'OURS', 'EVERYTHING')),
  -- Canonical name; null for every symbol, or where a ticket names it.
  symbol text COLLATE "C",
  position numeric(20, 0) NOT NULL,
  "order" numeric(20, 0) NOT NULL,
  -- The signal to call back, or whose position it is. No foreign key: a signal may leave for the archive before it.
  signal_id uuid,
  volume double precision NOT NULL,
  price double precision NOT NULL,
  stop_loss double precision NOT NULL,
  take_profit double precision NOT NULL,
  reason text NOT NULL,
  asked_by text COLLATE "C" NOT NULL CHECK (asked_by IN ('operator', 'exit', 'limit', 'engine')),
  state text COLLATE "C" NOT NULL CHECK (
    state IN ('PENDING', 'SENT', 'UNKNOWN', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED')
  ),
  -- Why it is in that state, where there is more to say.
  said text,
  -- Instance of the EA it was first sent to.
  instance text,
  valid_until_ms bigint NOT NULL,
  -- Each RESULT of the EA, in the order in which they came.
  results jsonb NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  PRIMARY KEY (account_id, id),
  UNIQUE (account_id, cause),
  FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id)
);
-- What a new session must take up again.
CREATE INDEX commands_open ON commands (account_id) WHERE state IN ('PENDING', 'SENT', 'UNKNOWN');
CREATE INDEX commands_that_cancel ON commands (account_id, signal_id) WHERE action = 'CANCEL_SIGNAL';
-- Those of one account, newest first.
CREATE INDEX commands_by_time ON commands (account_id, created_at_ms);
SELECT isolate_tenants('commands');
GRANT INSERT, UPDATE (state, said, instance, results, updated_at_ms) ON commands TO suho_engine;
SELECT let_out('commands', $$state IN ('EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED')$$);
