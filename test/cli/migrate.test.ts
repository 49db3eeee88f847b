import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMigrations } from '../../src/storage/ledger/migrations.js';
import { suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';
import { postgresMissing, startPostgres } from '../support/postgres-server.js';

const ALL = (await readMigrations()).map(({ name }) => name);
const report = (text: string): unknown => JSON.parse(text);

test('an embedded ledger that is whole is left alone, and a dry run makes none', async () => {
  await using whole = await ledgerFolder();
  await using empty = await emptyFolder();
  const migrate = (data: string, ...more: string[]) => suho(['migrate', '--data', data, '--json', ...more], { cwd: empty.path });
  const left = await migrate(whole.path);
  assert.deepEqual([left.code, report(left.stdout)], [0, { applied: [], pending: [] }]);
  const data = join(empty.path, 'var');
  const dry = await migrate(data, '--dry-run');
  assert.deepEqual([dry.code, report(dry.stdout)], [0, { applied: [], pending: ALL }]);
  assert.equal(existsSync(data), false);
});

test('a ledger that does not answer is unreachable, in a sentence', async () => {
  await using empty = await emptyFolder();
  const ran = await suho(['migrate', '--ledger', 'postgres://nobody@127.0.0.1:1/none'], { cwd: empty.path });
  assert.equal(ran.code, 4);
  assert.match(ran.stderr, /^suho: The ledger does not answer: [^\n]+\n$/);
});

test('commands that migrate a server at once apply each migration once, a dry run none, and a second run nothing', {
  skip: postgresMissing(),
}, async () => {
  await using server = await startPostgres();
  await using empty = await emptyFolder();
  const migrate = async (...more: string[]) => {
    const ran = await suho(['migrate', '--ledger', server.url, '--json', ...more], { cwd: empty.path });
    assert.equal(ran.code, 0, ran.stderr);
    return report(ran.stdout) as { readonly applied: readonly string[]; readonly pending: readonly string[] };
  };
  assert.deepEqual(await migrate('--dry-run'), { applied: [], pending: ALL });
  const both = await Promise.all([migrate(), migrate()]);
  assert.deepEqual(
    both.flatMap(({ applied }) => applied),
    ALL,
  );
  assert.deepEqual(await migrate(), { applied: [], pending: [] });
  assert.deepEqual(await migrate('--dry-run'), { applied: [], pending: [] });
});
