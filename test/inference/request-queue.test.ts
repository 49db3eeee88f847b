import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestQueue } from '../../src/inference/request-queue.js';
import { seededRandom } from '../../src/runtime/random.js';

interface Asked {
  readonly key: string;
  readonly count: number;
  readonly at: number;
}

function queueOf(batchRows: number, queue: number, keys: string, counts: readonly number[] = []): RequestQueue<Asked> {
  const all = new RequestQueue<Asked>({ batchRows, queue });
  for (const [at, key] of [...keys].entries()) all.add({ key, count: counts[at] ?? 1, at });
  return all;
}

const places = (batch: readonly Asked[]): number[] => batch.map(({ at }) => at);

describe('the queue of requests', () => {
  it('gives batches of one model each, and turn by turn where several wait', () => {
    const queue = queueOf(2, 100, 'aaaabbbcaa');
    const batches = Array.from({ length: 6 }, () => places(queue.take()));
    assert.deepEqual(batches, [[0, 1], [4, 5], [7], [2, 3], [6], [8, 9]]);
    assert.deepEqual([queue.size, queue.take()], [0, []]);
  });

  it('fills a run and never more, and lets what is larger than a run leave alone', () => {
    const queue = queueOf(8, 100, 'aaaaaa', [3, 5, 1, 20, 4, 4]);
    assert.deepEqual(
      [0, 1, 2, 3].map(() => places(queue.take())),
      [[0, 1], [2], [3], [4, 5]],
    );
  });

  it('has no room past its bound, and room again when something has left', () => {
    const queue = queueOf(2, 3, 'abc');
    const more = { key: 'a', count: 1, at: 9 };
    assert.deepEqual([queue.add(more), queue.size], [false, 3]);
    queue.take();
    assert.deepEqual([queue.add(more), queue.size], [true, 3]);
  });

  it('knows when a run is full', () => {
    const queue = queueOf(4, 100, 'aabb', [2, 1, 1, 2]);
    assert.equal(queue.hasFullBatch(), false);
    queue.add({ key: 'b', count: 1, at: 4 });
    assert.equal(queue.hasFullBatch(), true);
  });

  it('loses and doubles nothing, whatever is added, removed and taken', () => {
    const random = seededRandom('requests');
    const queue = new RequestQueue<Asked>({ batchRows: 5, queue: 40 });
    const inside = new Set<Asked>();
    const last = new Map<string, number>();
    for (let at = 0; at < 5_000; at++) {
      const dice = random.next();
      if (dice < 0.6) {
        const asked = { key: 'abc'.charAt(random.int(3)), count: 1 + random.int(7), at };
        assert.equal(queue.add(asked), inside.size < 40);
        if (inside.size < 40) inside.add(asked);
      } else if (dice < 0.8) {
        const one = [...inside][random.int(Math.max(1, inside.size))];
        if (one === undefined) continue;
        assert.equal(queue.remove(one), true);
        assert.equal(queue.remove(one), false);
        inside.delete(one);
      } else {
        const batch = queue.take();
        assert.equal(batch.length === 0, inside.size === 0);
        assert.ok(batch.length === 1 || batch.reduce((sum, { count }) => sum + count, 0) <= 5);
        for (const one of batch) {
          assert.ok(inside.delete(one) && one.key === batch[0]?.key);
          assert.ok(one.at > (last.get(one.key) ?? -1), 'in the order they came');
          last.set(one.key, one.at);
        }
      }
      assert.equal(queue.size, inside.size);
    }
    assert.deepEqual(new Set(queue.drain()), inside);
    assert.equal(queue.size, 0);
  });
});
