/** A sink that does what the test says, a spill and a clock to go with it: what a writer's tests run on. */
import { Activity, untilIdle } from '../../../src/runtime/activity.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { BatchWriter, type BatchWriterOptions } from '../../../src/storage/writer/batch-writer.js';
import type { Batch, Codec, Sink } from '../../../src/storage/writer/sink.js';
import { type Extent, Spill } from '../../../src/storage/writer/spill.js';

/** Numbers in the order in which they were offered. */
export const NUMBERS: Codec<number> = {
  encode: (items) => Buffer.from(JSON.stringify(items)),
  decode: (bytes) => JSON.parse(bytes.toString('utf8')) as number[],
};

/** `lost answer`: it stores the batch and fails all the same. */
export type Mood = 'well' | 'down' | 'lost answer' | 'hangs';

export class ScriptedSink implements Sink<number> {
  mood: Mood = 'well';
  /** What it has, a batch that came again counted once; gaps as they came, negative. */
  readonly stored: number[] = [];
  readonly batches: Batch<number>[] = [];
  readonly gaps: { readonly gap: Extent; readonly afterItems: number }[] = [];
  calls = 0;
  #known = new Set<string>();
  #held: (() => void)[] = [];

  async write(batch: Batch<number>): Promise<void> {
    this.calls += 1;
    if (this.mood === 'hangs') await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.mood === 'down') throw new Error('the store is down');
    const key = JSON.stringify(batch);
    if (!this.#known.has(key)) {
      this.#known.add(key);
      this.batches.push(batch);
      this.stored.push(...batch.list);
    }
    if (this.mood === 'lost answer') throw new Error('the answer was lost');
  }

  async markGap(gap: Extent): Promise<void> {
    if (this.mood === 'down') throw new Error('the store is down');
    this.gaps.push({ gap, afterItems: this.stored.length });
  }

  /** What hung goes on, in the present mood. */
  goOn(mood: Mood): void {
    this.mood = mood;
    for (const resolve of this.#held.splice(0)) resolve();
  }
}

export const SMALL = {
  batchItems: 10,
  flushMs: 5_000,
  queue: 100,
  retryFirstMs: 100,
  retryMostMs: 10_000,
  breakerFailures: 5,
  breakerOpenMs: 5_000,
  segment: 2_000,
  segments: 8,
};

export interface WriterWorld {
  readonly clock: SteppedClock;
  readonly activity: Activity;
  readonly sink: ScriptedSink;
  readonly spill: Spill;
  readonly writer: BatchWriter<number>;
}

export async function openWriter(
  folder: string,
  change: Partial<BatchWriterOptions<number>> = {},
  clock = new SteppedClock(0),
): Promise<WriterWorld> {
  const sink = (change.sink as ScriptedSink | undefined) ?? new ScriptedSink();
  const limits = { ...SMALL, ...change.limits };
  const activity = new Activity();
  const spill = await Spill.open({ folder, segmentBytes: limits.segment, segments: limits.segments });
  const writer = new BatchWriter<number>({
    name: 'test',
    codec: NUMBERS,
    loss: 'droppable',
    random: seededRandom(1),
    logger: silentLogger,
    ...change,
    sink,
    spill,
    clock,
    activity,
    limits,
  });
  return { clock, activity, sink, spill, writer };
}

/** Waits for a condition while simulated time passes, a step whenever the writer has nothing left to do. */
export async function until({ clock, activity }: WriterWorld, holds: () => boolean, stepMs = 100): Promise<void> {
  for (let step = 0; !holds(); step++) {
    if (step > 5_000) throw new Error('it never came to hold');
    clock.advanceTo(clock.nowMs() + stepMs);
    await untilIdle(activity);
  }
}

export function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
