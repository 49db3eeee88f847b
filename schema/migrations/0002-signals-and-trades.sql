-- What an account was told, what it was not told and why, and what its EA and broker made of it.
--
-- Volumes and prices are double precision, exactly what MT5 hands out and takes. Tickets are unsigned 64-bit: numeric(20, 0).
-- Sums of volume are kept in 1e-8 lots as bigint, so that "nothing remains" is an exact comparison.

CREATE TABLE signals (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  tenant_id text COLLATE "C" NOT NULL,
  -- The account's signal number: low 32 bits of its magic.
  seq bigint NOT NULL,
  strategy text COLLATE "C" NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  timeframe text COLLATE "C" NOT NULL,
  -- End of the candle that decided.
  close_time_ms bigint NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('OPEN', 'CLOSE')),
  -- Of a CLOSE: the signal whose position it closes.
  target_id uuid REFERENCES signals (id),
  -- Broker's ticket of the position that it opened, or that it closes; 0 while there is none.
  position numeric(20, 0) NOT NULL DEFAULT 0,
  direction text NOT NULL CHECK (direction IN ('BUY', 'SELL')),
  entry double precision NOT NULL,
  entry_low double precision NOT NULL,
  entry_high double precision NOT NULL,
  stop_loss double precision NOT NULL,
  take_profit double precision NOT NULL,
  volume double precision NOT NULL,
  risk_percent double precision NOT NULL,
  score double precision NOT NULL,
  strength text NOT NULL CHECK (strength IN ('STRONG', 'MODERATE')),
  parts jsonb NOT NULL,
  valid_until_ms bigint NOT NULL,
  state text NOT NULL CHECK (
    state IN ('PENDING', 'SENT', 'UNKNOWN', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'CLOSED')
  ),
  reason text,
  -- Instance of the EA it was first sent to.
  instance text,
  -- From the EA's RESULT.
  filled_volume double precision NOT NULL DEFAULT 0,
  fill_price double precision NOT NULL DEFAULT 0,
  -- From the broker's deals, in 1e-8 lots: their difference is what remains open.
  opened_units bigint NOT NULL DEFAULT 0,
  closed_units bigint NOT NULL DEFAULT 0,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  -- One decision, one signal.
  UNIQUE (account_id, strategy, symbol, timeframe, close_time_ms, kind),
  UNIQUE (account_id, seq)
);
-- What a new session must take up again.
CREATE INDEX signals_open ON signals (account_id, seq) 
  WHERE state IN ('PENDING', 'SENT', 'UNKNOWN') OR state = 'EXECUTED' AND kind = 'OPEN';

CREATE TABLE signal_refusals (
  account_id uuid NOT NULL REFERENCES accounts (id),
  tenant_id text COLLATE "C" NOT NULL,
  strategy text COLLATE "C" NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  timeframe text COLLATE "C" NOT NULL,
  close_time_ms bigint NOT NULL,
  direction text COLLATE "C" NOT NULL CHECK (direction IN ('BUY', 'SELL')),
  reason text NOT NULL,
  -- The numbers that the refusing check compared.
  figures jsonb NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (account_id, close_time_ms, strategy, symbol, timeframe, direction)
);

-- Each RESULT of the EA, also one that contradicts an earlier one.
CREATE TABLE executions (
  account_id uuid NOT NULL REFERENCES accounts (id),
  tenant_id text COLLATE "C" NOT NULL,
  signal_id uuid NOT NULL REFERENCES signals (id),
  attempt bigint NOT NULL,
  outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN')),
  requested_volume double precision NOT NULL,
  filled_volume double precision NOT NULL,
  price double precision NOT NULL,
  retcode bigint NOT NULL,
  "order" numeric(20, 0) NOT NULL,
  position numeric(20, 0) NOT NULL,
  deals numeric(20, 0)[] NOT NULL,
  received_at_ms bigint NOT NULL,
  done_at_ms bigint NOT NULL,
  sentence text NOT NULL,
  PRIMARY KEY (account_id, signal_id, attempt, outcome)
);

-- Each deal of the account, also those of its user's own trades.
CREATE TABLE deals (
  account_id uuid NOT NULL REFERENCES accounts (id),
  tenant_id text COLLATE "C" NOT NULL,
  deal numeric(20, 0) NOT NULL,
  "order" numeric(20, 0) NOT NULL,
  position numeric(20, 0) NOT NULL,
  signal_id uuid REFERENCES signals (id),
  symbol text NOT NULL,
  entry text NOT NULL CHECK (entry IN ('IN', 'OUT', 'INOUT', 'OUT_BY')),
  direction text NOT NULL CHECK (direction IN ('BUY', 'SELL')),
  volume double precision NOT NULL,
  price double precision NOT NULL,
  profit double precision NOT NULL,
  commission double precision NOT NULL,
  swap double precision NOT NULL,
  reason text NOT NULL,
  magic numeric(20, 0) NOT NULL,
  broker_time_ms bigint NOT NULL,
  PRIMARY KEY (account_id, deal)
);
CREATE INDEX deals_of_signal ON deals (signal_id) WHERE signal_id IS NOT NULL;
