import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedUnderTest, serverUnderTest } from '../../contracts/sql-ledger.js';
import { PostgresLedger } from '../../../src/storage/ledger/postgres.js';
import { emptyFolder } from '../../support/ledger-folder.js';
import { postgresMissing, startPostgres } from '../../support/postgres-server.js';
import { assertSound, backUp, inhabit, restore, rowsByTable } from './backup-world.js';

const skip = postgresMissing();

test('a ledger moves from PGlite to a PostgreSQL server and back, with the same rows in every table', { skip }, async () => {
  await using folder = await emptyFolder();
  const [first, server, last] = await Promise.all([embeddedUnderTest(), serverUnderTest(), embeddedUnderTest()]);
  try {
    await inhabit(first);
    const rows = await rowsByTable(first);
    const owner = new PostgresLedger({ url: server.ownerUrl, connections: 1 });
    await restore(owner, await backUp(first.ledger, folder.path, 'there'), { moved: true });
    await owner.close();
    assert.deepEqual(await rowsByTable(server), rows);
    await assertSound(server);
    // As the node’s login, which owns nothing.
    await restore(last.ledger, await backUp(server.ledger, folder.path, 'back'), { moved: true });
    assert.deepEqual(await rowsByTable(last), rows);
    await assertSound(last);
  } finally {
    await Promise.all([first.close(), server.close(), last.close()]);
  }
});

test('a server’s database without a schema is given one, by an owner who is no superuser', { skip }, async () => {
  await using folder = await emptyFolder();
  await using server = await startPostgres();
  const from = await embeddedUnderTest();
  try {
    await inhabit(from);
    const made = await serverOwner(server.url);
    const owner = new PostgresLedger({ url: server.urlOf('keeper', 'trade'), connections: 1 });
    try {
      await restore(owner, await backUp(from.ledger, folder.path));
      const tenants = await owner.listTenants();
      assert.deepEqual(
        tenants.map(({ id }) => id),
        ['north', 'south'],
      );
      assert.deepEqual(await owner.migrate(), []);
    } finally {
      await owner.close();
      await made.end();
    }
  } finally {
    await from.close();
  }
});

async function serverOwner(url: string) {
  const { Client } = (await import('pg')).default;
  const superuser = new Client({ connectionString: url });
  await superuser.connect();
  await superuser.query('CREATE ROLE keeper LOGIN CREATEROLE');
  await superuser.query('CREATE DATABASE trade OWNER keeper');
  return superuser;
}
