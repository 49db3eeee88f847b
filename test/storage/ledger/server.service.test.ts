import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { accessContract } from '../../contracts/access.contract.js';
import { auditContract } from '../../contracts/audit.contract.js';
import { commandsContract } from '../../contracts/commands.contract.js';
import { historyContract } from '../../contracts/history.contract.js';
import { ledgerContract } from '../../contracts/ledger.contract.js';
import { ownModelsContract } from '../../contracts/own-models.contract.js';
import { readsContract } from '../../contracts/reads.contract.js';
import { accountId, hello, raise, settle } from '../../contracts/ledger-world.js';
import { serverUnderTest } from '../../contracts/sql-ledger.js';
import { postgresMissing } from '../../support/postgres-server.js';

/** By everybody, since the server began; its processes tell it a while after. */
async function rowsReadWhole(side: pg.Client): Promise<number> {
  await wait(1_500);
  const { rows } = await side.query('SELECT sum(seq_tup_read)::int AS read FROM pg_stat_user_tables');
  return rows[0].read;
}

const missing = postgresMissing();
if (missing === false) {
  ledgerContract('a PostgreSQL server', serverUnderTest);
  commandsContract('a PostgreSQL server', serverUnderTest);
  historyContract('a PostgreSQL server', serverUnderTest);
  ownModelsContract('a PostgreSQL server', serverUnderTest);
  readsContract('a PostgreSQL server', serverUnderTest);
  accessContract('a PostgreSQL server', serverUnderTest);
  auditContract('a PostgreSQL server', serverUnderTest);

  test('on a server without statistics an arrival and what it commits read no table whole', async () => {
    const under = await serverUnderTest();
    try {
      const { ledger, side } = under;
      const accounts = Array.from({ length: 300 }, (_, at) => at + 1);
      await settle(ledger, accounts.length);
      const before = await rowsReadWhole(side);
      for (const n of accounts) {
        await ledger.claim(hello(n));
        const symbols = [{ brokerName: 'X', symbol: null, details: {} }];
        await ledger.commit([raise(n, 1, {}, 1), { kind: 'symbols', accountId: accountId(n), epoch: 1, symbols }]);
      }
      // Each reads the jobs, the counters and the like: a handful of rows. A whole table of accounts would be 300 at each step.
      const read = (await rowsReadWhole(side)) - before;
      assert.ok(read < 3_000, `${read} rows were read by looking at whole tables`);
    } finally {
      await under.close();
    }
  });
} else {
  for (const what of ['the ledger’s contract', 'history', 'own models', 'the audit log'])
    test(`${what} on a PostgreSQL server`, { skip: missing }, () => {});
}
