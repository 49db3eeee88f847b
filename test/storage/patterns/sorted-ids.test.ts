import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SortedIds } from '../../../src/storage/patterns/embedded/sorted-ids.js';
import { seeded } from '../../contracts/patterns-world.js';
import { freshSeed } from '../../support/price-paths.js';

test('ids come in order after any one, whatever came and went', (t) => {
  const seed = freshSeed();
  t.diagnostic(`seed ${seed}`);
  const random = seeded(`sorted ${seed}`);
  const ids = new SortedIds();
  const plain = new Set<string>();
  const idAt = (): string => `id ${random.int(6_000)}`;
  for (let round = 0; round < 40; round++) {
    const growing = random.chance(0.6);
    for (let at = 0; at < 500; at++) {
      const id = idAt();
      if (growing && !plain.has(id)) ids.add(id);
      if (growing) plain.add(id);
      else {
        ids.delete(id);
        plain.delete(id);
      }
    }
    const sorted = [...plain].sort();
    for (const from of ['', idAt(), idAt(), 'id 9999', 'zzz']) {
      const count = 1 + random.int(1_200);
      assert.deepEqual(ids.after(from, count), sorted.filter((id) => id > from).slice(0, count), from);
    }
  }
  for (const id of plain) ids.delete(id);
  assert.deepEqual(ids.after('', 10), []);
});
