/**
 * What is learned from, what decides when to stop, and what is looked at once.
 *
 * Rows of all symbols are cut at two instants, so that 70, 15 and 15 of a hundred lie between them. Around each instant rows
 * are left out on both sides, as far as the longest horizon and the input window reach together; and where a gap, such as a
 * weekend, stretches a window or a label further, what still crosses the instant is left out as well. So no two parts have
 * seen the same minute, of whatever symbol, and that is checked each time anew, by code that knows nothing of how it was cut.
 * Columns remember further back than a window, as an average of 200 candles does; but that is the past, which is known live as
 * well, and holds no label.
 */
import { HORIZONS_MS } from '../features/labels.js';
import { assert } from '../runtime/assert.js';
import type { Dataset, Horizon } from './dataset.js';
import { leaksBetween, type SeenSpan } from './leaks.js';

const TRAIN_SHARE = 0.7;
const VALIDATION_SHARE = 0.15;

export interface SplitPlan {
  /** All that are learned: a row without one of these labels is no example. */
  readonly horizons: readonly Horizon[];
  /** Candles that a model is shown at once. */
  readonly steps: number;
}

/** The kind is in the type, so that what is fitted can only be fitted on what is there for it. */
export interface Part<Kind extends 'train' | 'validation' | 'test'> {
  readonly kind: Kind;
  /** Rows of the dataset, in the order of time, then of symbols. */
  readonly rows: Int32Array;
}

export class Splits {
  readonly train: Part<'train'>;
  readonly validation: Part<'validation'>;
  /** Examples that were left out around the two instants. */
  readonly purged: number;
  readonly #test: Part<'test'>;
  #testRead = false;

  constructor(dataset: Dataset, plan: SplitPlan) {
    const rows = examples(dataset, plan);
    const cut = (share: number): number => dataset.endMs(rows[Math.floor(share * rows.length)] ?? 0);
    const first = cut(TRAIN_SHARE);
    const second = cut(TRAIN_SHARE + VALIDATION_SHARE);
    const margin = marginMs(dataset, plan);
    const inside = (fromMs: number, toMs: number): Int32Array =>
      rows.filter((row) => {
        const end = dataset.endMs(row);
        const seen = seenSpan(dataset, plan, row);
        return end >= fromMs + margin && end <= toMs - margin && seen.fromMs >= fromMs && seen.toMs <= toMs;
      });
    this.train = { kind: 'train', rows: inside(Number.NEGATIVE_INFINITY, first) };
    this.validation = { kind: 'validation', rows: inside(first, second) };
    this.#test = { kind: 'test', rows: inside(second, Number.POSITIVE_INFINITY) };
    const parts = [this.train, this.validation, this.#test];
    this.purged = parts.reduce((left, part) => left - part.rows.length, rows.length);
    const leaks = leaksBetween(parts.map((part) => ({ name: part.kind, spans: spansOf(dataset, plan, part) })));
    assert(leaks.length === 0, `no part has seen another's time: ${leaks.join('; ')}`);
  }

  get testRows(): number {
    return this.#test.rows.length;
  }

  /** The part that tells what a model is worth, once: what is looked at twice is what was chosen by. */
  readTest(): Part<'test'> {
    assert(!this.#testRead, 'the test part is read once');
    this.#testRead = true;
    return this.#test;
  }
}

/** What the examples of a part have seen. */
export function* spansOf(dataset: Dataset, plan: SplitPlan, { rows }: Part<'train' | 'validation' | 'test'>): Iterable<SeenSpan> {
  for (const row of rows) yield seenSpan(dataset, plan, row);
}

/** Rows that have every label and a whole window, in the order of time. */
export function examples(dataset: Dataset, { horizons, steps }: SplitPlan): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < dataset.rows; row++) {
    if (Number.isNaN(dataset.windowStartMs(row, steps))) continue;
    if (horizons.every((horizon) => !Number.isNaN(dataset.direction(row, horizon)))) rows.push(row);
  }
  return Int32Array.from(rows).sort((a, b) => dataset.endMs(a) - dataset.endMs(b) || a - b);
}

function longestMs(horizons: readonly Horizon[]): number {
  return Math.max(...horizons.map((horizon) => HORIZONS_MS[horizon]));
}

function marginMs({ spanMs }: Dataset, { horizons, steps }: SplitPlan): number {
  return longestMs(horizons) + steps * spanMs;
}

function seenSpan(dataset: Dataset, { horizons, steps }: SplitPlan, row: number): SeenSpan {
  return {
    symbol: dataset.symbolOf(row),
    fromMs: dataset.windowStartMs(row, steps),
    toMs: dataset.endMs(row) + longestMs(horizons),
  };
}
