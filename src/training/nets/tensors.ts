/**
 * Where nets are computed while they learn: TensorFlow.js on its WebAssembly backend, in one thread, so that sums come out in one
 * order and the same seed gives the same weights. Its binary is read from the package's own folder.
 *
 * The backend's start leaves a listener for errors that nobody caught, which would end a process by its own rules; it is taken
 * off again. Nets are trained in threads of their own, and nothing live comes here.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import './gradients.js';
import { assert } from '../../runtime/assert.js';

let opened: Promise<void> | undefined;

/** Once per thread; a second call waits for the first. */
export function openTensors(): Promise<void> {
  opened ??= open();
  return opened;
}

async function open(): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const known = new Set(events.flatMap((event) => process.listeners(event as 'uncaughtException')));
  assert(await tf.setBackend('wasm'), 'the WebAssembly backend starts');
  await tf.ready();
  for (const event of events) {
    for (const listener of process.listeners(event as 'uncaughtException'))
      if (!known.has(listener)) process.removeListener(event, listener);
  }
}

/** Tensors that are held; what is not let go of fills the memory. */
export function tensorsHeld(): number {
  return tf.memory().numTensors;
}
