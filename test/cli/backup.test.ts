import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import type { NodeStatus } from '../../src/admin/control-methods.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import { openPatterns } from '../../src/storage/patterns/open.js';
import { all, hello, newSignal, raise, settle } from '../contracts/ledger-world.js';
import { axis, pattern } from '../contracts/patterns-world.js';
import { type Ran, Running, suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';

interface Made {
  readonly output: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  readonly leftOut: readonly string[];
  readonly seconds: number;
}

interface Restored {
  readonly input: string;
  readonly madeAt: string;
  readonly rows: number;
  readonly unknown: number;
  readonly folders: readonly string[];
  readonly seconds: number;
}

function json<T>({ code, stdout, stderr }: Ran): T {
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\{[^\n]+\}\n$/);
  return JSON.parse(stdout) as T;
}

function refused({ code, stdout, stderr }: Ran, exit: number, why: RegExp): void {
  assert.equal(code, exit, stderr);
  assert.equal(stdout, '');
  const said = stderr.split('\n').filter((line) => why.test(line));
  assert.equal(said.length, 1, stderr);
  assert.match(said[0] as string, /^suho: /);
}

test('without a node, a ledger is backed up and restored elsewhere, what is in the way is kept, and harm is refused', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(words, { cwd: elsewhere.path });
  const ledger = await openLedger({ folder: folder.path });
  await settle(ledger, 2);
  await ledger.claim(hello(1));
  await ledger.commit([raise(1, 1, {}, 1), raise(2, 1)]);
  await ledger.close();
  await mkdir(join(folder.path, 'models', 'north'), { recursive: true });
  await writeFile(join(folder.path, 'models', 'north', 'a.onnx'), 'weights');
  await writeFile(join(elsewhere.path, 'suho.config.json'), JSON.stringify({ httpPort: 9000 }));

  const output = join(elsewhere.path, 'backup');
  const made = json<Made>(await run('backup', '--data', folder.path, '--output', output, '--json'));
  assert.deepEqual(Object.keys(made), ['output', 'rows', 'bytes', 'parts', 'leftOut', 'seconds']);
  assert.ok(made.output === output && made.rows > 5 && made.bytes > 0 && made.leftOut.length === 0, JSON.stringify(made));
  assert.deepEqual(JSON.parse(await readFile(join(output, 'settings.json'), 'utf8')), { httpPort: 9000 });
  refused(
    await run('backup', '--data', folder.path, '--output', output),
    3,
    /backup is there already; a backup goes to a new place/,
  );

  const data = join(elsewhere.path, 'restored');
  const into = (...words: string[]) => run('restore', '--data', data, '--input', output, ...words);
  const restored = json<Restored>(await into('--json'));
  assert.deepEqual(Object.keys(restored), ['input', 'madeAt', 'rows', 'unknown', 'folders', 'seconds']);
  assert.deepEqual([restored.rows, restored.unknown, restored.folders], [made.rows, 2, ['models']]);
  assert.equal(await readFile(join(data, 'models', 'north', 'a.onnx'), 'utf8'), 'weights');
  refused(await into(), 3, /models is not empty; restore into an empty data folder/);
  await rm(join(data, 'models'), { recursive: true });
  assert.equal((await run('audit', 'verify', '--data', data)).code, 0);
  refused(await into(), 3, /the ledger holds 2 tenants already; .*--replace "replace the ledger"/);
  refused(await into('--replace', 'yes'), 2, /goes only by these words: --replace "replace the ledger"/);
  const moved = await into('--moved', '--replace', 'replace the ledger');
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, /^the embedded ledger in [^\n]+ is as it was at \S+Z: \d+ rows\n$/);
  const again = await openLedger({ folder: data });
  const rows = await all((after) => again.listSignals(after));
  await again.close();
  assert.deepEqual(
    rows.map(({ id, seq, state }) => [id, seq, state]),
    [
      [newSignal(1, 1).id, 1, 'SENT'],
      [newSignal(2, 1).id, 1, 'SENT'],
    ],
  );

  const part = join(output, 'ledger', 'signals.ndjson.gz');
  await truncate(part, 30);
  const harmed = join(elsewhere.path, 'harmed');
  refused(
    await run('restore', '--data', harmed, '--input', output),
    3,
    /ledger\/signals\.ndjson\.gz of the backup .* cut off or altered/,
  );
  assert.equal(existsSync(harmed), false);
});

