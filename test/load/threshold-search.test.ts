import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Found, findThreshold } from '../../load-tests/load/threshold-search.js';

const TOLERANCE = 0.1;
const never = (): boolean => false;

function search(threshold: number, first: number, most: number, wrongEvery = Number.POSITIVE_INFINITY): Promise<Found> {
  let tries = 0;
  return findThreshold({
    first,
    most,
    tolerance: TOLERANCE,
    tries: 3,
    over: never,
    holds: async (load) => {
      tries += 1;
      return tries % wrongEvery === 0 ? load > threshold : load <= threshold;
    },
  });
}

describe('the search for the highest load that holds', () => {
  it('finds it within the tolerance, wherever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10, max: 500_000 }), fc.integer({ min: 1, max: 500_000 }), async (threshold, first) => {
        const { load, confirmed, endedBy } = await search(threshold, first, 10_000_000);
        assert.ok(load <= threshold, `${load} held, and ${threshold} is the most`);
        assert.ok(load >= threshold / (1 + TOLERANCE) - 1, `${load} is far below ${threshold}`);
        assert.deepEqual([confirmed, endedBy], [true, 'found']);
      }),
    );
  });

  it('finds it all the same where one try in three is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10, max: 100_000 }), fc.integer({ min: 1, max: 100_000 }), async (threshold, first) => {
        const { load } = await search(threshold, first, 10_000_000, 3);
        assert.ok(load <= threshold && load >= threshold / (1 + TOLERANCE) - 1, `${load} for ${threshold}`);
      }),
    );
  });

  it('says so where the most that may be tried holds', async () => {
    const found = await search(1_000_000, 500, 4_000);
    assert.deepEqual([found.load, found.endedBy, found.confirmed], [4_000, 'most', true]);
  });

  it('answers 0 where nothing holds', async () => {
    const found = await search(0, 64, 1_000);
    assert.deepEqual([found.load, found.confirmed], [0, false]);
  });

  it('tries nothing once time is over, and says that what it has is not confirmed', async () => {
    let tries = 0;
    const found = await findThreshold({
      first: 100,
      most: 1_000_000,
      tolerance: TOLERANCE,
      tries: 3,
      over: () => tries >= 5,
      holds: async (load) => {
        tries += 1;
        return load < 5_000;
      },
    });
    assert.equal(tries, 5);
    assert.deepEqual([found.load, found.confirmed, found.endedBy], [200, false, 'time']);
  });
});
