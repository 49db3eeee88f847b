-- Row security: a transaction sees and writes the rows of one tenant, whatever its statements say.
--
-- Three kinds of work, three roles, none of which can bypass row security, log in, or own a table:
-- * suho_engine does all the engine's work, for the tenant named by app.current_tenant; '' is no tenant, and none is none.
-- * suho_reader sees the rows of all tenants and writes nothing: the engine's own lists, and the lookups that find out
--   whose an account is. What it may is a policy of its own on every table, so that the catalogue tells all there is.
-- * the owner of the tables migrates them. FORCE holds it to the policies too, and none of them lets it see a row.
-- A login needs no right of its own: it is a member of these roles, NOINHERIT, and each transaction takes one of them.
--
-- Row security lets a condition into an index scan only when its operator is leakproof. Comparisons of numeric are not,
-- so deals get their ticket as a text of twenty digits, which sorts like the number. And a planner without statistics takes
-- an equality for so rare that it would begin with all of a tenant's rows; inside coalesce it makes no such guess.

DO $roles$
DECLARE
  wanted text;
  member text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['suho_engine', 'suho_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        -- Roles are the server's, not the database's: another ledger of this server has just made it.
        NULL;
      END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted AND (rolsuper OR rolbypassrls)) THEN
      RAISE EXCEPTION 'role % can bypass row security; take that from it first', wanted;
    END IF;
    FOR member IN SELECT DISTINCT name FROM unnest(ARRAY[session_user::text, current_user::text]) AS name LOOP
      BEGIN
        EXECUTE format('GRANT %I TO %I', wanted, member);
      EXCEPTION WHEN insufficient_privilege THEN
        -- Who made the roles before has granted them too.
        IF NOT pg_has_role(member, wanted, 'MEMBER') THEN
          RAISE;
        END IF;
      END;
    END LOOP;
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO suho_engine, suho_reader', current_schema());
END
$roles$;

ALTER TABLE deals ADD COLUMN ticket text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lpad(deal::text, 20, '0')) STORED;
ALTER TABLE deals DROP CONSTRAINT deals_pkey;
ALTER TABLE deals ADD PRIMARY KEY (account_id, ticket);

-- A row belongs to the tenant of its account, and the database holds it to that.
ALTER TABLE accounts ADD UNIQUE (id, tenant_id);
ALTER TABLE sessions DROP CONSTRAINT sessions_account_id_fkey,
  ADD FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id);
ALTER TABLE account_symbols DROP CONSTRAINT account_symbols_account_id_fkey,
  ADD FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id);
ALTER TABLE signals DROP CONSTRAINT signals_account_id_fkey,
  ADD FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id);
ALTER TABLE signal_refusals DROP CONSTRAINT signal_refusals_account_id_fkey,
  ADD FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id);
ALTER TABLE executions DROP CONSTRAINT executions_account_id_fkey,
  ADD FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id);
ALTER TABLE deals DROP CONSTRAINT deals_account_id_fkey,
  ADD FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id);

-- Puts a table under row security. Migrations that come later call it for each tenant table that they make.
CREATE FUNCTION isolate_tenants(tenant_table regclass, tenant_column text DEFAULT 'tenant_id') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $isolate$
DECLARE
  own text := format($$coalesce(%I = nullif(current_setting('app.current_tenant', true), ''), false)$$, tenant_column);
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format('CREATE POLICY tenant_rows ON %s FOR ALL TO suho_engine USING (%s) WITH CHECK (%s)', tenant_table, own, own);
  EXECUTE format('CREATE POLICY every_row ON %s FOR SELECT TO suho_reader USING (true)', tenant_table);
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', tenant_table);
  EXECUTE format('GRANT SELECT ON %s TO suho_engine, suho_reader', tenant_table);
END
$isolate$;
REVOKE ALL ON FUNCTION isolate_tenants FROM PUBLIC;

SELECT isolate_tenants('tenants', 'id');
SELECT isolate_tenants(name::regclass)
  FROM unnest(ARRAY['accounts', 'sessions', 'account_symbols', 'signals', 'signal_refusals', 'executions', 'deals']) AS name;

-- Nothing is deleted, nothing that was told is changed, and whose a row is stays for ever: no right to do otherwise.
GRANT INSERT, UPDATE (name, tier, signal_timeframe, strategy, symbols) ON tenants TO suho_engine;
GRANT INSERT, UPDATE (mode, key_hash, seq, epoch, symbol_seq, login, server, currency, instance) ON accounts TO suho_engine;
GRANT INSERT, UPDATE (symbol, details) ON account_symbols TO suho_engine;
GRANT INSERT, UPDATE (position, state, reason, instance, filled_volume, fill_price, opened_units, closed_units, updated_at_ms)
  ON signals TO suho_engine;
GRANT INSERT ON sessions, signal_refusals, executions, deals TO suho_engine;
GRANT SELECT, UPDATE (value) ON counters TO suho_engine;
-- A node whose login cannot migrate still sees whether there is anything to migrate.
GRANT SELECT ON schema_migrations TO PUBLIC;

-- What a transaction for one tenant must learn of others, and no more: whose an account is, before it can act for anybody;
-- and whether an id is taken, since ids are unique over all tenants. They run as suho_reader, under its policies.
CREATE FUNCTION tenants_of_accounts(ids uuid[]) RETURNS TABLE (account_id uuid, tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT accounts.id, accounts.tenant_id FROM accounts WHERE accounts.id = ANY (ids);
END;
CREATE FUNCTION taken_signal_ids(ids uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT signals.id FROM signals WHERE signals.id = ANY (ids);
END;
REVOKE ALL ON FUNCTION tenants_of_accounts, taken_signal_ids FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_of_accounts, taken_signal_ids TO suho_engine;

-- A function's new owner must be able to create one in its schema, for as long as that takes.
DO $own$
BEGIN
  EXECUTE format('GRANT CREATE ON SCHEMA %I TO suho_reader', current_schema());
  ALTER FUNCTION tenants_of_accounts OWNER TO suho_reader;
  ALTER FUNCTION taken_signal_ids OWNER TO suho_reader;
  EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM suho_reader', current_schema());
END
$own$;
