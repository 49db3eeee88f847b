import type { Extent } from './spill.js';

/** Items in the order in which they were taken. */
export interface Batch<T> extends Extent {
  readonly list: readonly T[];
}

/** Where batches end up: a store. */
export interface Sink<T> {
  /** Stores a batch. It comes again, the same to the last item, until this resolves: what a repeat finds stored it takes once. */
  write(batch: Batch<T>): Promise<void>;
  /** Notes, in its place among the batches, what was dropped. */
  markGap(gap: Extent): Promise<void>;
}

/** Thrown by a sink for items that would be refused however often they came: the rest of the batch is stored. */
export class ItemsRefused extends Error {
  override readonly name = 'ItemsRefused';

  constructor(
    readonly items: number,
    message: string,
  ) {
    super(message);
  }
}

/** Items as bytes, for the spill. */
export interface Codec<T> {
  encode(items: readonly T[]): Buffer;
  decode(bytes: Buffer): readonly T[];
}
