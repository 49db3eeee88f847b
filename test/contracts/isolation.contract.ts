/**
 * No tenant sees or writes another's rows, and a statement that does not come through the ledger gets nowhere: the same on
 * every database that the ledger runs on.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { tenantTables, wallFaults } from '../support/tenant-walls.js';
import {
  accountId,
  command,
  deal,
  hello,
  madeOf,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
  uuid,
} from './ledger-world.js';
import type { SqlLedgerUnderTest } from './sql-ledger.js';

/** Names that are nobody's, shaped to become everybody's where they are pasted into a statement or a pattern. */
const NOBODY = [
  '',
  ' ',
  'west',
  'NORTH',
  'north ',
  'north,south',
  '{north,south}',
  '%',
  '_orth',
  "north' OR '1'='1",
  "north'; RESET ROLE; --",
  "' OR true --",
  '$1',
  'north\\',
  'null',
  'tenant_id',
];

/** Rows of the tables that the ledger's interface does not write. */
function beyondTheLedger(tenant: string): string {
  const account = accountId(tenant === 'north' ? 1 : 2);
  const id = uuid(7, tenant === 'north' ? 1 : 2);
  return `INSERT INTO balances VALUES ('${tenant}', '${account}', ${START_MS}, 1, 1, 0, 1, NULL, 0, 0, 0, 0, 0);
    INSERT INTO risk_events VALUES ('${id}', '${tenant}', '${account}', 1, 'daily-loss', 'critical', 'said', -500, -523.45, 'closed');
    INSERT INTO compliance_reports VALUES ('${id}', '${tenant}', 'best-execution', 1, 2, '{}', 3);
    INSERT INTO consents VALUES ('${tenant}', 'user', 'terms', 1, true, '1');
    INSERT INTO models VALUES ('${tenant}', 'own', 'M15', 1, '${'a'.repeat(64)}', '{}', true, 1);
    INSERT INTO model_parts VALUES ('${tenant}', 'own', 1, 0, 'graph');
    INSERT INTO usage VALUES ('${tenant}', 3600000, 'signals', 5);
    INSERT INTO history_marks VALUES ('${tenant}', '${id}', 5, 0, 1);
    INSERT INTO account_restores VALUES ('${account}', '${tenant}', 1, 2);
    INSERT INTO users (name, tenant_id, role, created_at_ms) VALUES ('ada@${tenant}', '${tenant}', 'tenant-admin', 1);
    INSERT INTO sign_ins (id, name, tenant_id, refresh_hash, csrf, created_at_ms, expires_at_ms)
      VALUES ('${id}', 'ada@${tenant}', '${tenant}', '${'a'.repeat(64)}', 'csrf', 1, 9007199254740991);
    INSERT INTO archive_objects VALUES ('deals/${tenant}/1', 'deals', '${tenant}', 1, 2, 3, 4, '${'a'.repeat(64)}', 5, 'kept')`;
}

type Ask = (text: string, values?: unknown[]) => Promise<readonly Row[]>;
type Row = Readonly<Record<string, unknown>>;
const RIGHTS_MISSING = '42501';
const refusedForRights = (error: unknown): boolean => (error as { code?: string }).code === RIGHTS_MISSING;

