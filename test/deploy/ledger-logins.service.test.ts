import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { PostgresLedger } from '../../src/storage/ledger/postgres.js';
import { hello, raise, settle } from '../contracts/ledger-world.js';
import { root } from '../structure/sources.js';
import { suho } from '../support/command.js';
import { emptyFolder } from '../support/ledger-folder.js';
import { postgresMissing, startPostgres } from '../support/postgres-server.js';

const skip = postgresMissing() || (spawnSync('psql', ['--version']).error ? 'no psql on this machine' : false);
const PASSWORDS = { LEDGER_OWNER_PASSWORD: 'a'.repeat(64), LEDGER_PASSWORD: 'b'.repeat(64) };

/** As the image of the database runs what is in its folder of first scripts. */
function makeLogins(url: string, passwords: Readonly<Record<string, string>>) {
  const words = ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', join(root, 'deploy/ledger/logins.sql'), url];
  return spawnSync('psql', words, { encoding: 'utf8', env: { PATH: process.env.PATH, ...passwords } });
}

async function refused(url: string, statement: string, why: RegExp): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await assert.rejects(client.query(statement), why);
  await client.end();
}

test('the logins that deploy/ledger/logins.sql makes: the owner migrates and restores, the node works and backs up, and neither sees rows by itself', {
  skip,
}, async () => {
  await using server = await startPostgres();
  await using folder = await emptyFolder();
  const halves = makeLogins(server.url, { LEDGER_OWNER_PASSWORD: 'a', LEDGER_PASSWORD: '' });
  assert.notEqual(halves.status, 0);
  assert.match(halves.stderr, /division by zero/);
  const made = makeLogins(server.url, PASSWORDS);
  assert.equal(made.status, 0, made.stderr);

  const owner = server.urlOf('suho_owner', 'suho');
  const migrated = await suho(['migrate', '--json'], { cwd: folder.path, env: { SUHO_LEDGER: owner } });
  assert.equal(migrated.code, 0, migrated.stderr);

  const node = server.urlOf('suho_node', 'suho');
  const ledger = new PostgresLedger({ url: node, connections: 2 });
  try {
    await settle(ledger, 1);
    await ledger.claim(hello(1));
    const [raised] = await ledger.commit([raise(1, 1, {}, 1)]);
    assert.equal(raised?.kind, 'raised');
  } finally {
    await ledger.close();
  }
  await refused(node, 'SELECT * FROM signals', /permission denied/);
  await refused(node, 'DROP TABLE signals', /must be owner/);
  await refused(node, 'CREATE TABLE mine (a int)', /permission denied/);
  await refused(node, 'SET ROLE suho_owner', /permission denied/);
  await refused(owner, 'CREATE ROLE another', /permission denied/);
  const backedUp = await suho(['backup', '--output', 'backup'], { cwd: folder.path, env: { SUHO_LEDGER: node } });
  assert.equal(backedUp.code, 0, backedUp.stderr);
  const words = ['restore', '--input', 'backup', '--replace', 'replace the ledger'];
  const restored = await suho(words, { cwd: folder.path, env: { SUHO_LEDGER: owner } });
  assert.equal(restored.code, 0, restored.stderr);
  const audit = await suho(['audit', 'verify'], { cwd: folder.path, env: { SUHO_LEDGER: node } });
  assert.equal(audit.code, 0, audit.stdout);
  const counts = await (async () => {
    const client = new pg.Client({ connectionString: owner });
    await client.connect();
    const { rows } = await client.query('SELECT count(*)::int AS count FROM signals');
    await client.end();
    return rows;
  })();
  assert.deepEqual(counts, [{ count: 0 }], 'the owner is under the policies too');
});
