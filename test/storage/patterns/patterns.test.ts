import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { PatternThread } from '../../../src/storage/patterns/embedded/pattern-thread.js';
import { patternsContract } from '../../contracts/patterns.contract.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

patternsContract('in memory', async () => {
  const store = new EmbeddedPatterns(systemClock);
  return { store, reopened: async () => store, [Symbol.asyncDispose]: () => store.close() };
});

patternsContract('on disk', async () => {
  const folder = await temporaryFolder();
  let store = await EmbeddedPatterns.open(folder.path, systemClock);
  return {
    store,
    reopened: async () => {
      await store.close();
      store = await EmbeddedPatterns.open(folder.path, systemClock);
      return store;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});

patternsContract('in a thread', async () => {
  const folder = await temporaryFolder();
  let store = await PatternThread.open(folder.path);
  return {
    store,
    reopened: async () => {
      await store.close();
      store = await PatternThread.open(folder.path);
      return store;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});
