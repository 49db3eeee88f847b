import { after, test } from 'node:test';
import { WeaviatePatterns } from '../../../src/storage/patterns/weaviate/weaviate-patterns.js';
import { patternsContract } from '../../contracts/patterns.contract.js';
import { startWeaviate, weaviateMissing } from '../../support/weaviate-server.js';

const missing = weaviateMissing();

function contractOnServer(): void {
  const server = startWeaviate();
  after(async () => (await server)[Symbol.asyncDispose]());
  patternsContract('in Weaviate', async () => {
    const { address } = await server;
    let store = new WeaviatePatterns(address);
    for (const tenant of ['tenant-a', 'tenant-b']) await store.deleteTenant(tenant);
    return {
      store,
      reopened: async () => {
        await store.close();
        store = new WeaviatePatterns(address);
        return store;
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  });
}

if (missing === false) contractOnServer();
else test('the pattern store’s contract on a Weaviate server', { skip: missing }, () => {});
