-- Tenants, their MT5 accounts, the sessions that owned each account, and the broker's symbols.
--
-- Runs unchanged on PGlite and on PostgreSQL 15 or later. Conventions of every table here:
-- * Instants are bigint milliseconds UTC, named …_at_ms: what the engine computes with, exact in a unique key, and read
--   back without a session time zone or a date style in between (PGlite shares session state between its clients).
-- * Texts that take part in an order are COLLATE "C", so that pages and digests come in the same order on every server.
-- * A tenant's table carries tenant_id, also where a join could find it: row security filters on it.

CREATE TABLE counters (
  name text PRIMARY KEY,
  value bigint NOT NULL
);
-- The newest magic base given to an account. Base 0 is nobody's: its magics are the small numbers that users pick.
INSERT INTO counters (name, value) VALUES ('magic_base', 0);

CREATE TABLE tenants (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text NOT NULL,
  tier text NOT NULL CHECK (tier IN ('free', 'basic', 'pro', 'enterprise')),
  signal_timeframe text NOT NULL CHECK (signal_timeframe IN ('M1', 'M5', 'M15', 'H1', 'H4', 'D1')),
  strategy text NOT NULL,
  -- Canonical symbols it follows; the tier bounds how many.
  symbols text[] NOT NULL DEFAULT '{}',
  created_at_ms bigint NOT NULL
);

CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
  mode text NOT NULL CHECK (mode IN ('observe', 'demo', 'live')),
  -- SHA-256 of the API key, lower-case hex.
  key_hash text NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
  -- High 32 bits of the magic of each of the account's signals; MT5's magic is a signed 64-bit number.
  magic_base bigint NOT NULL UNIQUE CHECK (magic_base BETWEEN 1 AND 2147483647),
  -- Number of the newest signal: they are numbered from 1 without gaps.
  seq bigint NOT NULL DEFAULT 0 CHECK (seq BETWEEN 0 AND 4294967295),
  -- Ownership: each accepted HELLO raises it, and nothing is written for the account under an older one.
  epoch bigint NOT NULL DEFAULT 0,
  -- Newest symbol id given: they are permanent and never reused.
  symbol_seq integer NOT NULL DEFAULT 0,
  -- Bound at the key's first use: all three or none.
  login bigint,
  server text,
  currency text,
  -- Instance id of the EA of the newest session.
  instance text,
  -- Which symbol table its suho-1 EA uses; without one it is sent no command.
  suho1_table text CHECK (suho1_table IN ('current', 'older')),
  created_at_ms bigint NOT NULL,
  CHECK ((login IS NULL) = (server IS NULL) AND (login IS NULL) = (currency IS NULL))
);
CREATE INDEX accounts_of_tenant ON accounts (tenant_id, id);

-- One row for each epoch of an account: who owned it and since when.
CREATE TABLE sessions (
  account_id uuid NOT NULL REFERENCES accounts (id),
  epoch bigint NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  instance text NOT NULL,
  claimed_at_ms bigint NOT NULL,
  PRIMARY KEY (account_id, epoch)
);
CREATE INDEX sessions_by_time ON sessions (account_id, claimed_at_ms);

CREATE TABLE account_symbols (
  account_id uuid NOT NULL REFERENCES accounts (id),
  symbol_id integer NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  broker_name text COLLATE "C" NOT NULL,
  -- Canonical name; null where the broker's could not be mapped.
  symbol text COLLATE "C",
  details jsonb NOT NULL,
  PRIMARY KEY (account_id, symbol_id),
  UNIQUE (account_id, broker_name)
);
