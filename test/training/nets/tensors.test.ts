import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openTensors, tensorsHeld } from '../../../src/training/nets/tensors.js';

/** Opens tensors in a thread in which the net is not to be had, learns a step, and tells what it found. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const fetched = [];
globalThis.fetch = (where) => { fetched.push(String(where)); return Promise.reject(new Error('no net')); };
(async () => {
  const { openTensors } = await import(workerData.tensors);
  const { slopes } = await import(workerData.fit);
  await openTensors();
  const tf = await import('@tensorflow/tfjs-core');
  const weights = { a: { shape: [2], values: Float32Array.of(3, 4) } };
  const { loss, gradients } = slopes(weights, (of) => tf.sum(tf.mul(of('a'), of('a'))));
  parentPort.postMessage({ loss, slopes: Array.from(gradients.a), fetched, backend: tf.getBackend() });
})();
`;

describe('openTensors', () => {
  it('opens in a thread, on WebAssembly from the package’s own files, and asks nothing of the net', async () => {
    const at = (file: string): string => new URL(`../../../src/training/nets/${file}`, import.meta.url).href;
    const worker = new Worker(THREAD, { eval: true, workerData: { tensors: at('tensors.js'), fit: at('fit-net.js') } });
    const [told] = await once(worker, 'message');
    await worker.terminate();
    assert.deepEqual(told, { loss: 25, slopes: [6, 8], fetched: [], backend: 'wasm' });
  });

  it('leaves what a process does with errors as it was, and holds nothing', async () => {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const counts = (): number[] => events.map((event) => process.listenerCount(event));
    const before = counts();
    await openTensors();
    await openTensors();
    assert.deepEqual(counts(), before);
    assert.equal(tensorsHeld(), 0);
  });
});
