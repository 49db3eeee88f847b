import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyHeld } from '../../../src/storage/ledger/held-copy.js';
import { emptyFolder } from '../../support/ledger-folder.js';

const OLD_S = 1_700_000_000;

const contents = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]),
  );

test('the copy is as the folder is when its writer is held, whatever happened to it meanwhile', async () => {
  await using folder = await emptyFolder();
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
  const write = (name: string, text: string, atS?: number): void => {
    writeFileSync(join(from, name), text);
    if (atS !== undefined) utimesSync(join(from, name), atS, atS);
  };
  mkdirSync(join(from, 'deep', 'empty'), { recursive: true });
  for (const name of ['still', 'grows', 'goes', 'deep/changes']) write(name, name, OLD_S);
  write('quick', 'one', OLD_S + 9);
  await copyHeld(from, to, async (work) => {
    assert.equal(readFileSync(join(to, 'still'), 'utf8'), 'still');
    write('grows', 'grows more');
    write('deep/changes', 'CHANGES');
    rmSync(join(from, 'goes'));
    write('comes', 'comes');
    // Of the same length and within one tick of a coarse clock.
    write('quick', 'two', OLD_S + 9);
    await work();
  });
  assert.deepEqual(contents(to), contents(from));
  assert.deepEqual(Object.keys(contents(to)), ['comes', 'deep/changes', 'grows', 'quick', 'still']);
  assert.deepEqual(readdirSync(join(to, 'deep', 'empty')), []);
});

test('what has not changed since is not copied while its writer is held', async () => {
  await using folder = await emptyFolder();
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
  mkdirSync(from);
  for (const [name, atS] of [
    ['still', OLD_S],
    ['newest', OLD_S + 60],
  ] as const) {
    writeFileSync(join(from, name), name);
    utimesSync(join(from, name), atS, atS);
  }
  await copyHeld(from, to, async (work) => {
    writeFileSync(join(to, 'still'), 'marked');
    await work();
  });
  assert.deepEqual(contents(to), { newest: 'newest', still: 'marked' });
});
