-- Two keys of an account while its owner changes from one to the other, who has heard of an operator's change, and the public
-- keys by which tokens are known to be a node's.

ALTER TABLE accounts
  -- The key before, and until when it still lets its EA in: as long as it is not past, both are valid.
  ADD COLUMN previous_key_hash text UNIQUE CHECK (previous_key_hash ~ '^[0-9a-f]{64}$'),
  ADD COLUMN previous_until_ms bigint,
  -- When the newest key first let an EA in.
  ADD COLUMN key_used_at_ms bigint,
  -- The newest key is nobody's.
  ADD COLUMN key_revoked boolean NOT NULL DEFAULT false,
  -- Numbers what operators change, over all accounts and in the order of the commits: a node asks for what is behind the
  -- newest that it has seen, and whoever has the account's session is told. 0: nobody has changed it since it was made.
  ADD COLUMN change_number bigint NOT NULL DEFAULT 0,
  ADD CHECK ((previous_key_hash IS NULL) = (previous_until_ms IS NULL));
CREATE INDEX accounts_by_change ON accounts (change_number);
INSERT INTO counters (name, value) VALUES ('account_change', 0);
GRANT UPDATE (previous_key_hash, previous_until_ms, key_used_at_ms, key_revoked, change_number) ON accounts TO suho_engine;

-- Each node signs with a key of its own, whose private half never leaves its data folder; by these every node knows the others'.
CREATE TABLE token_keys (
  id text COLLATE "C" PRIMARY KEY,
  -- Of Ed25519, 32 bytes as base64url.
  public_key text NOT NULL CHECK (public_key ~ '^[A-Za-z0-9_-]{43}$'),
  made_at_ms bigint NOT NULL,
  -- No token of it is taken from then on.
  valid_until_ms bigint NOT NULL
);
GRANT SELECT ON token_keys TO suho_engine, suho_reader;
GRANT INSERT, UPDATE (valid_until_ms) ON token_keys TO suho_engine;
