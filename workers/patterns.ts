/** The embedded pattern store, in its thread (src/storage/patterns/embedded/pattern-thread.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { SuhoError, sentence } from '../src/errors.js';
import { systemClock } from '../src/runtime/clock.js';
import { EmbeddedPatterns } from '../src/storage/patterns/embedded/embedded-patterns.js';
import type { ThreadCall, ThreadReport, ThreadSettings } from '../src/storage/patterns/embedded/pattern-thread.js';

const port = parentPort;
if (port === null) throw new SuhoError('UNREACHABLE', 'The embedded pattern store runs in a worker thread only.');
const { dataFolder } = workerData as ThreadSettings;
const store = await EmbeddedPatterns.open(dataFolder, systemClock);

async function answer({ number, method, values }: ThreadCall): Promise<ThreadReport> {
  try {
    const call = store[method] as (...values: unknown[]) => Promise<unknown>;
    const value = await call.apply(store, [...values]);
    return { number, value, fault: store.fault };
  } catch (error) {
    const code = error instanceof SuhoError ? error.code : 'UNREACHABLE';
    return { number, failed: { code, message: sentence(error) }, fault: store.fault };
  }
}

port.on('message', (call: ThreadCall) => {
  void answer(call).then((report) => port.postMessage(report));
});
