/** The thread of the pattern store, and two ways to end it: asked to remove one of these tenants, it dies. */
import { parentPort } from 'node:worker_threads';
import type { ThreadCall } from '../../../src/storage/patterns/embedded/pattern-thread.js';

// First: what comes before there is a listener waits for it.
await import('../../../workers/patterns.js');
parentPort?.on('message', ({ values }: ThreadCall) => {
  if (values[0] === 'exits') process.exit(3);
  if (values[0] === 'throws') throw new Error('a fault of the thread');
});
