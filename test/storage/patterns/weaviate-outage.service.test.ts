import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeaviatePatterns } from '../../../src/storage/patterns/weaviate/weaviate-patterns.js';
import { idOf } from '../../contracts/patterns-world.js';
import { freePorts } from '../../support/free-port.js';
import { startWeaviate, weaviateMissing } from '../../support/weaviate-server.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { tradesAfter, tradesOf, write } from './numbered-writes.js';

test('what Weaviate answered is there after kill -9, and the same store goes on when the server is back', {
  skip: weaviateMissing(),
}, async () => {
  await using folder = await temporaryFolder();
  const ports = await freePorts(6);
  const first = await startWeaviate(folder.path, ports);
  const store = new WeaviatePatterns(first.address);
  for (let number = 0; number < 40; number++) await write(store, number);
  assert.deepEqual(await tradesOf(store), tradesAfter(40));
  await first[Symbol.asyncDispose]();
  assert.equal(await store.ready(), false);
  await assert.rejects(write(store, 40), { code: 'UNREACHABLE' });
  assert.match(store.fault ?? '', /^Weaviate: /);
  await using _second = await startWeaviate(folder.path, ports);
  for (let number = 40; number < 60; number++) await write(store, number);
  assert.deepEqual(await tradesOf(store), tradesAfter(60));
  assert.equal(store.fault, undefined);
  assert.equal(await store.ready(), true);
  assert.equal((await store.get('tenant-a', 'patterns', idOf('w14')))?.item.id, idOf('w14'));
  await store.close();
});
