/** A value that tells who shows it when it changes. */
import { useLayoutEffect, useState } from 'preact/hooks';

export class Cell<T> {
  readonly #told = new Set<(value: T) => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const told of this.#told) told(value);
  }

  /** Answers how to end it. */
  watch(told: (value: T) => void): () => void {
    this.#told.add(told);
    return () => this.#told.delete(told);
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [value, setValue] = useState(cell.value);
  // Before it is painted: what was set meanwhile is no change to look at.
  useLayoutEffect(() => {
    setValue(() => cell.value);
    return cell.watch((next) => setValue(() => next));
  }, [cell]);
  return value;
}
