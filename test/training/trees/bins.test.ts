import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../src/runtime/random.js';
import { binEdges, binRows, BINS_MOST, type ClassedRows } from '../../../src/training/trees/bins.js';
import { classedRows } from '../../support/classed-rows.js';

function column(values: readonly number[]): ClassedRows {
  return {
    inputs: Float32Array.from(values),
    columns: 1,
    rows: Int32Array.from(values, (_, at) => at),
    classes: new Uint8Array(values.length),
  };
}

function binned(values: readonly number[]): number[] {
  const rows = column(values);
  return Array.from(binRows(rows, binEdges(rows)).bins);
}

describe('bins', () => {
  it('few values have a bin each, in their order; what is missing has the bin 0', () => {
    assert.deepEqual(binned([3, Number.NaN, -1, 3, 0, 7]), [3, 0, 1, 3, 2, 4]);
    assert.deepEqual(binned([Number.NaN, Number.NaN]), [0, 0]);
    assert.deepEqual(binned([5, 5]), [1, 1]);
  });

  it('neighbouring floats are told apart', () => {
    const low = Math.fround(0.1);
    const high = low + 2 ** -27;
    assert.equal(Math.fround(high), high);
    assert.deepEqual(binned([low, high, -high, -low]), [3, 4, 1, 2]);
  });

  it('an edge lies between two values that were seen, so each is on its side of it as a float', () => {
    const random = seededRandom('edges');
    const rows = classedRows(
      5_000,
      40,
      random,
      () => random.normal() * 10 ** (random.int(20) - 10),
      () => 0,
    );
    const edges = binEdges(rows);
    const { bins } = binRows(rows, edges);
    for (let at = 0; at < rows.inputs.length; at++) {
      const [row, place] = [Math.floor(at / 40), at % 40];
      const value = rows.inputs[at] as number;
      const below = edges[place]?.filter((edge) => value > edge).length as number;
      assert.equal(bins[place * 5_000 + row], below + 1);
    }
    for (const own of edges) assert.deepEqual(own, own.toSorted());
  });

  it('many values share bins evenly, and a frequent one has its own', () => {
    const random = seededRandom('even');
    const values = Array.from({ length: 20_000 }, () => (random.chance(0.3) ? 0.25 : random.normal()));
    const bins = binned(values);
    assert.ok(Math.max(...bins) <= BINS_MOST);
    const counts = new Map<number, number>();
    for (const bin of bins) counts.set(bin, (counts.get(bin) ?? 0) + 1);
    const frequent = bins[values.indexOf(0.25)] as number;
    assert.ok((counts.get(frequent) as number) < 6_000 * 1.05 + 200);
    counts.delete(frequent);
    assert.ok(counts.size > 200, `${counts.size} bins`);
    assert.ok(Math.max(...counts.values()) < 2.5 * (14_000 / counts.size));
  });

  it('only the rows that are named are read', () => {
    const rows = { ...column([1, 2, 3, 4]), rows: Int32Array.from([3, 1]) };
    assert.deepEqual(Array.from(binRows(rows, binEdges(rows)).bins), [2, 1]);
  });
});
