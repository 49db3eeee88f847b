import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMBEDDING, unitVector } from '../../../src/storage/patterns/embedding.js';
import { BLOCK_ROWS, CodeArena } from '../../../src/storage/patterns/embedded/code-arena.js';
import { VectorIndex, type Wanted } from '../../../src/storage/patterns/embedded/vector-index.js';
import { randomVector, seeded } from '../../contracts/patterns-world.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';
import { finished, plainCosine, VECTOR_KINDS } from './vectors.js';

const PARTS = ['M15 BUY', 'M15 SELL', 'H1 BUY'];

function wanted(count: number, change: Partial<Wanted> = {}): Wanted {
  const all = { least: -2, acceptPart: () => true, accept: () => true };
  return { count, ...all, before: (row, other) => row < other, ...change };
}

/** Vectors by row as they ought to be, and what looking at each of them finds. */
class Plain {
  readonly rows = new Map<number, { readonly part: string; readonly vector: Float32Array }>();

  nearest(query: Float32Array, { count, least, acceptPart, accept, before }: Wanted): number[] {
    return [...this.rows]
      .filter(([row, { part }]) => acceptPart(part) && accept(row))
      .map(([row, { vector }]) => ({ row, nearness: plainCosine(vector, query) }))
      .filter(({ nearness }) => nearness >= least)
      .sort((a, b) => b.nearness - a.nearness || (before(a.row, b.row) ? -1 : 1))
      .slice(0, count)
      .map(({ row }) => row);
  }
}

/** Rounding may swap rows whose cosines differ in the last digits: each place must hold one as near as the one that belongs there. */
function assertSame(index: VectorIndex, plain: Plain, query: Float32Array, what: Wanted, message: string): void {
  const found = finished(index.nearest(query, what)).map(({ row }) => row);
  const cosines = (rows: readonly number[]): number[] =>
    rows.map((row) => plainCosine(plain.rows.get(row)?.vector ?? new Float32Array(EMBEDDING), query));
  const [ours, theirs] = [cosines(found), cosines(plain.nearest(query, what))];
  assert.equal(ours.length, theirs.length, message);
  for (const [at, cosine] of theirs.entries()) assert.ok(Math.abs((ours[at] as number) - cosine) < 1e-12, `${message}, ${at}`);
  assert.equal(new Set(found).size, found.length, message);
}

for (const [kind, make] of Object.entries(VECTOR_KINDS)) {
  test(`among ${kind} vectors every search finds what comparing with each does, filters and removals or not`, (t) => {
    const seed = freshSeed();
    t.diagnostic(`seed ${seed}`);
    const random = seeded(`${kind} ${seed}`);
    const draw = make(random);
    const index = new VectorIndex(new CodeArena());
    const plain = new Plain();
    const add = (): void => {
      const part = PARTS[random.int(PARTS.length)] as string;
      const vector = draw();
      plain.rows.set(index.add(part, vector), { part, vector });
    };
    for (let at = 0; at < proofCount(100_000) / 2; at++) add();
    for (const [row, { part }] of [...plain.rows]) {
      if (!random.chance(0.2)) continue;
      index.remove(part, row);
      plain.rows.delete(row);
    }
    for (let at = 0; at < proofCount(100_000) / 20; at++) add();
    for (let at = 0; at < 20; at++) {
      const query = draw();
      assertSame(index, plain, query, wanted(10), 'all');
      assertSame(index, plain, query, wanted(10, { acceptPart: (part) => part.startsWith('M15') }), 'two parts');
      assertSame(index, plain, query, wanted(10, { accept: (row) => row % 3 === 0 }), 'a third');
      assertSame(index, plain, query, wanted(10, { accept: (row) => row % 997 === 0 }), 'few');
      assertSame(index, plain, query, wanted(10, { least: 0.4 }), 'near ones alone');
      assertSame(index, plain, query, wanted(1), 'one');
    }
  });
}

test('no bound is below its cosine, and few are far above, for vectors of every shape', () => {
  const random = seeded('bounds');
  const shapes: Float32Array[] = [
    ...Array.from({ length: 40 }, () => randomVector(random)),
    ...Array.from({ length: 20 }, () => randomVector(random).map((number) => number ** 9)),
    ...Array.from({ length: 20 }, (_, at) => randomVector(random).map((number, place) => (place === at ? 40 : number * 1e-3))),
    ...Array.from({ length: 8 }, (_, at) => new Float32Array(EMBEDDING).fill(0).fill(1, 0, 16 * (at + 1))),
    new Float32Array(EMBEDDING).fill(-1),
    new Float32Array(EMBEDDING).map((_, at) => (at % 2 === 0 ? 1 : -1)),
    new Float32Array(EMBEDDING).map((_, at) => (at === 7 ? 1e-30 : 0)),
  ].map(unitVector);
  const arena = new CodeArena();
  const block = arena.take();
  for (let from = 0; from < shapes.length; from += BLOCK_ROWS) {
    const some = shapes.slice(from, from + BLOCK_ROWS);
    for (const [row, vector] of some.entries()) arena.set(block, row, vector);
    for (const query of shapes) {
      arena.setQuery(query);
      const bounds = arena.bounds(block);
      for (const [row, vector] of some.entries()) {
        const [bound, cosine] = [(bounds[row] as number) + arena.querySlack, plainCosine(vector, query)];
        assert.ok(bound >= cosine, `${bound} is below ${cosine}`);
        assert.ok(bound - cosine < 0.1, `${bound} is far above ${cosine}`);
      }
    }
  }
});

test('equally near rows come in the order asked for, at the end of the list too', () => {
  const index = new VectorIndex(new CodeArena());
  const vector = unitVector(randomVector(seeded('ties')));
  const rows = Array.from({ length: 200 }, () => index.add('', vector));
  const turned = wanted(5, { before: (row, other) => row > other });
  assert.deepEqual(
    finished(index.nearest(vector, turned)).map(({ row }) => row),
    rows.slice(-5).reverse(),
  );
});

test('what an index gave back is used again, and holds nothing of what was there', () => {
  const arena = new CodeArena();
  const random = seeded('again');
  const first = new VectorIndex(arena);
  for (let at = 0; at < 1_000; at++) first.add('', unitVector(randomVector(random)));
  first.close();
  const second = new VectorIndex(arena);
  const vector = unitVector(randomVector(random));
  const row = second.add('', vector);
  assert.deepEqual(
    finished(second.nearest(vector, wanted(10))).map((near) => near.row),
    [row],
  );
});
