import type { TickBatch } from './tick.js';

/** Gathers ticks of many symbols and hands them on as one batch a symbol: columns that grow, copied once when taken. */
export class TickCollector {
  readonly #columns = new Map<string, Columns>();

  add(symbol: string, timeMs: number, bid: number, ask: number): void {
    let columns = this.#columns.get(symbol);
    if (columns === undefined) {
      columns = new Columns();
      this.#columns.set(symbol, columns);
    }
    columns.add(timeMs, bid, ask);
  }

  /** Calls once for each symbol that has ticks, and forgets them. */
  take(each: (batch: TickBatch) => void): void {
    for (const [symbol, columns] of this.#columns) {
      const batch = columns.take(symbol);
      if (batch.count > 0) each(batch);
    }
  }
}

class Columns {
  #count = 0;
  #timesMs = new Float64Array(64);
  #bids = new Float64Array(64);
  #asks = new Float64Array(64);

  add(timeMs: number, bid: number, ask: number): void {
    if (this.#count === this.#timesMs.length) this.#grow();
    this.#timesMs[this.#count] = timeMs;
    this.#bids[this.#count] = bid;
    this.#asks[this.#count] = ask;
    this.#count += 1;
  }

  take(symbol: string): TickBatch {
    const count = this.#count;
    this.#count = 0;
    return {
      symbol,
      count,
      timesMs: this.#timesMs.slice(0, count),
      bids: this.#bids.slice(0, count),
      asks: this.#asks.slice(0, count),
    };
  }

  #grow(): void {
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(old.length * 2);
      next.set(old);
      return next;
    };
    this.#timesMs = grown(this.#timesMs);
    this.#bids = grown(this.#bids);
    this.#asks = grown(this.#asks);
  }
}
