/**
 * What the catalogue must say so that no tenant sees another's rows: asked of the database itself, not of the migrations. A
 * table that nobody has thought of is a tenant's until it is listed here as everybody's.
 */

/** Tables without a tenant, and why they may be. */
export const SHARED_TABLES: Readonly<Record<string, string>> = {
  counters: 'numbers given over all tenants',
  emergency_stop: 'whether the nodes are stopped',
  jobs: 'what the engine does by itself',
  token_keys: 'public keys of nodes',
  schema_migrations: 'names and hashes of files',
};
/** The functions that look past row security, and nothing else may. */
export const LOOKING_PAST: readonly string[] = ['taken_signal_ids', 'tenants_of_accounts'];

type Ask = (text: string) => Promise<readonly Record<string, unknown>[]>;

const OURS = `nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`;
const ROLES = `('suho_engine', 'suho_reader', 'suho_keeper')`;
const shared = Object.keys(SHARED_TABLES)
  .map((name) => `'${name}'`)
  .join(', ');

// Materialised: a condition on rights is asked only of tables that are in it.
/** A part is a partition, or a chunk, which inherits. */
const TABLES = `tenant_tables AS MATERIALIZED (
  SELECT pg_class.oid, relname, nspname, relrowsecurity, relforcerowsecurity,
    EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid) AS part FROM pg_class
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'f') AND ${OURS} AND relname NOT IN (${shared}))`;

/** Each answers a sentence for every fault that it finds. */
const LOOKS: readonly string[] = [
  `WITH ${TABLES} SELECT relname || ' is not under row security' AS fault FROM tenant_tables
    WHERE NOT part AND NOT relrowsecurity`,
  `WITH ${TABLES} SELECT relname || ' does not force row security on its owner' AS fault FROM tenant_tables
    WHERE NOT part AND NOT relforcerowsecurity`,
  `WITH ${TABLES} SELECT relname || ' has no policy for the engine' AS fault FROM tenant_tables
    WHERE NOT part AND NOT EXISTS (SELECT FROM pg_policies
      WHERE pg_policies.schemaname = nspname AND tablename = relname AND roles = '{suho_engine}' AND cmd = 'ALL'
        AND qual LIKE 'COALESCE((% = NULLIF(current_setting(''app.current_tenant''::text, true), ''''::text)), false)'
        AND with_check = qual)`,
  `SELECT tablename || ' has a policy more: ' || policyname AS fault FROM pg_policies
    WHERE NOT (roles = '{suho_engine}' AND policyname = 'tenant_rows')
      AND NOT (roles = '{suho_reader}' AND policyname = 'every_row' AND cmd = 'SELECT')
      AND NOT (roles = '{suho_keeper}' AND (policyname, cmd) IN (
        ('aged_rows_seen', 'SELECT'), ('aged_rows_out', 'DELETE'), ('aged_rows_back', 'INSERT'))
        OR roles = '{suho_keeper}' AND tablename = 'archive_objects' AND policyname = 'archived_rows')`,
  `WITH ${TABLES} SELECT relname || ' has no tenant, or may be without' AS fault FROM tenant_tables
    WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = tenant_tables.oid AND attnotnull
      AND attname = CASE relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END)`,
  `WITH ${TABLES} SELECT relname || ' is a part that ' || rolname || ' can reach by its own name' AS fault
    FROM tenant_tables, pg_roles WHERE part AND rolname IN ${ROLES}
      AND has_schema_privilege(pg_roles.oid, nspname, 'USAGE')
      AND (has_table_privilege(pg_roles.oid, tenant_tables.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
        OR has_any_column_privilege(pg_roles.oid, tenant_tables.oid, 'SELECT, INSERT, UPDATE'))`,
  `WITH ${TABLES} SELECT rolname || ' may do more than it needs with ' || relname AS fault FROM tenant_tables, pg_roles
    WHERE rolname = 'suho_engine' AND has_table_privilege(pg_roles.oid, tenant_tables.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER')
      OR rolname = 'suho_reader' AND (has_table_privilege(pg_roles.oid, tenant_tables.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(pg_roles.oid, tenant_tables.oid, 'INSERT, UPDATE'))
      OR rolname = 'suho_keeper' AND (has_table_privilege(pg_roles.oid, tenant_tables.oid, 'TRUNCATE, REFERENCES, TRIGGER')
        OR relname <> 'archive_objects' AND has_any_column_privilege(pg_roles.oid, tenant_tables.oid, 'UPDATE')
        OR relname IN ('tenants', 'accounts', 'archive_objects', 'audit_heads', 'audit_anchors', 'consents', 'models', 'model_parts')
          AND has_table_privilege(pg_roles.oid, tenant_tables.oid, 'DELETE'))`,
  `WITH ${TABLES} SELECT relname || ' lets the engine give a row to another tenant' AS fault FROM tenant_tables
    WHERE has_column_privilege('suho_engine', tenant_tables.oid, CASE relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END, 'UPDATE')`,
  `WITH ${TABLES} SELECT DISTINCT relname || ' is open to everybody' AS fault FROM tenant_tables
    JOIN pg_class USING (oid, relname), aclexplode(relacl) AS granted WHERE granted.grantee = 0`,
  `SELECT relname || ' is a view that shows ' || rolname || ' what its owner sees' AS fault FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace, pg_roles
    WHERE relkind IN ('v', 'm') AND ${OURS} AND rolname IN ${ROLES} AND has_table_privilege(pg_roles.oid, pg_class.oid, 'SELECT')
      AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)`,
  `SELECT proname || ' runs with rights that are not its caller’s' AS fault FROM pg_proc
    JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE ${OURS} AND prosecdef AND NOT (
      proname IN (${LOOKING_PAST.map((name) => `'${name}'`).join(', ')}) AND proowner = 'suho_reader'::regrole
      AND proconfig IS NOT NULL AND NOT has_function_privilege('stranger', pg_proc.oid, 'EXECUTE'))`,
  `SELECT rolname || ' can do more than a role of the engine must' AS fault FROM pg_roles WHERE rolname IN ${ROLES}
    AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb OR rolinherit)`,
  `SELECT rolname || ' is a member of another role' AS fault FROM pg_roles JOIN pg_auth_members ON member = pg_roles.oid
    WHERE rolname IN ${ROLES}`,
  `SELECT relname || ' belongs to ' || rolname AS fault FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
    WHERE rolname IN ${ROLES}`,
];

/** Faults of the walls between tenants, in the order of their sentences. Asked as somebody who may make roles. */
export async function wallFaults(ask: Ask): Promise<readonly string[]> {
  // Somebody of whom nothing is known: what he may, everybody may.
  await ask('CREATE ROLE stranger');
  const faults: string[] = [];
  for (const look of LOOKS) faults.push(...(await ask(look)).map(({ fault }) => String(fault)));
  return faults.sort();
}

/** Tables under row security, parts left out. */
export async function tenantTables(ask: Ask): Promise<readonly string[]> {
  const rows = await ask(`WITH ${TABLES} SELECT relname FROM tenant_tables WHERE NOT part ORDER BY relname`);
  return rows.map(({ relname }) => String(relname));
}
