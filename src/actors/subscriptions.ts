import type { CatalogueVector } from '../features/feature-stream.js';
import type { ColumnValues, ColumnView } from '../features/column-view.js';
import { placeOf } from '../indicators/registry.js';
import type { Candle } from '../market/candle.js';
import type { Timeframe } from '../market/timeframe.js';
import { type StopInputs, stopInputs } from '../signals/stop-distances.js';

/** The features of one closed candle, as one reader gets them. */
export interface FeatureVector {
  readonly kind: 'vector';
  readonly candle: Candle;
  /** The columns that the reader may have. */
  readonly columns: ColumnValues;
  /** What every signal's stops are placed by, whatever its reader may have. */
  readonly stops: StopInputs;
  /** When the tick that closed the candle came in, by the machine's clock. */
  readonly tickAtNs?: bigint;
}

interface VectorReader {
  readonly path: string;
  tell(vector: FeatureVector): boolean;
}

interface Subscription {
  readonly reader: VectorReader;
  readonly view: ColumnView;
}

/** A vector as a reader with this view gets it. */
export function featureVector(vector: CatalogueVector, view: ColumnView, tickAtNs?: bigint): FeatureVector {
  const { candle, values } = vector;
  const stops = stopInputs((column) => values[placeOf(column)] as number);
  return { kind: 'vector', candle, columns: view.pick(values), stops, ...(tickAtNs === undefined ? {} : { tickAtNs }) };
}

/**
 * Who wants the vectors of a symbol and timeframe, and which columns of them each may have. Written by tenants' actors as they
 * come and go. Everything is computed once; here, where vectors are handed over, a reader's view decides what it gets.
 */
export class Subscriptions {
  readonly #subscriptions = new Map<string, readonly Subscription[]>();

  subscribe(symbol: string, timeframe: Timeframe, reader: VectorReader, view: ColumnView): void {
    const key = `${symbol}/${timeframe}`;
    const others = (this.#subscriptions.get(key) ?? []).filter((subscription) => subscription.reader.path !== reader.path);
    this.#subscriptions.set(key, [...others, { reader, view }]);
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

  /** Readers with one view share one message. */
  handOver(vector: CatalogueVector, tickAtNs?: bigint): void {
    const messages = new Map<ColumnView, FeatureVector>();
    for (const { reader, view } of this.readers(vector.candle.symbol, vector.candle.timeframe)) {
      const message = messages.get(view) ?? featureVector(vector, view, tickAtNs);
      messages.set(view, message);
      reader.tell(message);
    }
  }
}
