import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holderOf, openDataFolder } from '../../src/storage/data-folder.js';
import { emptyFolder } from '../support/ledger-folder.js';

const HOLDER = fileURLToPath(new URL('./folder-holder.js', import.meta.url));
const CARD = { pid: process.pid, startedAt: '2026-03-02T00:00:00Z', version: '0.1.0' };

interface Holder extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly said: string;
}

async function startHolder(folder: string): Promise<Holder> {
  const child = spawn(process.execPath, [HOLDER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [string];
  return { child, said, [Symbol.asyncDispose]: () => kill(child) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a second process is refused in one sentence that names the folder and its holder, until the holder is killed', async () => {
  await using folder = await emptyFolder();
  const path = join(folder.path, 'var');
  await using first = await startHolder(path);
  assert.equal(first.said, 'held');
  await using second = await startHolder(path);
  assert.equal(
    second.said,
    `DATA_FOLDER_TAKEN Another node holds the data folder ${path}, process ${first.child.pid}, since 2026-03-02T00:00:00Z.`,
  );
  await assert.rejects(openDataFolder(path, CARD), { code: 'DATA_FOLDER_TAKEN' });
  await kill(first.child);
  const own = await openDataFolder(path, CARD);
  await own.release();
});

test('of many that start at once exactly one gets the folder, also right after its holder was killed', async () => {
  await using folder = await emptyFolder();
  const rounds = process.env.SUHO_PROOF ? 20 : 2;
  let earlier: Holder | undefined;
  for (let round = 0; round < rounds; round++) {
    if (earlier !== undefined) await kill(earlier.child);
    const starters = await Promise.all(Array.from({ length: 6 }, () => startHolder(folder.path)));
    const winners = starters.filter(({ said }) => said === 'held');
    assert.equal(winners.length, 1, starters.map(({ said }) => said).join('\n'));
    const winner = winners[0] as Holder;
    for (const { said } of starters) assert.ok(said === 'held' || said.includes(`process ${winner.child.pid}`), said);
    await Promise.all(starters.filter((starter) => starter !== winner).map(({ child }) => kill(child)));
    earlier = winner;
  }
  if (earlier !== undefined) await kill(earlier.child);
});

test('the folder is its user’s alone, says who holds it, and can be taken again once released', async () => {
  await using folder = await emptyFolder();
  const path = join(folder.path, 'var');
  const held = await openDataFolder(path, CARD);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
  assert.deepEqual(JSON.parse(await readFile(join(path, 'node.json'), 'utf8')), CARD);
  await assert.rejects(openDataFolder(path, CARD), { code: 'DATA_FOLDER_TAKEN' });
  await assert.rejects(openDataFolder(join(folder.path, 'x', '..', 'var'), CARD), { code: 'DATA_FOLDER_TAKEN' });
  await held.release();
  await (await openDataFolder(path, CARD)).release();
});

const NAMESPACE = ['--user', '--map-root-user', '--net'];
const confined = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0 ? false : 'no network namespaces for this user';

test('a starter that cannot see the lock’s abstract socket is refused by the socket file', { skip: confined }, async () => {
  await using folder = await emptyFolder();
  await using holder = await startHolder(folder.path);
  assert.equal(holder.said, 'held');
  const child = spawn('unshare', [...NAMESPACE, process.execPath, HOLDER, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(createInterface(child.stdout), 'line')) as [string];
  await kill(child);
  assert.match(said, new RegExp(`^DATA_FOLDER_TAKEN .*process ${holder.child.pid}`));
});

test('who holds a folder can be asked without taking or making anything', async () => {
  await using folder = await emptyFolder();
  const path = join(folder.path, 'var');
  assert.equal(await holderOf(path), undefined);
  await assert.rejects(stat(path), { code: 'ENOENT' });
  const held = await openDataFolder(path, CARD);
  assert.deepEqual(await holderOf(path), CARD);
  await held.release();
  assert.equal(await holderOf(path), undefined);
  await using holder = await startHolder(path);
  assert.equal((await holderOf(path))?.pid, holder.child.pid);
  await kill(holder.child);
  assert.equal(await holderOf(path), undefined);
});

test('a folder that cannot be made is refused with its path', async () => {
  await assert.rejects(openDataFolder('/dev/null/var', CARD), { code: 'FILE_UNREADABLE', message: /\/dev\/null\/var/ });
});
