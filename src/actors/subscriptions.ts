import type { Candle } from '../market/candle.js';
import type { Timeframe } from '../market/timeframe.js';

/** The indicators of one closed candle, by column name. */
export interface FeatureVector {
  readonly kind: 'vector';
  readonly candle: Candle;
  readonly values: Readonly<Record<string, number>>;
  /** When the tick that closed the candle came in, by the machine's clock. */
  readonly tickAtNs?: bigint;
}

interface VectorReader {
  readonly path: string;
  tell(vector: FeatureVector): boolean;
}

/** Who wants the vectors of a symbol and timeframe. Written by tenants' actors as they come and go. */
export class Subscriptions {
  readonly #readers = new Map<string, VectorReader[]>();

  subscribe(symbol: string, timeframe: Timeframe, reader: VectorReader): void {
    const key = `${symbol}/${timeframe}`;
    const readers = this.#readers.get(key) ?? [];
    if (!readers.some(({ path }) => path === reader.path)) this.#readers.set(key, [...readers, reader]);
  }

  unsubscribe(reader: { readonly path: string }): void {
    for (const [key, readers] of this.#readers) {
      this.#readers.set(
        key,
        readers.filter(({ path }) => path !== reader.path),
      );
    }
  }

  readers(symbol: string, timeframe: Timeframe): readonly VectorReader[] {
    return this.#readers.get(`${symbol}/${timeframe}`) ?? [];
  }
}
