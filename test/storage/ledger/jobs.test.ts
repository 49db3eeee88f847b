import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PART_MS } from '../../../src/storage/ledger/upkeep.js';
import { jobsContract, type JobsUnderTest } from '../../contracts/jobs.contract.js';
import { accountId, settle } from '../../contracts/ledger-world.js';
import { embeddedUnderTest, serverUnderTest, type SqlLedgerUnderTest } from '../../contracts/sql-ledger.js';
import { postgresMissing } from '../../support/postgres-server.js';

const jobsOf = (open: () => Promise<SqlLedgerUnderTest>) => async (): Promise<JobsUnderTest> => {
  const { ledger, reset, close } = await open();
  return { table: ledger.jobs, reset, close };
};

jobsContract('PGlite behind its socket', jobsOf(embeddedUnderTest));

const missing = postgresMissing();
if (missing === false) {
  jobsContract('a PostgreSQL server', jobsOf(serverUnderTest));
  test('parts of a server’s tables are their owner’s to make: another login is told so', async () => {
    const { ledger, close } = await serverUnderTest();
    await assert.rejects(ledger.upkeep.parts(0, 0, 0), { code: 'LEDGER_FAILED', message: /only the owner/ });
    assert.equal(await ledger.upkeep.analyse(new AbortController().signal), 0);
    await close();
  });
} else test('jobs in a PostgreSQL server', { skip: missing }, () => {});

describe('parts of the balances', () => {
  let under: SqlLedgerUnderTest;
  before(async () => {
    under = await embeddedUnderTest();
    await settle(under.ledger, 1);
  });
  after(() => under.close());

  const partsIn = async (): Promise<readonly unknown[]> =>
    (
      await under.statement(`SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = 'balances'::regclass ORDER BY relname`)
    ).map(({ relname }) => relname);
  const balanceAt = (atMs: number) =>
    under.statement(`SET LOCAL ROLE suho_engine; SELECT set_config('app.current_tenant', 'north', true);
      INSERT INTO balances VALUES ('north', '${accountId(1)}', ${atMs}, 1, 1, 0, 1, NULL, 0, 0, 0, 0, 0)`);

  test('are made ahead once, take over what came before them, and go when they are past keeping and empty', async () => {
    const nowMs = 10 * PART_MS + 5;
    await balanceAt(nowMs);
    const names = [10, 11, 12].map((at) => `balances_${at * PART_MS}`);
    assert.deepEqual(await under.ledger.upkeep.parts(nowMs, nowMs + 2 * PART_MS, 0), { made: 3, dropped: 0 });
    assert.deepEqual(await under.ledger.upkeep.parts(nowMs, nowMs + 2 * PART_MS, 0), { made: 0, dropped: 0 });
    assert.deepEqual(await partsIn(), [...names, 'balances_unsorted']);
    assert.deepEqual(await under.statement(`SELECT count(*)::int AS rows FROM partitions.${names[0]}`), [{ rows: 1 }]);
    // Of three parts that are past keeping one has a row, and one ends a moment too late.
    const later = nowMs + 2 * PART_MS;
    assert.deepEqual(await under.ledger.upkeep.parts(later, later, 13 * PART_MS - 1), { made: 0, dropped: 1 });
    assert.deepEqual(await partsIn(), [names[0], names[2], 'balances_unsorted']);
  });

  test('every table is looked at by the planner', async () => {
    const looked = await under.ledger.upkeep.analyse(new AbortController().signal);
    const [seen] = await under.statement(`SELECT count(*)::int AS tables FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`);
    assert.equal(looked, seen?.tables);
    const [tenants] = await under.statement(`SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'tenants'`);
    assert.equal(tenants?.rows, 2);
  });
});
