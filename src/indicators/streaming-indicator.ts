import type { CandleInput, Indicator, IndicatorState } from './indicator.js';
import { joinState, splitState } from './joined-state.js';

/**
 * The state of an indicator, or of a part of one: numbers in one array that starts as zeros. Keeping all state this way gives
 * reset, snapshot and restore to every indicator once and for all, and no number is ever boxed on the heap. The file that
 * owns the cells names their places; the first sixteen are typed as always there.
 */
export interface Cells extends Float64Array {
  0: number;
  1: number;
  2: number;
  3: number;
  4: number;
  5: number;
  6: number;
  7: number;
  8: number;
  9: number;
  10: number;
  11: number;
  12: number;
  13: number;
  14: number;
  15: number;
}

export function cells(length: number): Cells {
  return new Float64Array(length) as Cells;
}

/** A part that several indicators are made of. */
export interface StreamingPart {
  readonly cells: Cells;
}

export abstract class StreamingIndicator implements Indicator {
  values: Float64Array;
  readonly #kept: Float64Array[] = [];

  constructor(columns: number) {
    this.values = new Float64Array(columns).fill(Number.NaN);
  }

  abstract update(candle: CandleInput): void;

  showIn(values: Float64Array): void {
    values.set(this.values);
    this.values = values;
  }

  /** Makes a part's cells belong to this indicator's state. */
  protected keep<Part extends StreamingPart>(part: Part): Part {
    this.#kept.push(part.cells);
    return part;
  }

  protected keepCells(length: number): Cells {
    return this.keep({ cells: cells(length) }).cells;
  }

  reset(): void {
    this.values.fill(Number.NaN);
    for (const kept of this.#kept) kept.fill(0);
  }

  snapshot(): IndicatorState {
    return joinState([this.values, ...this.#kept]);
  }

  restore(state: IndicatorState): void {
    splitState(state, [this.values, ...this.#kept]);
  }
}
