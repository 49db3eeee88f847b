/**
 * Blocks of coded vectors, in the one memory that the scan kernel works on: all collections of a store share it. A vector's code
 * is each of its numbers to 1/127 of the largest; its slack is how far its cosine with a unit vector may be from that of the
 * code, which is at most the length of what the code leaves out. So bounds are never below the cosine, and whatever is below a
 * bound needs no look at the vector itself.
 */
import { EMBEDDING } from '../embedding.js';
import { PAGE_BYTES, ScanKernel } from './scan-kernel.js';

export const BLOCK_ROWS = 64;
const SCALES = BLOCK_ROWS * EMBEDDING;
const SLACKS = SCALES + BLOCK_ROWS * Float32Array.BYTES_PER_ELEMENT;
const BLOCK_BYTES = SLACKS + BLOCK_ROWS * Float32Array.BYTES_PER_ELEMENT;

/** At the beginning of the memory: the query, then the bounds of a block. */
const QUERY = 0;
const BOUNDS = QUERY + EMBEDDING * Int16Array.BYTES_PER_ELEMENT;
const FIRST_BLOCK = BOUNDS + BLOCK_ROWS * Float32Array.BYTES_PER_ELEMENT;
const GROWTH_PAGES = 16;

const CODE_MOST = 127;
const QUERY_MOST = 32_767;
/** What rounding to single precision, in the kernel and in unit vectors, may take from a bound. */
const ROUNDING = 2e-6;

function largest(numbers: Float32Array): number {
  let most = 0;
  for (const number of numbers) most = Math.max(most, Math.abs(number));
  return most;
}

/** Writes the codes of a unit vector; answers the scale, and the length of what they leave out. */
function encode(vector: Float32Array, most: number, codes: Int8Array | Int16Array): readonly [scale: number, left: number] {
  const scale = Math.fround(largest(vector) / most);
  let squares = 0;
  for (let at = 0; at < EMBEDDING; at++) {
    const number = vector[at] as number;
    const code = Math.max(-most, Math.min(most, Math.round(number / scale)));
    codes[at] = code;
    squares += (number - code * scale) ** 2;
  }
  return [scale, Math.sqrt(squares)];
}

export class CodeArena {
  readonly #kernel = new ScanKernel();
  readonly #free: number[] = [];
  #end = FIRST_BLOCK;
  #bytes = new Int8Array(this.#kernel.buffer);
  #floats = new Float32Array(this.#kernel.buffer);
  #queryScale = 0;
  #queryLeft = 0;

  /** A block without vectors: its place. */
  take(): number {
    const block = this.#free.pop() ?? this.#extend();
    for (let row = 0; row < BLOCK_ROWS; row++) this.clear(block, row);
    return block;
  }

  /** Of all blocks that are in use. */
  get rows(): number {
    return ((this.#end - FIRST_BLOCK) / BLOCK_BYTES - this.#free.length) * BLOCK_ROWS;
  }

  give(block: number): void {
    this.#free.push(block);
  }

  set(block: number, row: number, vector: Float32Array): void {
    const codes = this.#bytes.subarray(block + row * EMBEDDING, block + (row + 1) * EMBEDDING);
    const [scale, left] = encode(vector, CODE_MOST, codes);
    this.#floats[(block + SCALES) / 4 + row] = scale;
    this.#floats[(block + SLACKS) / 4 + row] = left + ROUNDING;
  }

  /** Its bound is below every cosine. */
  clear(block: number, row: number): void {
    this.#floats[(block + SCALES) / 4 + row] = 0;
    this.#floats[(block + SLACKS) / 4 + row] = Number.NEGATIVE_INFINITY;
  }

  /** Until the next one, what `bounds` are of: a unit vector. */
  setQuery(query: Float32Array): void {
    [this.#queryScale, this.#queryLeft] = encode(query, QUERY_MOST, new Int16Array(this.#kernel.buffer, QUERY, EMBEDDING));
  }

  /** What is to be added to a bound for what the query's own code leaves out. */
  get querySlack(): number {
    return this.#queryLeft;
  }

  /** Of the block's rows, until the next call. */
  bounds(block: number): Float32Array {
    this.#kernel.scan(block, block + SCALES, block + SLACKS, QUERY, this.#queryScale, BOUNDS, BLOCK_ROWS);
    return this.#floats.subarray(BOUNDS / 4, BOUNDS / 4 + BLOCK_ROWS);
  }

  #extend(): number {
    const block = this.#end;
    this.#end += BLOCK_BYTES;
    if (this.#end > this.#bytes.length) {
      this.#kernel.grow(Math.max(GROWTH_PAGES, Math.ceil((this.#end - this.#bytes.length) / PAGE_BYTES)));
      this.#bytes = new Int8Array(this.#kernel.buffer);
      this.#floats = new Float32Array(this.#kernel.buffer);
    }
    return block;
  }
}
