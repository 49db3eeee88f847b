import type { CandleStream } from '../indicators/indicator.js';
import { IndicatorSet, type IndicatorSetState } from '../indicators/indicator-set.js';
import { CATALOGUE } from '../indicators/registry.js';
import { LIMITS } from '../limits.js';
import { CATALOGUE_VERSION } from './catalogue-version.js';
import type { Candle } from '../market/candle.js';

/** The whole catalogue at one candle's close; never changed once made. */
export interface CatalogueVector {
  readonly candle: Candle;
  /** In the catalogue's order, NaN where not ready. */
  readonly values: Float64Array;
}

/** All that a stream goes on from. */
export interface FeatureSnapshot {
  /** Of the catalogue that made it: the same numbers may mean something else in another version. */
  readonly version: number;
  readonly set: IndicatorSetState;
  /** Candles taken in since the stream began cold. */
  readonly taken: number;
  readonly recent: readonly CatalogueVector[];
}

/** The whole catalogue over the candles of one symbol and timeframe. */
export class FeatureStream {
  readonly #set: IndicatorSet;
  #recent: readonly CatalogueVector[] = [];
  #taken = 0;

  constructor(stream: CandleStream) {
    this.#set = new IndicatorSet(CATALOGUE, stream);
  }

  /** What models look at, the newest last; a decision at a close is made by what changed since the close before. */
  get recent(): readonly CatalogueVector[] {
    return this.#recent;
  }

  get newest(): Candle | undefined {
    return this.#recent.at(-1)?.candle;
  }

  get taken(): number {
    return this.#taken;
  }

  update(candle: Candle): CatalogueVector {
    this.#set.update(candle);
    const vector = { candle, values: this.#set.values.slice() };
    this.#recent = [...this.#recent, vector].slice(-LIMITS.features.recent);
    this.#taken += 1;
    return vector;
  }

  /** Columns that may still differ from those of a stream that began long before, as far as the number of candles tells. */
  get unsettled(): readonly string[] {
    return this.#set.columns
      .filter(({ settles, warmup }) => {
        const after = settles ?? warmup;
        return typeof after === 'number' && this.#taken < after;
      })
      .map(({ name }) => name);
  }

  snapshot(): FeatureSnapshot {
    return { version: CATALOGUE_VERSION, set: this.#set.snapshot(), taken: this.#taken, recent: this.#recent };
  }

  /** Whether the snapshot was made by the catalogue as it is. */
  fits({ version, set, recent }: FeatureSnapshot): boolean {
    return (
      version === CATALOGUE_VERSION &&
      this.#set.fits(set) &&
      recent.every(({ values }) => values.length === this.#set.values.length)
    );
  }

  restore(snapshot: FeatureSnapshot): void {
    this.#set.restore(snapshot.set);
    this.#taken = snapshot.taken;
    this.#recent = snapshot.recent;
  }
}
