/**
 * How models did of late, kept across starts: one small file in the data folder, written beside its place and renamed into it,
 * a while after something changed and at the end. What a kill loses is a minute of outcomes, which weigh models a little
 * otherwise and nothing more; a file that cannot be read is as if there were none.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { TIMEFRAMES, type Timeframe } from '../../market/timeframe.js';
import type { Cancel, Timers } from '../../runtime/clock.js';
import { isModelRecords, type ModelRecords, NO_RECORDS, type RecordBook } from '../../signals/model-record.js';

const NAME = 'model-records.json';

export class FileRecords implements RecordBook {
  readonly #path: string;
  readonly #timers: Pick<Timers, 'after'>;
  readonly #records: Map<Timeframe, ModelRecords>;
  #cancel: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Why the newest were not kept. */
  fault: string | undefined;

  /** `timers` are the machine's: a disk is no faster when time is simulated. */
  constructor(dataFolder: string, timers: Pick<Timers, 'after'>) {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    this.#path = join(dataFolder, NAME);
    this.#timers = timers;
    this.#records = new Map(readRecords(this.#path));
  }

  read(timeframe: Timeframe): ModelRecords {
    return this.#records.get(timeframe) ?? NO_RECORDS;
  }

  write(timeframe: Timeframe, records: ModelRecords): void {
    this.#records.set(timeframe, records);
    this.#cancel ??= this.#timers.after(LIMITS.inference.recordsMs, () => {
      this.#cancel = undefined;
      this.#save();
    });
  }

  async close(): Promise<void> {
    const unsaved = this.#cancel;
    unsaved?.();
    this.#cancel = undefined;
    if (unsaved !== undefined) this.#save();
    await this.#writing;
  }

  #save(): void {
    const text = JSON.stringify(Object.fromEntries(this.#records));
    this.#writing = this.#writing.then(async () => {
      try {
        await writeFile(`${this.#path}.tmp`, text, { mode: 0o600 });
        await rename(`${this.#path}.tmp`, this.#path);
        this.fault = undefined;
      } catch (error) {
        this.fault = `records of models are not kept: ${sentence(error)}`;
      }
    });
  }
}

function readRecords(path: string): readonly (readonly [Timeframe, ModelRecords])[] {
  let value: Readonly<Record<string, unknown>> | null;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
  return TIMEFRAMES.flatMap((timeframe) => {
    const records = value?.[timeframe];
    return isModelRecords(records) ? [[timeframe, records] as const] : [];
  });
}
