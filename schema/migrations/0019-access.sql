-- Who may come in over HTTP, and what operators did. What belongs to no tenant is the node's own: its rows carry '_node', which
-- is the id of no tenant and never can be (ids begin with a letter or digit), and are under row security like a tenant's.

-- A chain is of a tenant that there is, or of the node.
ALTER TABLE audit_heads DROP CONSTRAINT audit_heads_tenant_id_fkey,
  ADD COLUMN of_tenant text COLLATE "C" GENERATED ALWAYS AS (nullif(tenant_id, '_node')) STORED REFERENCES tenants (id);
ALTER TABLE audit_anchors DROP CONSTRAINT audit_anchors_tenant_id_fkey,
  ADD COLUMN of_tenant text COLLATE "C" GENERATED ALWAYS AS (nullif(tenant_id, '_node')) STORED REFERENCES tenants (id);

-- Who may sign in. A name is of one user over all tenants, and stays its tenant's: one that was removed may be added again there.
CREATE TABLE users (
  name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._@+-]{0,62}$'),
  tenant_id text COLLATE "C" NOT NULL,
  of_tenant text COLLATE "C" GENERATED ALWAYS AS (nullif(tenant_id, '_node')) STORED REFERENCES tenants (id),
  role text NOT NULL CHECK (role IN ('owner', 'operator', 'auditor', 'tenant-admin', 'tenant-reader')),
  -- scrypt, with its parameters and salt; null: this user does not sign in by a password.
  password text CHECK (password ~ '^scrypt\$'),
  -- Of TOTP, base32. It counts from the first code that was shown on.
  totp_secret text,
  totp_confirmed_ms bigint,
  -- Of the newest code that was taken: none is taken twice, nor one before it.
  totp_step bigint NOT NULL DEFAULT 0,
  -- SHA-256 of the recovery codes that are left.
  recovery text[] NOT NULL DEFAULT '{}',
  -- Ranges of addresses that this user may come from; none: from everywhere.
  addresses text[] NOT NULL DEFAULT '{}',
  removed_at_ms bigint,
  created_at_ms bigint NOT NULL,
  CHECK ((tenant_id = '_node') = (role IN ('owner', 'operator', 'auditor')))
);
SELECT isolate_tenants('users');
GRANT INSERT, UPDATE (role, password, totp_secret, totp_confirmed_ms, totp_step, recovery, addresses, removed_at_ms)
  ON users TO suho_engine;

-- Who has signed in and goes on by refreshing: one row from the sign-in to its end.
CREATE TABLE sign_ins (
  id uuid PRIMARY KEY,
  -- A user's, or of somebody whom another has vouched for: `oidc:…`, or `link` for the link that a node prints.
  name text COLLATE "C" NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  of_tenant text COLLATE "C" GENERATED ALWAYS AS (nullif(tenant_id, '_node')) STORED REFERENCES tenants (id),
  -- Null: the user's.
  role text CHECK (role IN ('owner', 'operator', 'auditor', 'tenant-admin', 'tenant-reader')),
  -- SHA-256 of the newest refresh token.
  refresh_hash text NOT NULL CHECK (refresh_hash ~ '^[0-9a-f]{64}$'),
  csrf text NOT NULL,
  second_factor_ms bigint,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  ended_at_ms bigint,
  ended_why text,
  CHECK (role IS NULL OR (tenant_id = '_node') = (role IN ('owner', 'operator', 'auditor')))
);
CREATE INDEX sign_ins_of_name ON sign_ins (name) WHERE ended_at_ms IS NULL;
SELECT isolate_tenants('sign_ins');
GRANT INSERT, UPDATE (refresh_hash, second_factor_ms, expires_at_ms, ended_at_ms, ended_why) ON sign_ins TO suho_engine;
SELECT let_out('sign_ins', $$expires_at_ms < extract(epoch FROM statement_timestamp()) * 1000$$);
