/** The entry point of an inference thread that does what it is told before it does its work: by the first number of its rows. */
import { existsSync, writeFileSync } from 'node:fs';
import type { BatchTask } from '../../src/inference/batch-task.js';
import { answerBatch as answer } from '../../workers/inference.js';

export { tryModel } from '../../workers/inference.js';

export const FAULTS = { dies: -1_001, diesOnce: -1_002, hangs: -1_003 } as const;

export function answerBatch(task: BatchTask): Promise<object> {
  const told = task.values[0];
  const mark = `${task.model.file}.died`;
  if (told === FAULTS.hangs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (told === FAULTS.dies || (told === FAULTS.diesOnce && !existsSync(mark))) {
    writeFileSync(mark, '');
    process.exit(7);
  }
  return answer(task);
}