/** Faults to plant, and what must be said of each. */
const PLANTED: readonly (readonly [does: string, sql: string, faults: readonly string[]])[] = [
  [
    'a tenant table without row security',
    `CREATE TABLE notes (tenant_id text NOT NULL, said text)`,
    ['notes does not force row security on its owner', 'notes has no policy for the engine', 'notes is not under row security'],
  ],
  [
    'a tenant table that does not force it',
    'ALTER TABLE signals NO FORCE ROW LEVEL SECURITY',
    ['signals does not force row security on its owner'],
  ],
  ['a table whose policy has gone', 'DROP POLICY tenant_rows ON deals', ['deals has no policy for the engine']],
  [
    'a policy that lets pass what has no tenant',
    `DROP POLICY tenant_rows ON deals; CREATE POLICY tenant_rows ON deals TO suho_engine
      USING (tenant_id = current_setting('app.current_tenant', true)) WITH CHECK (true)`,
    ['deals has no policy for the engine'],
  ],
  ['a second policy', 'CREATE POLICY friends ON accounts TO suho_engine USING (true)', ['accounts has a policy more: friends']],
  [
    'a partition that can be read by its own name',
    `CREATE TABLE beats (tenant_id text NOT NULL, at_ms bigint NOT NULL) PARTITION BY RANGE (at_ms);
      SELECT isolate_tenants('beats');
      CREATE TABLE beats_1 PARTITION OF beats DEFAULT; GRANT SELECT ON beats_1 TO suho_engine`,
    ['beats_1 is a part that suho_engine can reach by its own name'],
  ],
  [
    'a chunk that inherits its table’s rights',
    `CREATE SCHEMA chunks; GRANT USAGE ON SCHEMA chunks TO suho_engine;
      CREATE TABLE chunks.chunk_1 () INHERITS (executions);
      GRANT SELECT ON chunks.chunk_1 TO suho_engine, suho_reader`,
    ['chunk_1 is a part that suho_engine can reach by its own name'],
  ],
  [
    'a keeper that can rewrite what it keeps',
    'GRANT UPDATE (price) ON deals TO suho_keeper',
    ['suho_keeper may do more than it needs with deals'],
  ],
  ['a right to delete', 'GRANT DELETE ON executions TO suho_engine', ['suho_engine may do more than it needs with executions']],
  [
    'a reader that can write',
    'GRANT UPDATE (mode) ON accounts TO suho_reader',
    ['suho_reader may do more than it needs with accounts'],
  ],
  [
    'a row that can be given away',
    'GRANT UPDATE (tenant_id) ON signals TO suho_engine',
    ['signals lets the engine give a row to another tenant'],
  ],
  ['a table open to everybody', 'GRANT SELECT ON tenants TO PUBLIC', ['tenants is open to everybody']],
  [
    'a view with its owner’s eyes',
    'CREATE VIEW all_deals AS SELECT * FROM deals; GRANT SELECT ON all_deals TO suho_engine',
    ['all_deals is a view that shows suho_engine what its owner sees'],
  ],
  [
    'a function with its owner’s rights',
    `CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM deals'`,
    ['peek runs with rights that are not its caller’s'],
  ],
  [
    'a lookup that everybody may make',
    'GRANT EXECUTE ON FUNCTION tenants_of_accounts TO PUBLIC',
    ['tenants_of_accounts runs with rights that are not its caller’s'],
  ],
];

