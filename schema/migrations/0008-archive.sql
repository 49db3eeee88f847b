-- What is past its time leaves its table for the archive. Who takes it out is a role of its own, suho_keeper, and the policies say
-- what it may take: nothing that is open, nothing of the audit log that is younger than seven years by the database's clock.

DO $role$
DECLARE
  member text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'suho_keeper') THEN
    BEGIN
      CREATE ROLE suho_keeper NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      -- Another ledger of this server has just made it.
      NULL;
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'suho_keeper' AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'role suho_keeper can bypass row security; take that from it first';
  END IF;
  FOR member IN SELECT DISTINCT name FROM unnest(ARRAY[session_user::text, current_user::text]) AS name LOOP
    BEGIN
      EXECUTE format('GRANT suho_keeper TO %I', member);
    EXCEPTION WHEN insufficient_privilege THEN
      IF NOT pg_has_role(member, 'suho_keeper', 'MEMBER') THEN
        RAISE;
      END IF;
    END;
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO suho_keeper', current_schema());
END
$role$;

-- Lets rows out of a table, those of which `gone` is true, and back into it: as they were, for who wants to look at them.
CREATE FUNCTION let_out(tenant_table regclass, gone text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $let$
BEGIN
  EXECUTE format('CREATE POLICY aged_rows_seen ON %s FOR SELECT TO suho_keeper USING (true)', tenant_table);
  EXECUTE format('CREATE POLICY aged_rows_out ON %s FOR DELETE TO suho_keeper USING (%s)', tenant_table, gone);
  EXECUTE format('CREATE POLICY aged_rows_back ON %s FOR INSERT TO suho_keeper WITH CHECK (%s)', tenant_table, gone);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON %s TO suho_keeper', tenant_table);
END
$let$;
REVOKE ALL ON FUNCTION let_out FROM PUBLIC;

SELECT let_out('signals', $$state IN ('REJECTED', 'EXPIRED', 'CANCELLED', 'CLOSED') OR state = 'EXECUTED' AND kind = 'CLOSE'$$);
SELECT let_out('audit_entries', $$at_ms < extract(epoch FROM statement_timestamp()) * 1000 - 7 * 365.0 * 86400000$$);
-- Its chains have gone on: what has left them does not come back in the middle.
DROP POLICY aged_rows_back ON audit_entries;
REVOKE INSERT ON audit_entries FROM suho_keeper;
SELECT let_out(name::regclass, 'true') FROM unnest(ARRAY[
  'signal_refusals', 'executions', 'deals', 'balances', 'risk_events', 'compliance_reports', 'usage']) AS name;
CREATE POLICY aged_rows_seen ON audit_anchors FOR SELECT TO suho_keeper USING (true);
GRANT SELECT ON audit_anchors TO suho_keeper;

-- What is in the archive: an object is entered once it has been written, read back and found whole.
CREATE TABLE archive_objects (
  -- Its name in the archive's store.
  name text COLLATE "C" PRIMARY KEY,
  -- The table that its rows are of, and for logs the level.
  kind text COLLATE "C" NOT NULL,
  -- '' where rows have no tenant.
  tenant_id text COLLATE "C" NOT NULL,
  -- Ages of its first and last row.
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  row_count bigint NOT NULL CHECK (row_count > 0),
  bytes bigint NOT NULL,
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  made_at_ms bigint NOT NULL,
  -- kept: its rows may be in their table as well. left: they are here alone. dropped: the object is gone too.
  state text NOT NULL CHECK (state IN ('kept', 'left', 'dropped')),
  left_at_ms bigint,
  -- Null: for ever. Past it the object is still there for as long as the way back is.
  keep_until_ms bigint,
  -- Rows that were put back stay in their table until then.
  held_until_ms bigint NOT NULL DEFAULT 0
);
CREATE INDEX archive_objects_of_kind ON archive_objects (kind, tenant_id, from_ms);
SELECT isolate_tenants('archive_objects');
CREATE POLICY archived_rows ON archive_objects FOR ALL TO suho_keeper USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (state, left_at_ms, keep_until_ms, held_until_ms) ON archive_objects TO suho_keeper;

-- A signal leaves when nothing refers to it any more: without these each one that leaves would cost a look at every row.
CREATE INDEX executions_of_signal ON executions (signal_id);
CREATE INDEX signals_of_target ON signals (target_id) WHERE target_id IS NOT NULL;
