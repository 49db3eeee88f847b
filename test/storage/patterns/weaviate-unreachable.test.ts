import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeaviatePatterns } from '../../../src/storage/patterns/weaviate/weaviate-patterns.js';
import { axis, sighting } from '../../contracts/patterns-world.js';
import { freePorts } from '../../support/free-port.js';

test('a server that nobody runs is a fault in a sentence, at each call', async () => {
  const [httpPort, grpcPort] = (await freePorts(2)) as [number, number];
  const store = new WeaviatePatterns({ host: '127.0.0.1', httpPort, grpcPort, tls: false });
  assert.equal(await store.ready(), false);
  assert.match(store.fault ?? '', /^Weaviate: /);
  await assert.rejects(store.keep('tenant-a', { item: sighting('one'), vector: axis(0) }), { code: 'UNREACHABLE' });
  await assert.rejects(store.nearest('tenant-a', 'patterns', axis(0), { count: 1 }), { code: 'UNREACHABLE' });
  await store.close();
});
