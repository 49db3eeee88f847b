/** A thread that lives worlds, one after the other, as it is asked. */
import { parentPort } from 'node:worker_threads';
import { sentence } from '../../src/errors.js';
import { runSeed } from './run-seed.js';
import type { Asked, Answered } from './world-pool.js';

parentPort?.on('message', ({ seed, places }: Asked) => {
  const answer = (answered: Answered): void => parentPort?.postMessage(answered);
  runSeed(seed, places).then(
    (report) => answer({ report }),
    (error: unknown) => answer({ failure: error instanceof Error ? (error.stack ?? error.message) : sentence(error) }),
  );
});
