import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmbeddedLedger } from '../../../src/storage/ledger/embedded.js';
import { readMigrations } from '../../../src/storage/ledger/migrations.js';
import { openLedger } from '../../../src/storage/ledger/open.js';
import { accessContract } from '../../contracts/access.contract.js';
import { auditContract } from '../../contracts/audit.contract.js';
import { commandsContract } from '../../contracts/commands.contract.js';
import { historyContract } from '../../contracts/history.contract.js';
import { ledgerContract } from '../../contracts/ledger.contract.js';
import { ownModelsContract } from '../../contracts/own-models.contract.js';
import { readsContract } from '../../contracts/reads.contract.js';
import { raise, settle } from '../../contracts/ledger-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';
import { emptyFolder, ledgerFolder } from '../../support/ledger-folder.js';

ledgerContract('PGlite behind its socket', embeddedUnderTest);
commandsContract('PGlite behind its socket', embeddedUnderTest);
historyContract('PGlite behind its socket', embeddedUnderTest);
ownModelsContract('PGlite behind its socket', embeddedUnderTest);
readsContract('PGlite behind its socket', embeddedUnderTest);

accessContract('PGlite behind its socket', embeddedUnderTest);
auditContract('PGlite behind its socket', embeddedUnderTest);

test('the engine listens where only its user can come, keeps what was committed, and closes cleanly', async () => {
  await using folder = await ledgerFolder();
  const embedded = await startEmbeddedLedger({ folder: folder.path });
  const { host = '' } = embedded.connection;
  assert.equal(host, join(folder.path, 'run'));
  assert.equal((await stat(host)).mode & 0o777, 0o700);
  assert.equal((await stat(join(host, '.s.PGSQL.5432'))).mode & 0o777, 0o600);
  await embedded.close();
  assert.equal(await embedded.ended, undefined);

  const first = await openLedger({ folder: folder.path });
  await settle(first, 1);
  await first.commit([raise(1, 1)]);
  await first.close();
  const told: string[] = [];
  const second = await openLedger({ folder: folder.path, onProgress: (sentence) => told.push(sentence) });
  assert.equal((await second.listSignals()).rows.length, 1);
  await second.close();
  assert.deepEqual(told, []);
});

test('a folder whose path is too long for a socket is served all the same', async () => {
  await using folder = await ledgerFolder();
  const long = join(folder.path, 'x'.repeat(100));
  await mkdir(long);
  await rename(join(folder.path, 'ledger'), join(long, 'ledger'));
  const ledger = await openLedger({ folder: long });
  await ledger.ping();
  await ledger.close();
});

const EMBEDDED = new URL('../../../src/storage/ledger/embedded.js', import.meta.url).href;

/** What a process of its own holds once its ledger has started in the folder. */
async function heldMb(folder: string): Promise<number> {
  const program = join(folder, 'held.mjs');
  await writeFile(
    program,
    `import { startEmbeddedLedger } from ${JSON.stringify(EMBEDDED)};
    const ledger = await startEmbeddedLedger({ folder: ${JSON.stringify(folder)} });
    const held = process.memoryUsage.rss();
    await ledger.close();
    console.log(held / 2 ** 20);`,
  );
  return Number(execFileSync(process.execPath, [program], { encoding: 'utf8' }));
}

test('a start that made the database holds no more memory than one that found it', async () => {
  await using folder = await emptyFolder();
  const made = await heldMb(folder.path);
  const found = await heldMb(folder.path);
  assert.ok(made < 1.6 * found, `${made} MB after making it, ${found} MB after finding it`);
});

const proof = process.env.SUHO_PROOF ? false : 'makes a database, which takes seconds: at full counts only';

test('a first start that was killed leaves nothing in the way of the next', { skip: proof }, async () => {
  await using folder = await emptyFolder();
  await mkdir(join(folder.path, 'ledger.new', 'base'), { recursive: true });
  await writeFile(join(folder.path, 'ledger.new', 'PG_VERSION'), '18\n');
  const told: string[] = [];
  const ledger = await openLedger({ folder: folder.path, onProgress: (sentence) => told.push(sentence) });
  assert.deepEqual(
    await ledger.migrate(),
    (await readMigrations()).map(({ name }) => name),
  );
  assert.equal(told.length, 1);
  await ledger.close();
});

test('a database that cannot be opened is refused with its folder', async () => {
  await using folder = await emptyFolder();
  await writeFile(join(folder.path, 'ledger'), 'not a folder');
  await assert.rejects(openLedger({ folder: folder.path }), { code: 'LEDGER_FAILED', message: new RegExp(folder.path) });
});
