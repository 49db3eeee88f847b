import { Worker } from 'node:worker_threads';
import { ERROR_CODES, type ErrorCode, SuhoError } from '../../errors.js';
import type { TrainingReport, TrainingSummary, TrainingTask } from './training-task.js';

const ENTRY = new URL('../../../workers/training.js', import.meta.url);

export interface HeardReports {
  readonly progress?: (progress: TrainingReport & { kind: 'progress' }) => void;
  readonly said?: (sentence: string) => void;
}

/** Trains in a thread, so that whoever asks goes on meanwhile. To stop it, its task's `stop` is set: then it rejects with INTERRUPTED. */
export function trainInThread(task: TrainingTask, heard: HeardReports = {}): Promise<TrainingSummary> {
  const bars = [...task.symbols, ...task.elsewhere].flatMap(({ from }) =>
    from.kind === 'bars' ? [from.values.buffer as ArrayBuffer] : [],
  );
  const worker = new Worker(ENTRY, { workerData: task, transferList: bars });
  return new Promise((resolve, reject) => {
    worker.on('message', (report: TrainingReport) => {
      if (report.kind === 'progress') heard.progress?.(report);
      else if (report.kind === 'said') heard.said?.(report.sentence);
      else if (report.kind === 'done') resolve(report.summary);
      else reject(asError(report.code, report.message));
    });
    worker.once('error', reject);
    // After a report this changes nothing.
    worker.once('exit', (code) => reject(new Error(`the training thread ended with ${code} and no word`)));
  });
}

function asError(code: string | null, message: string): Error {
  return code !== null && code in ERROR_CODES ? new SuhoError(code as ErrorCode, message) : new Error(message);
}
