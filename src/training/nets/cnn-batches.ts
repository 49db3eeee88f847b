/**
 * What the convolutional net learns by. A batch holds drawn shapes, windows in which the rules confirmed one, windows of any kind, and
 * drawn windows that show none; each as it is and once more changed a little, as a market might have done just as well. What is
 * alike is a window and its change, and windows of the same shape. What came after a window is nowhere in it.
 */
import { assert } from '../../runtime/assert.js';
import { CANDLE_STEPS } from '../../models/candle-window.js';
import type { Random } from '../../runtime/random.js';
import type { Dataset } from '../dataset.js';
import { CANDLE_CLIP, PRICES, SHAPES, shapesOf, WINDOW_LENGTH, writeRowWindow } from './candle-windows.js';
import { drawNone, drawShape } from './drawn-windows.js';

export interface BatchShares {
  /** Windows of each kind in a batch. */
  readonly drawnShapes: number;
  readonly drawnNone: number;
  readonly confirmed: number;
  readonly any: number;
}

export interface CnnBatch {
  readonly windows: Float32Array;
  /** 1 where a shape is there, `[windows, SHAPES]`. */
  readonly there: Float32Array;
  /** `[windows, windows]`: how much each is alike each other, a row's sum 1 or 0. */
  readonly alike: Float32Array;
}

/** Rows of one part, those in which a pattern was confirmed apart. */
export class CnnExamples {
  readonly #confirmed: Int32Array;

  constructor(
    readonly dataset: Dataset,
    readonly rows: Int32Array,
    readonly shares: BatchShares,
  ) {
    assert(rows.length > 0, 'a net learns from some rows');
    this.#confirmed = rows.filter((row) => shapesOf(dataset, row) !== 0);
  }

  batch(random: Random): CnnBatch {
    const { drawnShapes, drawnNone, confirmed, any } = this.shares;
    const count = drawnShapes + drawnNone + confirmed + any;
    const windows = new Float32Array(2 * count * WINDOW_LENGTH);
    const shapes = new Int32Array(2 * count);
    for (let at = 0; at < count; at++) {
      const to = at * WINDOW_LENGTH;
      if (at < drawnShapes) shapes[at] = drawnShape(random, windows, to);
      else if (at < drawnShapes + drawnNone) drawNone(random, windows, to);
      else shapes[at] = this.#seen(at < count - any ? this.#confirmed : this.rows, random, windows, to);
      shapes[count + at] = shapes[at] as number;
      changed(windows, to, random, (count + at) * WINDOW_LENGTH);
    }
    return { windows, there: bitsOf(shapes), alike: alikeness(shapes) };
  }

  #seen(among: Int32Array, random: Random, into: Float32Array, at: number): number {
    const rows = among.length > 0 ? among : this.rows;
    const row = rows[random.int(rows.length)] as number;
    writeRowWindow(this.dataset, row, into, at);
    return shapesOf(this.dataset, row);
  }
}

function drawnShape(random: Random, into: Float32Array, at: number): number {
  const shape = random.int(SHAPES.length);
  drawShape(shape, random, into, at);
  return 1 << shape;
}

/** A window a little faster or slower, larger or smaller, and rougher; its newest close stays where it is. */
export function changed(windows: Float32Array, from: number, random: Random, into: number): void {
  const speed = Math.exp(0.12 * random.normal());
  const size = Math.exp(0.15 * random.normal());
  const rough = 0.12 * random.next();
  for (let candle = 0; candle < CANDLE_STEPS; candle++) {
    const at = Math.max(0, CANDLE_STEPS - 1 - (CANDLE_STEPS - 1 - candle) * speed);
    const before = Math.floor(at);
    const share = at - before;
    const shift = candle === CANDLE_STEPS - 1 ? 0 : rough * random.normal();
    for (let price = 0; price < PRICES; price++) {
      const one = windows[from + before * PRICES + price] as number;
      const next = windows[from + Math.min(CANDLE_STEPS - 1, before + 1) * PRICES + price] as number;
      const value = size * (one + share * (next - one)) + shift;
      windows[into + candle * PRICES + price] = Math.min(CANDLE_CLIP, Math.max(-CANDLE_CLIP, value));
    }
  }
}

function bitsOf(shapes: Int32Array): Float32Array {
  return Float32Array.from({ length: shapes.length * SHAPES.length }, (_, at) => {
    const bits = shapes[Math.floor(at / SHAPES.length)] as number;
    return (bits >> (at % SHAPES.length)) & 1;
  });
}

/** Windows and their changes stand in the two halves, in the same order. */
function alikeness(shapes: Int32Array): Float32Array {
  const count = shapes.length;
  const alike = new Float32Array(count * count);
  for (let row = 0; row < count; row++) {
    const other = (row + count / 2) % count;
    let sum = 0;
    for (let column = 0; column < count; column++) {
      const same = ((shapes[row] as number) & (shapes[column] as number)) !== 0;
      if (column === row || !(same || column === other)) continue;
      alike[row * count + column] = 1;
      sum += 1;
    }
    for (let column = 0; column < count; column++) alike[row * count + column] = (alike[row * count + column] as number) / sum;
  }
  return alike;
}

/** 1 everywhere but in the diagonal. */
export function othersOf(count: number): Float32Array {
  return Float32Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 0 : 1));
}
