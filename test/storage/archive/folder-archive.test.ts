import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderArchive } from '../../../src/storage/archive/folder-archive.js';
import { archiveStoreContract } from '../../contracts/archive-store.contract.js';
import { emptyFolder } from '../../support/ledger-folder.js';

archiveStoreContract('a folder', async () => {
  const folder = await emptyFolder();
  return { store: new FolderArchive(folder.path), close: () => Promise.resolve(folder[Symbol.asyncDispose]()) };
});

test('what a killed writer left half is not an object', async () => {
  await using folder = await emptyFolder();
  const store = new FolderArchive(folder.path);
  await store.put('a/1', new Uint8Array(3));
  await writeFile(join(folder.path, '.new-1-1'), 'half');
  assert.deepEqual(await store.list(''), [{ name: 'a/1', bytes: 3 }]);
});

test('a folder that cannot be written says so, and leaves nothing half', async () => {
  await using folder = await emptyFolder();
  await writeFile(join(folder.path, 'file'), '');
  const failed = { code: 'ARCHIVE_FAILED', message: /the archive in .* failed at a\/1: / };
  await assert.rejects(new FolderArchive(join(folder.path, 'file')).put('a/1', new Uint8Array(1)), failed);
  const store = new FolderArchive(folder.path);
  await store.put('b/c', new Uint8Array(1));
  // A folder has the name that the object wants.
  await assert.rejects(store.put('b', new Uint8Array(1)), { code: 'ARCHIVE_FAILED' });
  assert.deepEqual((await readdir(folder.path)).sort(), ['b', 'file']);
});
