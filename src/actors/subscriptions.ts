import type { CatalogueVector } from '../features/feature-stream.js';
import type { ColumnValues, ColumnView } from '../features/column-view.js';
import { placeOf } from '../indicators/registry.js';
import type { Candle } from '../market/candle.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Prediction } from '../signals/prediction.js';
import { type StopInputs, stopInputs } from '../signals/stop-distances.js';

/** The features of one closed candle, as one reader gets them. */
export interface FeatureVector {
  readonly kind: 'vector';
  readonly candle: Candle;
  /** The columns that the reader may have. */
  readonly columns: ColumnValues;
  /** What every signal's stops are placed by, whatever its reader may have. */
  readonly stops: StopInputs;
  /** What models said of it; undefined where none was asked. */
  readonly prediction?: Prediction;
  /** When the tick that closed the candle came in, by the machine's clock. */
  readonly tickAtNs?: bigint;
  /** It closed before the reader followed: told so that the reader knows where it stands. */
  readonly past?: true;
}

/** How a vector comes. */
export type Delivery = Pick<FeatureVector, 'prediction' | 'tickAtNs' | 'past'>;

export interface VectorReader {
  readonly path: string;
  tell(vector: FeatureVector): boolean;
}

export interface Subscription {
  readonly reader: VectorReader;
  readonly view: ColumnView;
}

const NOBODY: ReadonlySet<Subscription> = new Set();

/** A vector as a reader with this view gets it. */
export function featureVector({ candle, values }: CatalogueVector, view: ColumnView, delivery: Delivery = {}): FeatureVector {
  const stops = stopInputs((column) => values[placeOf(column)] as number);
  return { kind: 'vector', candle, columns: view.pick(values), stops, ...delivery };
}

/** Where the vectors of a symbol and timeframe come from. */
export interface VectorSource {
  /** Tells the newest vectors to a reader that has begun to follow, and then every vector that closes. */
  follow(subscription: Subscription): void;
}

/**
 * Who wants the vectors of a symbol and timeframe, and which columns of them each may have. Written by tenants' actors as they
 * come and go. Everything is computed once; here, where vectors are handed over, a reader's view decides what it gets.
 */
export class Subscriptions {
  readonly #subscriptions = new Map<string, readonly Subscription[]>();
  readonly #sources = new Map<string, VectorSource>();

  /** The present source of a symbol and timeframe, which takes the place of the one before. Who follows is told to it. */
  source(symbol: string, timeframe: Timeframe, source: VectorSource): void {
    this.#sources.set(`${symbol}/${timeframe}`, source);
  }

  /** False where no source would tell the newest vectors. */
  subscribe(symbol: string, timeframe: Timeframe, reader: VectorReader, view: ColumnView): boolean {
    const key = `${symbol}/${timeframe}`;
    const others = (this.#subscriptions.get(key) ?? []).filter((subscription) => subscription.reader.path !== reader.path);
    const subscription = { reader, view };
    this.#subscriptions.set(key, [...others, subscription]);
    const source = this.#sources.get(key);
    source?.follow(subscription);
    return source !== undefined;
  }

  unsubscribe(reader: { readonly path: string }): void {
    for (const [key, subscriptions] of this.#subscriptions) {
      const left = subscriptions.filter((subscription) => subscription.reader.path !== reader.path);
      this.#subscriptions.set(key, left);
    }
  }

  readers(symbol: string, timeframe: Timeframe): readonly Subscription[] {
    return this.#subscriptions.get(`${symbol}/${timeframe}`) ?? [];
  }

  /** Readers with one view share one message. Those that are `left` out are told in another way. */
  handOver(vector: CatalogueVector, delivery: Delivery = {}, left: ReadonlySet<Subscription> = NOBODY): void {
    const messages = new Map<ColumnView, FeatureVector>();
    for (const subscription of this.readers(vector.candle.symbol, vector.candle.timeframe)) {
      if (left.has(subscription)) continue;
      const { reader, view } = subscription;
      const message = messages.get(view) ?? featureVector(vector, view, delivery);
      messages.set(view, message);
      reader.tell(message);
    }
  }
}
