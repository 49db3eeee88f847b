import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { drawPlan, FAULT_KINDS, toldFault, TROUBLES } from '../../load-tests/chaos/fault-plan.js';

const NODES = 3;
const EAS = 12;
const planOf = (seed: number, seconds: number) => drawPlan({ seed, seconds, nodes: NODES, eas: EAS });

describe('a plan of faults', () => {
  it('is one for a seed, and another for another', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 20, max: 900 }), (seed, seconds) => {
        assert.deepEqual(planOf(seed, seconds), planOf(seed, seconds));
        assert.notDeepEqual(planOf(seed, seconds), planOf(seed + 1, seconds));
      }),
    );
  });

  it('draws every kind, also where it is short', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 40, max: 120 }), (seed, seconds) => {
        const drawn = new Set(planOf(seed, seconds).map(({ kind }) => kind));
        assert.deepEqual([...drawn].sort(), [...FAULT_KINDS].sort());
      }),
    );
  });

  it('draws every trouble of links, and both ways of a half-open one', () => {
    const links = planOf(1, 900).filter(({ trouble }) => trouble !== undefined);
    assert.deepEqual(new Set(links.map(({ trouble }) => trouble)), new Set(TROUBLES));
    const halfOpen = links.filter(({ trouble }) => trouble === 'half-open');
    assert.deepEqual(new Set(halfOpen.map(({ toServer }) => toServer)), new Set([true, false]));
  });

  it('stays within its time, in order, and names only what is there', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 10, max: 600 }), (seed, seconds) => {
        let beforeMs = 0;
        for (const fault of planOf(seed, seconds)) {
          const { atMs, target, kind, forMs } = fault;
          assert.ok(atMs >= beforeMs && atMs <= seconds * 1_000, toldFault(fault));
          assert.ok(target >= 0 && target < (kind === 'one-ea' ? EAS : NODES), toldFault(fault));
          assert.ok(forMs >= 0 && forMs <= 13_000, toldFault(fault));
          beforeMs = atMs;
        }
      }),
    );
  });

  it('puts the ledger back no sooner than the last time has been got over', () => {
    for (let seed = 0; seed < 20; seed++) {
      const times = planOf(seed, 600).flatMap(({ kind, atMs }) => (kind === 'restore' ? [atMs] : []));
      assert.ok(times.length >= 2, `seed ${seed} restores ${times.length} times`);
      for (const [at, atMs] of times.slice(1).entries()) assert.ok(atMs - (times[at] ?? 0) >= 45_000, `seed ${seed}`);
    }
  });

  it('keeps to the kinds that it is given', () => {
    const plan = drawPlan({ seed: 3, seconds: 60, nodes: NODES, eas: EAS, kinds: ['kill', 'pause'] });
    assert.deepEqual(new Set(plan.map(({ kind }) => kind)), new Set(['kill', 'pause']));
  });
});
