/** Trains models, in a thread of whoever asks (src/training/run/training-thread.ts); what it does is in src/training/run/training-run.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { SuhoError, sentence } from '../src/errors.js';
import { systemClock } from '../src/runtime/clock.js';
import type { TrainingReport, TrainingTask } from '../src/training/run/training-task.js';
import { runTraining } from '../src/training/run/training-run.js';

function heard(report: TrainingReport): void {
  parentPort?.postMessage(report);
}

try {
  heard({ kind: 'done', summary: await runTraining(workerData as TrainingTask, { clock: systemClock, heard }) });
} catch (error) {
  const message = error instanceof SuhoError || !(error instanceof Error) ? sentence(error) : (error.stack ?? sentence(error));
  heard({ kind: 'failed', code: error instanceof SuhoError ? error.code : null, message });
}
