import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataFolder } from '../../src/storage/data-folder.js';
import { bringUpToDate, LAYOUT, type LayoutStep } from '../../src/storage/data-layout.js';
import { suho } from '../support/command.js';
import { emptyFolder } from '../support/ledger-folder.js';

const CARD = { pid: process.pid, startedAt: '2026-03-02T00:00:00Z', version: '0.1.0' };

const stampOf = async (folder: string): Promise<unknown> => JSON.parse(await readFile(join(folder, 'version.json'), 'utf8'));

test('a folder from before layouts had numbers keeps what is in it and gets today’s number', async () => {
  await using folder = await emptyFolder();
  await writeFile(join(folder.path, 'kept'), 'as it was');
  const held = await openDataFolder(folder.path, CARD);
  await held.release();
  assert.deepEqual(await stampOf(folder.path), { layout: LAYOUT, program: '0.1.0' });
  assert.equal(await readFile(join(folder.path, 'kept'), 'utf8'), 'as it was');
});

test('steps run in their order, each once, and one that is cut off is gone on with', async () => {
  await using folder = await emptyFolder();
  const ran: number[] = [];
  let cut = true;
  const step = (to: number): LayoutStep => ({
    to,
    run: async () => {
      ran.push(to);
      if (to === 2 && cut) throw new Error('cut off');
    },
  });
  await assert.rejects(bringUpToDate(folder.path, '1', [step(1), step(2), step(3)]), /cut off/);
  assert.deepEqual(await stampOf(folder.path), { layout: 1, program: '1' });
  cut = false;
  await bringUpToDate(folder.path, '2', [step(1), step(2), step(3)]);
  await bringUpToDate(folder.path, '2', [step(1), step(2), step(3)]);
  assert.deepEqual(ran, [1, 2, 2, 3]);
  assert.deepEqual(await stampOf(folder.path), { layout: 3, program: '2' });
});

test('a folder of a later version is refused in a sentence, and nothing in it is touched or held', async () => {
  await using folder = await emptyFolder();
  const stamp = `${JSON.stringify({ layout: LAYOUT + 1, program: '9.0.0' })}\n`;
  await writeFile(join(folder.path, 'version.json'), stamp);
  const message = `The data folder ${folder.path} has layout ${LAYOUT + 1}, made by Suho 9.0.0; this version knows ${LAYOUT} at most.`;
  const newer = { code: 'DATA_FOLDER_NEWER', message };
  await assert.rejects(openDataFolder(folder.path, CARD), newer);
  // Not as taken: the lock was given back.
  await assert.rejects(openDataFolder(folder.path, CARD), newer);
  assert.equal(await readFile(join(folder.path, 'version.json'), 'utf8'), stamp);
  assert.equal(readdirSync(folder.path).includes('node.json'), false);
  const ran = await suho(['migrate', '--data', folder.path], { cwd: folder.path });
  assert.deepEqual([ran.code, ran.stderr], [4, `suho: ${message}\n`]);
});

test('a number that cannot be read is not taken for none', async () => {
  for (const text of ['', '{', '{"layout":"1"}', '{"layout":0}', 'null']) {
    await using folder = await emptyFolder();
    await writeFile(join(folder.path, 'version.json'), text);
    await assert.rejects(openDataFolder(folder.path, CARD), { code: 'FILE_UNREADABLE', message: /version\.json/ });
  }
});
