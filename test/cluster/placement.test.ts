import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placed, ranked } from '../../src/cluster/placement.js';

const nodes = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 9 });
const things = Array.from({ length: 3_000 }, (_, at) => `symbol/S${at}`);

test('where a thing belongs depends on which nodes there are, and not on the order in which they are named', () => {
  fc.assert(
    fc.property(nodes, fc.string(), fc.infiniteStream(fc.nat()), (names, thing, order) => {
      const shuffled = names.map((name) => [order.next().value ?? 0, name] as const).sort(([a], [b]) => a - b);
      assert.deepEqual(
        ranked(thing, names),
        ranked(
          thing,
          shuffled.map(([, name]) => name),
        ),
      );
    }),
  );
});

test('a node that goes leaves what others have where it is, and its own to the next in rank', () => {
  fc.assert(
    fc.property(nodes, fc.string(), fc.nat(), (names, thing, which) => {
      const gone = names[which % names.length] as string;
      const [first, second] = ranked(thing, names);
      const left = names.filter((name) => name !== gone);
      assert.equal(placed(thing, left), first === gone ? second : first);
    }),
  );
});

test('a node that comes takes from all alike, and gives nothing from one to another', () => {
  fc.assert(
    fc.property(nodes, fc.string({ minLength: 1, maxLength: 12 }), fc.string(), (names, comes, thing) => {
      const now = placed(thing, [...names.filter((name) => name !== comes), comes]);
      assert.ok(
        now === comes ||
          now ===
            placed(
              thing,
              names.filter((name) => name !== comes),
            ),
      );
    }),
  );
});

for (const count of [2, 3, 5, 16]) {
  test(`${count} nodes of like names have like shares, and the second places are spread as well`, () => {
    const names = Array.from({ length: count }, (_, at) => `node-${at + 1}`);
    for (const place of [0, 1]) {
      const shares = new Map<string, number>();
      for (const thing of things) {
        const name = ranked(thing, names)[place] as string;
        shares.set(name, (shares.get(name) ?? 0) + 1);
      }
      const even = things.length / count;
      // Six standard deviations of a fair draw: one in a thousand million would be beyond by chance.
      const most = 6 * Math.sqrt(things.length * (1 / count) * (1 - 1 / count));
      for (const name of names)
        assert.ok(Math.abs((shares.get(name) ?? 0) - even) < most, `${name} has ${shares.get(name)} of ${things.length}`);
    }
  });
}

test('where there is no node a thing belongs to nobody', () => {
  assert.equal(placed('feed/market', []), undefined);
});
