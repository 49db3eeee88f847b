import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLedger } from '../../../src/storage/ledger/open.js';
import { postgresMissing, startPostgres } from '../../support/postgres-server.js';

test('a server that is killed between two statements fails the transaction, not the process, and the next one goes through', {
  skip: postgresMissing(),
}, async () => {
  await using server = await startPostgres();
  const ledger = await openLedger({ url: server.url });
  try {
    await ledger.migrate();
    const statement = { name: 'one', text: 'SELECT 1' };
    const cut = ledger.snapshot(async (transaction) => {
      await transaction.rows(statement);
      await server.kill();
      // The end of the connection is read before the next statement is sent.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await transaction.rows(statement);
    });
    await assert.rejects(cut, { code: 'LEDGER_FAILED' });
    await assert.rejects(ledger.ping(), { code: 'UNREACHABLE' });
    await server.start();
    await ledger.ping();
    assert.deepEqual(await ledger.pendingMigrations(), []);
  } finally {
    await ledger.close();
  }
});
