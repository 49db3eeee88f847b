import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { missingMigrations, readMigrations } from '../../../src/storage/ledger/migrations.js';
import { PostgresLedger } from '../../../src/storage/ledger/postgres.js';
import { embeddedUnderTest, type SqlLedgerUnderTest } from '../../contracts/sql-ledger.js';
import { raise, settle } from '../../contracts/ledger-world.js';
import { postgresMissing, startPostgres } from '../../support/postgres-server.js';

const file = (name: string, sha256 = name) => ({ name, sha256, sql: '' });

test('what is applied must be a beginning of the files, unchanged', () => {
  const files = [file('0001-a'), file('0002-b'), file('0003-c')];
  const names = (applied: ReturnType<typeof file>[]) => missingMigrations(files, applied).map(({ name }) => name);
  assert.deepEqual(names([]), ['0001-a', '0002-b', '0003-c']);
  assert.deepEqual(names([file('0001-a'), file('0002-b')]), ['0003-c']);
  assert.deepEqual(names(files), []);
  const mismatch = { code: 'MIGRATION_MISMATCH' };
  assert.throws(() => names([file('0001-a', 'other')]), { ...mismatch, message: /0001-a was changed/ });
  assert.throws(() => names([...files, file('0004-d')]), { ...mismatch, message: /0004-d, which this version/ });
  assert.throws(() => names([file('0001-a'), file('0003-c')]), { ...mismatch, message: /0002-b comes before 0003-c/ });
});

describe('an embedded ledger', () => {
  let under: SqlLedgerUnderTest;
  before(async () => {
    under = await embeddedUnderTest();
  });
  after(() => under.close());

  test('stores nothing of a commit that the database refuses, says LEDGER_FAILED, and goes on', async () => {
    await settle(under.ledger, 2);
    await under.statement(`ALTER TABLE signals ADD CONSTRAINT no_gold CHECK (symbol <> 'XAUUSD')`);
    const failing = under.ledger.commit([raise(1, 1), raise(2, 1, { symbol: 'XAUUSD' }), raise(1, 2)]);
    await assert.rejects(failing, { code: 'LEDGER_FAILED', message: /no_gold/ });
    assert.deepEqual(await under.ledger.listSignals(), { rows: [] });
    const [raised] = await under.ledger.commit([raise(1, 1)]);
    assert.equal(raised?.kind === 'raised' && raised.row.seq, 1);
  });

  test('is left alone where it is whole, and refused where a migration was changed', async () => {
    assert.deepEqual(await under.ledger.migrate(), []);
    assert.deepEqual(await Promise.all([under.ledger.migrate(), under.ledger.migrate()]), [[], []]);
    await under.statement(`UPDATE schema_migrations SET sha256 = 'x' WHERE name LIKE '0002%'`);
    await assert.rejects(under.ledger.migrate(), { code: 'MIGRATION_MISMATCH', message: /0002-signals-and-trades was changed/ });
  });
});

const missing = postgresMissing();

test('nodes that migrate a server at once apply each migration once', { skip: missing }, async () => {
  await using server = await startPostgres();
  const nodes = Array.from({ length: 4 }, () => new PostgresLedger({ url: server.url, connections: 2 }));
  const applied = await Promise.all(nodes.map((node) => node.migrate()));
  const files = (await readMigrations()).map(({ name }) => name);
  assert.deepEqual(applied.flat().sort(), files);
  assert.equal(applied.filter((names) => names.length > 0).length, 1);
  await Promise.all(nodes.map((node) => node.close()));
});

test('an owner who is no superuser migrates, and a login that owns nothing runs on what it made but cannot migrate', {
  skip: missing,
}, async () => {
  await using server = await startPostgres();
  const superuser = new pg.Client({ connectionString: server.url });
  await superuser.connect();
  await superuser.query('CREATE ROLE keeper LOGIN CREATEROLE');
  await superuser.query('CREATE DATABASE trade OWNER keeper');
  await superuser.query('CREATE ROLE node LOGIN NOINHERIT');
  const ledgerOf = (login: string) => new PostgresLedger({ url: server.urlOf(login, 'trade'), connections: 2 });
  const [keeper, node] = [ledgerOf('keeper'), ledgerOf('node')];
  const files = (await readMigrations()).map(({ name }) => name);
  await assert.rejects(node.migrate(), { code: 'LEDGER_FAILED', message: /permission denied to set role/ });
  assert.deepEqual(await keeper.migrate(), files);
  // As docs/OPERATIONS.md tells the operator.
  await superuser.query('GRANT suho_engine, suho_reader TO node');
  assert.deepEqual([await node.migrate(), await node.pendingMigrations()], [[], []]);
  for (const ledger of [node, keeper]) assert.deepEqual(await ledger.listTenants(), []);
  await settle(node, 2);
  assert.deepEqual(
    (await node.commit([raise(1, 1), raise(2, 1)])).map(({ kind }) => kind),
    ['raised', 'raised'],
  );
  await Promise.all([node.close(), keeper.close(), superuser.end()]);
});

test('two nodes that commit for the same accounts in opposite orders both end, and no number is given twice', {
  skip: missing,
}, async () => {
  await using server = await startPostgres();
  const nodes = Array.from({ length: 2 }, () => new PostgresLedger({ url: server.url, connections: 2 }));
  const [one, other] = nodes as [PostgresLedger, PostgresLedger];
  await one.migrate();
  await settle(one, 20);
  const rounds = 15;
  const accounts = Array.from({ length: 20 }, (_, at) => at + 1);
  for (let round = 0; round < rounds; round++) {
    // Natural keys overlap: what one raises is there already for the other.
    await Promise.all([
      one.commit(accounts.map((account) => raise(account, round))),
      other.commit(accounts.toReversed().map((account) => raise(account, round % 2 === 0 ? round : round + 1_000))),
    ]);
  }
  const { rows } = await one.listSignals();
  const perAccount = rows.length / 20;
  assert.equal(perAccount, rounds + Math.floor(rounds / 2));
  assert.deepEqual(
    rows.map(({ seq }) => seq),
    accounts.flatMap(() => Array.from({ length: perAccount }, (_, at) => at + 1)),
  );
  await Promise.all(nodes.map((node) => node.close()));
});