export function isolationContract(name: string, open: () => Promise<SqlLedgerUnderTest>): void {
  describe(`tenants on ${name}`, () => {
    let under: SqlLedgerUnderTest;
    let tables: readonly string[];

    before(async () => {
      under = await open();
      const { ledger } = under;
      await settle(ledger, 4);
      for (const account of [1, 2]) {
        const signal = newSignal(account, 1);
        const described = [{ brokerName: 'X', symbol: null, details: {} }];
        await ledger.claim(hello(account));
        await ledger.commit([
          madeOf(raise(account, 1, {}, 1), '{}'),
          result(signal, 'EXECUTED', {}, 1),
          deal(account, '7', 'IN', 0.3, signal.id, {}, 1),
          refuse(account, 2, {}, 1),
          command(account, 1, {}, 1),
          { kind: 'symbols', accountId: signal.accountId, epoch: 1, symbols: described },
        ]);
      }
      await ledger.anchorAudit(START_MS);
      for (const tenant of ['north', 'south']) await under.statement(beyondTheLedger(tenant));
      tables = await tenantTables(under.statement);
    });
    after(() => under.close());

    /** As somebody else than the ledger: a transaction that takes a role and is taken back. */
    async function inside<T>(role: string, tenant: string | undefined, work: (ask: Ask) => Promise<T>): Promise<T> {
      const ask = async (text: string, values: unknown[] = []): Promise<readonly Row[]> =>
        (await under.side.query<Row>(text, values)).rows;
      await ask('BEGIN');
      try {
        await ask(`SET LOCAL ROLE ${role}`);
        if (tenant !== undefined) await ask(`SELECT set_config('app.current_tenant', $1, true)`, [tenant]);
        return await work(ask);
      } finally {
        await ask('ROLLBACK');
      }
    }
    const tenantColumn = (table: string): string => (table === 'tenants' ? 'id' : 'tenant_id');
    /** Columns of a table that the engine may change. */
    const changeable = (table: string): string =>
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege('suho_engine', attrelid, attnum, 'UPDATE')`;
    /** A row of the tenant's as JSON, and the columns that an INSERT of it names. */
    const sampleOf = async (table: string, tenant: string): Promise<{ readonly row: unknown; readonly columns: string }> => {
      const [sample] = await under.statement(`SET LOCAL ROLE suho_reader;
        SELECT to_jsonb(${table}) AS row, (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
            WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
          FROM ${table} WHERE ${tenantColumn(table)} = '${tenant}' LIMIT 1`);
      assert.ok(sample, `${table} has a row of ${tenant} for the test to mean something`);
      return { row: sample.row, columns: String(sample.columns) };
    };

    test('every table of the catalogue is behind its wall', async () => {
      const faults = await inside(under.owner, undefined, wallFaults);
      assert.deepEqual(faults, []);
      assert.ok(tables.length >= 8, tables.join(' '));
    });

    for (const [does, sql, faults] of PLANTED) {
      test(`the walk names ${does}`, async () => {
        const said = await inside(under.owner, undefined, async (ask) => {
          for (const statement of sql.split(';')) await ask(statement);
          return wallFaults(ask);
        });
        assert.deepEqual(said, faults);
      });
    }

    test('a part of a partitioned table cannot be reached by its own name, and takes over what came before it', async () => {
      const made = await under.statement(`SELECT make_partition('balances', ${START_MS - 1}, ${START_MS + 1}) AS part`);
      const part = String(made[0]?.part);
      const counted = await under.statement(`SELECT count(*)::int AS rows FROM ${part}`);
      assert.deepEqual([made.length, counted], [1, [{ rows: 2 }]]);
      assert.deepEqual(await under.statement(`SELECT make_partition('balances', ${START_MS - 1}, ${START_MS + 1}) AS part`), [
        { part: null },
      ]);
      for (const role of ['suho_engine', 'suho_reader']) {
        for (const table of [part, 'partitions.balances_unsorted'])
          await assert.rejects(
            inside(role, 'north', (ask) => ask(`SELECT 1 FROM ${table}`)),
            refusedForRights,
          );
      }
      assert.deepEqual(await inside(under.owner, undefined, wallFaults), []);
    });

    test('a tenant sees its own rows of every table, all of them and no other', async () => {
      for (const table of tables) {
        for (const tenant of ['north', 'south']) {
          const column = tenantColumn(table);
          const own = await inside('suho_engine', tenant, (ask) => ask(`SELECT ${column} AS tenant FROM ${table}`));
          const [counted] = await inside('suho_reader', undefined, (ask) =>
            ask(`SELECT count(*)::int AS count FROM ${table} WHERE ${column} = $1`, [tenant]),
          );
          assert.ok(own.length > 0 && own.length === counted?.count, `${table} of ${tenant}`);
          assert.ok(
            own.every((row) => row.tenant === tenant),
            `${table} of ${tenant}`,
          );
        }
      }
    });

    test('no tenant, and a name that is nobody’s, see and change no row of any table', async () => {
      for (const table of tables) {
        const columns = (await under.statement(changeable(table))).map(({ name: column }) => `"${column}"`);
        for (const tenant of [undefined, ...NOBODY]) {
          const what = `${table} as ${JSON.stringify(tenant ?? null)}`;
          const seen = await inside('suho_engine', tenant, (ask) => ask(`SELECT 1 FROM ${table}`));
          assert.deepEqual(seen, [], what);
          for (const column of columns) {
            const changed = await inside('suho_engine', tenant, (ask) =>
              ask(`UPDATE ${table} SET ${column} = ${column} RETURNING 1`),
            );
            assert.deepEqual(changed, [], `${what}: ${column}`);
          }
        }
      }
    });

    test('a row of another tenant can be neither seen, changed nor made', async () => {
      for (const table of tables) {
        const { row, columns } = await sampleOf(table, 'north');
        const insert = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::${table}, $1)`;
        for (const tenant of [undefined, 'south', ...NOBODY]) {
          const making = inside('suho_engine', tenant, (ask) => ask(insert, [JSON.stringify(row)]));
          await assert.rejects(making, refusedForRights, `INSERT into ${table} as ${tenant}`);
        }
        const column = tenantColumn(table);
        for (const { name: changed } of await under.statement(changeable(table))) {
          const rows = await inside('suho_engine', 'south', (ask) =>
            ask(`UPDATE ${table} SET "${changed}" = "${changed}" WHERE ${column} = 'north' RETURNING 1`),
          );
          assert.deepEqual(rows, [], `${table}.${changed}`);
        }
        for (const statement of [
          `UPDATE ${table} SET ${column} = 'north'`,
          `DELETE FROM ${table}`,
          `TRUNCATE ${table} CASCADE`,
        ]) {
          await assert.rejects(
            inside('suho_engine', 'south', (ask) => ask(statement)),
            refusedForRights,
            statement,
          );
        }
      }
    });

    test('who reads for all tenants writes for none', async () => {
      for (const table of tables) {
        const { row, columns } = await sampleOf(table, 'north');
        const insert = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::${table}, $1)`;
        await assert.rejects(
          inside('suho_reader', 'north', (ask) => ask(insert, [JSON.stringify(row)])),
          refusedForRights,
        );
        const column = tenantColumn(table);
        for (const statement of [`UPDATE ${table} SET ${column} = ${column}`, `DELETE FROM ${table}`])
          await assert.rejects(
            inside('suho_reader', 'north', (ask) => ask(statement)),
            refusedForRights,
            statement,
          );
      }
    });

    test('a statement outside the one place fails, whatever it is and whatever is set before', async () => {
      for (const before of ['SELECT 1', 'DISCARD ALL', 'RESET ALL', 'RESET ROLE', `SET app.current_tenant = 'north'`]) {
        await under.side.query(before);
        for (const table of tables) {
          const column = tenantColumn(table);
          for (const statement of [
            `SELECT 1 FROM ${table}`,
            `SELECT count(*) FROM ${table}`,
            `TABLE ${table}`,
            `INSERT INTO ${table} (${column}) VALUES ('north')`,
            `UPDATE ${table} SET ${column} = ${column}`,
            `DELETE FROM ${table}`,
            `TRUNCATE ${table} CASCADE`,
            `COPY ${table} TO STDOUT`,
            `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
            `DROP POLICY tenant_rows ON ${table}`,
          ]) {
            await assert.rejects(under.side.query(statement), refusedForRights, `${statement} after ${before}`);
          }
        }
        await assert.rejects(under.side.query(`SELECT * FROM tenants_of_accounts('{}')`), refusedForRights);
      }
      await under.side.query('RESET app.current_tenant');
      // What was prepared may be gone with the session that clients of PGlite share: that costs one transaction.
      await under.ledger.commit([raise(3, 11)]).catch(() => {});
      assert.deepEqual(
        (await under.ledger.commit([raise(3, 12)])).map(({ kind }) => kind),
        ['raised'],
      );
    });

    test('a row whose account is another tenant’s is refused by the database itself', async () => {
      const { row, columns } = await sampleOf('signal_refusals', 'north');
      const lie = { ...(row as object), tenant_id: 'south', reason: 'lie' };
      const insert = `INSERT INTO signal_refusals (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::signal_refusals, $1)`;
      const making = inside('suho_engine', 'south', async (ask) => {
        await ask(insert, [JSON.stringify({ ...lie, close_time_ms: 1 })]);
      });
      await assert.rejects(making, { code: '23503' });
    });

    test('a commit over both tenants gives each row to the tenant of its account', async () => {
      const { ledger } = under;
      const results = await ledger.commit([
        raise(2, 21, { tenantId: 'north' }, 1),
        raise(1, 21, { tenantId: 'south' }, 1),
        raise(3, 21),
        raise(4, 21, { id: newSignal(3, 21).id }),
        raise(4, 22),
      ]);
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['raised', 'raised', 'raised', 'exists', 'raised'],
      );
      const { rows } = await ledger.listSignals();
      const added = rows.filter(({ closeTime }) => closeTime >= newSignal(1, 21).closeTime);
      assert.deepEqual(
        added.map(({ tenantId }) => tenantId),
        ['north', 'south', 'north', 'south'],
      );
    });
  });
}
