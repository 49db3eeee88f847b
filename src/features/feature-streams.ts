/**
 * The feature streams of a node, one per symbol and timeframe: opened from the newest snapshot and the candles journalled
 * since, and snapshotted often enough that the journal always reaches back to the newest snapshot.
 */
import { assert } from '../runtime/assert.js';
import { LIMITS } from '../limits.js';
import type { Candle } from '../market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { FeatureSnapshots } from '../storage/snapshots/snapshots.js';
import { type CatalogueVector, FeatureStream } from './feature-stream.js';

export interface FeatureStreamsOptions {
  readonly journal: CandleJournal;
  readonly snapshots: FeatureSnapshots;
}

/** A stream began without a snapshot that fits: which columns its history was too short to settle. */
export interface ColdStart {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly candles: number;
  readonly unsettled: readonly string[];
}

const DAY_MS = 86_400_000;

/** Candles between snapshots: at least one a day, since the journal's files are kept by days. */
export function snapshotEvery(timeframe: Timeframe): number {
  return Math.min(LIMITS.features.snapshotCandles, DAY_MS / TIMEFRAME_MS[timeframe]);
}

export class FeatureStreams {
  readonly #streams = new Map<string, FeatureStream>();
  readonly #cold = new Map<string, ColdStart>();
  readonly #sinceSnapshot = new Map<string, number>();

  constructor(readonly options: FeatureStreamsOptions) {}

  /** Streams that began cold, as they stood then. */
  get coldStarts(): readonly ColdStart[] {
    return [...this.#cold.values()];
  }

  /**
   * Opens a stream, or opens it anew after its actor crashed. It then holds every journalled candle, or those up to and with
   * `upTo`: what comes after is still in the mailbox of the actor that asks.
   */
  open(symbol: string, timeframe: Timeframe, upTo = Number.POSITIVE_INFINITY): FeatureStream {
    const { journal, snapshots } = this.options;
    const closeBefore = (other: string, time: number): number => journal.closeBefore(other, timeframe, time);
    const stream = new FeatureStream({ symbol, spanMs: TIMEFRAME_MS[timeframe], closeBefore });
    const history = journal.recent(symbol, timeframe).filter(({ time }) => time <= upTo);
    const snapshot = snapshots.latest(symbol, timeframe);
    const from = snapshot?.recent.at(-1)?.candle.time;
    const warm =
      snapshot !== undefined && from !== undefined && from <= upTo && reachesBack(history, from) && stream.fits(snapshot);
    if (warm) stream.restore(snapshot);
    for (const candle of history) if (!warm || candle.time > from) stream.update(candle);
    const key = `${symbol}/${timeframe}`;
    if (!warm) this.#cold.set(key, { symbol, timeframe, candles: history.length, unsettled: stream.unsettled });
    this.#streams.set(key, stream);
    this.#sinceSnapshot.set(key, warm ? stream.taken - snapshot.taken : snapshotEvery(timeframe));
    return stream;
  }

  /** Takes a candle into its open stream. */
  update(candle: Candle): CatalogueVector {
    const { symbol, timeframe } = candle;
    const key = `${symbol}/${timeframe}`;
    const stream = this.#streams.get(key);
    assert(stream !== undefined, `the stream of ${key} is open`);
    const vector = stream.update(candle);
    const since = (this.#sinceSnapshot.get(key) ?? 0) + 1;
    const due = since >= snapshotEvery(timeframe);
    this.#sinceSnapshot.set(key, due ? 0 : since);
    if (due) this.options.snapshots.save(symbol, timeframe, stream.snapshot());
    return vector;
  }

  /** Snapshots every open stream now. */
  save(): void {
    for (const [key, stream] of this.#streams) {
      const [symbol, timeframe] = key.split('/') as [string, Timeframe];
      this.#sinceSnapshot.set(key, 0);
      if (stream.newest !== undefined) this.options.snapshots.save(symbol, timeframe, stream.snapshot());
    }
  }

  /** The newest vectors of an open stream, the newest last. */
  recent(symbol: string, timeframe: Timeframe): readonly CatalogueVector[] {
    return this.#streams.get(`${symbol}/${timeframe}`)?.recent ?? [];
  }
}

/** Whether no candle can be missing between a snapshot and the history: the journal holds only so many. */
function reachesBack(history: readonly Candle[], from: number): boolean {
  const [oldest] = history;
  return oldest === undefined || oldest.time <= from || history.length < LIMITS.market.history;
}
