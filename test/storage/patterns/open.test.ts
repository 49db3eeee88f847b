import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPatterns, weaviateAddress } from '../../../src/storage/patterns/open.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

test('the URL of a Weaviate server says where it is, with which key, and whether by TLS', () => {
  const usual = { host: 'patterns.local', httpPort: 8080, grpcPort: 50051, tls: false };
  assert.deepEqual(weaviateAddress('weaviate://patterns.local'), usual);
  const all = { host: '10.0.0.7', httpPort: 8443, grpcPort: 9443, tls: true, apiKey: 'k@y' };
  assert.deepEqual(weaviateAddress('weaviates://k%40y@10.0.0.7:8443?grpc=9443'), all);
});

test('what is no such URL is refused without repeating it, since it may hold a key', () => {
  for (const url of ['', 'weaviate', 'http://key@host', 'weaviate://', 'weaviate://host?grpc=no', 'weaviate://host?grpc=0']) {
    const refused = (error: Error & { code?: string }): boolean => error.code === 'CONFIG_INVALID' && !/key@/.test(error.message);
    assert.throws(() => weaviateAddress(url), refused, url);
  }
});

test('the embedded store is what a node has unless told otherwise', async () => {
  await using folder = await temporaryFolder();
  const store = await openPatterns('embedded', { folder: folder.path });
  assert.equal(await store.ready(), true);
  await store.close();
});
