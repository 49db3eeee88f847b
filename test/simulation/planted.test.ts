import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WORLD_CHECKERS } from './checkers/table.js';
import { hunt, PlantedCopy, readPlantedBugs } from './planted-bugs.js';

/** Found in a world or two; the others are hunted where there is time. */
const QUICK = ['sent-before-commit', 'tenant-not-asked'];
const WHOLE = process.env.SUHO_PROOF !== undefined;

test('there are a dozen planted bugs, each for a checker that there is, and each still applies', async () => {
  const bugs = readPlantedBugs();
  assert.ok(bugs.length >= 12, `${bugs.length}`);
  for (const bug of bugs) {
    assert.ok(bug.checker in WORLD_CHECKERS, `${bug.name} names ${bug.checker}`);
    assert.ok(bug.seeds > 0 && bug.sources.length > 0, bug.name);
    (await PlantedCopy.make(bug)).remove();
  }
});

for (const bug of readPlantedBugs().filter(({ name }) => WHOLE || QUICK.includes(name)))
  test(`planted bug ${bug.name}: ${bug.checker} finds it within ${bug.seeds} seeds`, async () => {
    const { seed, checkers } = await hunt(bug, 2);
    assert.ok(seed !== undefined, `found something: ${checkers.join(', ') || 'none'}`);
  });