test('what cannot be backed up or restored is refused in a sentence, and leaves nothing', async () => {
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(words, { cwd: elsewhere.path });
  refused(await run('backup', '--output', 'b'), 3, /there is no ledger in \.\/var/);
  refused(await run('restore', '--input', 'none'), 3, /none is not a backup: manifest\.json cannot be read \(ENOENT\)/);
  const nobody = 'postgres://nobody:hunter2@127.0.0.1:1/none';
  const unreachable = await run('backup', '--output', 'b', '--ledger', nobody);
  refused(unreachable, 4, /The ledger does not answer/);
  assert.doesNotMatch(unreachable.stderr, /hunter2/);
  await writeFile(join(elsewhere.path, 'file'), '');
  refused(await run('backup', '--output', join('file', 'b')), 3, /A backup cannot be written to .*file.b/);
  assert.deepEqual(await readdir(elsewhere.path), ['file']);
});

test('a running node is backed up while it runs, nothing is restored under it, and a node starts on what was restored', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(words, { cwd: elsewhere.path });
  const start = (data: string) =>
    new Running(
      [
        'start',
        '--json',
        '--data',
        data,
        '--http-port',
        '0',
        '--ea-port',
        '0',
        '--ws-port',
        '0',
        '--demo-eas',
        '3',
        '--speed',
        '60',
      ],
      { cwd: elsewhere.path },
    );
  const status = async (data: string) => (await callNode<NodeStatus>(data, 'status', null))?.result;
  const data = join(elsewhere.path, 'restored');
  const output = join(elsewhere.path, 'backup');
  const learnt = await openPatterns('embedded', { folder: folder.path });
  await learnt.put('north', 'patterns', [{ vector: axis(0), item: pattern('kept') }]);
  await learnt.close();
  await mkdir(join(folder.path, 'models'));
  await writeFile(join(folder.path, 'models', 'state.json'), '{}');
  await using node = start(folder.path);
  await node.until(async () => (await status(folder.path))?.ready === true, 'the node is ready');
  const signals = async () => (await status(folder.path))?.counts.sent ?? 0;
  await node.until(async () => (await signals()) > 0, 'a signal was raised');
  const known = await signals();

  const made = json<Made>(await run('backup', '--data', folder.path, '--output', output, '--json'));
  // What only the node could copy is named; nothing else is missing.
  const folders = (await readdir(folder.path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const others = folders
    .map(({ name }) => name)
    .filter((name) => !['ledger', 'run', 'journal', 'snapshots', 'patterns', 'models'].includes(name));
  assert.deepEqual(made.leftOut, others.sort());
  refused(await run('restore', '--data', folder.path, '--input', output), 4, /Another node holds the data folder/);
  assert.equal((await status(folder.path))?.ready, true);
  assert.equal((await node.end('SIGKILL')).code, null);

  const restored = json<Restored>(await run('restore', '--data', data, '--input', output, '--json'));
  assert.equal(restored.rows, made.rows);
  for (const name of ['journal', 'patterns', 'models']) assert.ok(restored.folders.includes(name), restored.folders.join());
  assert.equal((await run('audit', 'verify', '--data', data)).code, 0);
  const restoredPatterns = await openPatterns('embedded', { folder: data });
  assert.deepEqual(
    (await restoredPatterns.page('north', 'patterns')).map(({ item }) => item),
    [pattern('kept')],
  );
  await restoredPatterns.close();
  const copy = await openLedger({ folder: data });
  assert.ok((await all((after) => copy.listSignals(after))).length >= known);
  await copy.close();
  await using second = start(data);
  await second.until(async () => (await status(data))?.ready === true, 'a node on the restored folder is ready');
});
