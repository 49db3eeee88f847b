/**
 * The nearest of many vectors, exactly, by row. Rows of one part (what a usual filter asks for) stand together in blocks, so a search
 * passes over the parts it need not look at. In the others it takes an upper bound of each row's cosine, 64 rows at a
 * time (`code-arena.ts`), and looks at the vector itself only where the bound is above the least of those it keeps: of 100,000
 * vectors, at about a hundred and fifty.
 *
 * Every search finds what comparing with each vector would, whatever the vectors and the filter. A graph of neighbours was
 * tried and left: docs/decisions/0018.
 */
import { dot, EMBEDDING } from '../embedding.js';
import { BLOCK_ROWS, type CodeArena } from './code-arena.js';
import type { Steps } from './turn-taking.js';

/** Blocks that are looked at in one step. */
const STEP_BLOCKS = 64;

export interface Near {
  /** The cosine. */
  readonly nearness: number;
  readonly row: number;
}

export interface Wanted {
  readonly count: number;
  /** The least cosine. */
  readonly least: number;
  readonly acceptPart: (part: string) => boolean;
  readonly accept: (row: number) => boolean;
  /** Of two that are equally near, whether the first comes first. */
  readonly before: (row: number, other: number) => boolean;
}

interface Block {
  readonly number: number;
  /** In the arena. */
  readonly place: number;
  readonly vectors: Float32Array;
}

interface Part {
  readonly blocks: Block[];
  /** Rows without a vector. */
  readonly free: number[];
}

export class VectorIndex {
  readonly #arena: CodeArena;
  readonly #blocks: Block[] = [];
  readonly #parts = new Map<string, Part>();

  constructor(arena: CodeArena) {
    this.#arena = arena;
  }

  /** Adds a unit vector and answers its row. */
  add(part: string, vector: Float32Array): number {
    const row = this.#freeRow(part);
    const block = this.#blockOf(row);
    block.vectors.set(vector, (row % BLOCK_ROWS) * EMBEDDING);
    this.#arena.set(block.place, row % BLOCK_ROWS, vector);
    return row;
  }

  remove(part: string, row: number): void {
    this.#arena.clear(this.#blockOf(row).place, row % BLOCK_ROWS);
    this.#parts.get(part)?.free.push(row);
  }

  vectorAt(row: number): Float32Array {
    const at = (row % BLOCK_ROWS) * EMBEDDING;
    return this.#blockOf(row).vectors.slice(at, at + EMBEDDING);
  }

  /** Nearest first. Between its steps no vector may come or go, and no other search use the arena. */
  *nearest(query: Float32Array, wanted: Wanted): Steps<readonly Near[]> {
    const kept = new Nearest(wanted);
    this.#arena.setQuery(query);
    let blocks = 0;
    for (const [name, part] of this.#parts) {
      if (!wanted.acceptPart(name)) continue;
      for (const block of part.blocks) {
        this.#search(block, query, kept, wanted.accept);
        blocks += 1;
        if (blocks % STEP_BLOCKS === 0) yield;
      }
    }
    return kept.list;
  }

  #search({ number, place, vectors }: Block, query: Float32Array, kept: Nearest, accept: (row: number) => boolean): void {
    const bounds = this.#arena.bounds(place);
    const slack = this.#arena.querySlack;
    for (let at = 0; at < BLOCK_ROWS; at++) {
      if ((bounds[at] as number) + slack < kept.least) continue;
      const row = number * BLOCK_ROWS + at;
      if (bounds[at] === Number.NEGATIVE_INFINITY || !accept(row)) continue;
      kept.add(dot(vectors, at * EMBEDDING, query, 0), row);
    }
  }

  #freeRow(name: string): number {
    let part = this.#parts.get(name);
    if (part === undefined) {
      part = { blocks: [], free: [] };
      this.#parts.set(name, part);
    }
    const free = part.free.pop();
    if (free !== undefined) return free;
    const block = {
      number: this.#blocks.length,
      place: this.#arena.take(),
      vectors: new Float32Array(BLOCK_ROWS * EMBEDDING),
    };
    this.#blocks.push(block);
    part.blocks.push(block);
    const first = block.number * BLOCK_ROWS;
    for (let at = BLOCK_ROWS - 1; at > 0; at--) part.free.push(first + at);
    return first;
  }

  #blockOf(row: number): Block {
    return this.#blocks[Math.floor(row / BLOCK_ROWS)] as Block;
  }

  /** Gives its blocks back to the arena; it is not used after that. */
  close(): void {
    for (const { place } of this.#blocks) this.#arena.give(place);
    this.#blocks.length = 0;
    this.#parts.clear();
  }
}

/** The best so far, nearest first: few, so they are kept in order by moving. */
class Nearest {
  readonly list: Near[] = [];
  readonly #wanted: Wanted;
  /** Nothing less can be among them any more. */
  least: number;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.least = wanted.least;
  }

  add(nearness: number, row: number): void {
    if (nearness < this.least) return;
    const { list } = this;
    const { count, before } = this.#wanted;
    const follows = (near: Near): boolean => near.nearness < nearness || (near.nearness === nearness && before(row, near.row));
    let at = list.length;
    while (at > 0 && follows(list[at - 1] as Near)) at -= 1;
    list.splice(at, 0, { nearness, row });
    if (list.length > count) list.pop();
    if (list.length === count) this.least = Math.max(this.least, list.at(-1)?.nearness ?? Number.POSITIVE_INFINITY);
  }
}
