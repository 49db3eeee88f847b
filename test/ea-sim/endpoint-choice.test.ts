/** Which server an EA dials next: the rule that `ea/Include/Suho/Connection.mqh` has too. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EndpointChoice, type HungUp } from '../../src/ea-sim/endpoint-choice.js';
import { seededRandom } from '../../src/runtime/random.js';

const NOTHING: HungUp = { liveMs: 0, leastWaitMs: 0 };
const STOOD: HungUp = { liveMs: 20_000, leastWaitMs: 0 };
const BUSY: HungUp = { liveMs: 0, leastWaitMs: 5_000, busy: true };

/** The servers it dials, beginning with the first, and how long it waits before each. */
function dialled(
  count: number,
  ...ends: readonly HungUp[]
): { readonly at: readonly number[]; readonly waitMs: readonly number[] } {
  const choice = new EndpointChoice(count, seededRandom(1));
  const at = [choice.endpoint];
  const waitMs = ends.map((end) => {
    const wait = choice.ended(end);
    at.push(choice.endpoint);
    return wait;
  });
  return { at, waitMs };
}

describe('an EA with several servers', () => {
  it('goes through its list while nothing comes of it, and comes back to where a session stood', () => {
    assert.deepEqual(dialled(3, NOTHING, NOTHING, NOTHING, NOTHING).at, [0, 1, 2, 0, 1]);
    assert.deepEqual(dialled(3, NOTHING, STOOD, STOOD, NOTHING).at, [0, 1, 1, 1, 2]);
  });

  it('goes to the next at once where one is busy, also in the middle of a session', () => {
    const { at, waitMs } = dialled(3, BUSY, STOOD, { ...STOOD, leastWaitMs: 60_000, busy: true });
    assert.deepEqual(at, [0, 1, 1, 2]);
    assert.ok(Math.max(...waitMs) <= 250, `it waits ${waitMs} ms`);
  });

  it('waits as long as it is asked to once all were busy', () => {
    assert.deepEqual(
      dialled(3, BUSY, BUSY, BUSY, BUSY).waitMs.map((ms) => ms >= 5_000),
      [false, false, true, false],
    );
    assert.deepEqual(
      dialled(1, BUSY, BUSY).waitMs.map((ms) => ms >= 5_000),
      [true, true],
    );
  });

  it('stays where a rule that holds for all servers asks it to stay away', () => {
    const { at, waitMs } = dialled(2, { liveMs: 0, leastWaitMs: 60_000 });
    assert.deepEqual([at, waitMs], [[0, 0], [60_000]]);
  });

  it('goes where it is sent once; a session makes that its place, and what comes to nothing lets the list go on', () => {
    const sent: HungUp = { ...STOOD, redirectedTo: 2 };
    assert.deepEqual(dialled(4, sent, STOOD, NOTHING).at, [0, 2, 2, 3]);
    assert.deepEqual(dialled(4, sent, NOTHING).at, [0, 2, 1]);
    assert.deepEqual(dialled(4, sent, BUSY).at, [0, 2, 1]);
    assert.deepEqual(dialled(4, { ...NOTHING, redirectedTo: 3 }, { ...NOTHING, redirectedTo: 1 }, STOOD).at, [0, 3, 1, 1]);
    assert.deepEqual(dialled(2, { ...STOOD, redirectedTo: 2 }).at, [0, 0]);
  });

  it('is sent from session to session without waiting longer each time', () => {
    const short: HungUp = { liveMs: 1_000, leastWaitMs: 0, redirectedTo: 1 };
    const { waitMs } = dialled(2, ...Array<HungUp>(8).fill(short));
    assert.ok(Math.max(...waitMs) <= 250, `it waits ${waitMs} ms`);
  });
});
