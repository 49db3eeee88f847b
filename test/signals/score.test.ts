import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PartName } from '../../src/signals/signal.js';
import {
  absentParts,
  canReach,
  DEFAULT_THRESHOLDS,
  hybridScore,
  type SidedParts,
  type SidedScore,
  strengthOf,
} from '../../src/signals/score.js';
import { evenNumber } from '../support/even-numbers.js';

const both = (buy: number, sell = 100 - buy): SidedScore => ({ BUY: buy, SELL: sell });
const score = evenNumber(0, 100);
const sided = fc.record({ BUY: score, SELL: score });
const maybe = fc.option(sided, { nil: undefined });
const anyParts = fc.record({ ml: maybe, pattern: maybe, technical: maybe });

test('the score is 0.4 of ML, 0.4 of pattern and 0.2 of technical, worked by hand', () => {
  // 0.4 · 80 + 0.4 · 70 + 0.2 · 50 = 70
  const judged = hybridScore({ ml: both(80), pattern: both(70), technical: both(50, 0) });
  assert.deepEqual(judged, { direction: 'BUY', score: 70, parts: { ml: 80, pattern: 70, technical: 50 } });
});

test('a part with nothing to say is left out and the weights of the others renormalise', () => {
  // (0.4 · 80 + 0.2 · 50) / 0.6 = 70
  assert.deepEqual(hybridScore({ ml: both(80), technical: both(50, 0) }), {
    direction: 'BUY',
    score: 70,
    parts: { ml: 80, technical: 50 },
  });
  assert.deepEqual(hybridScore({ technical: both(0, 61.5) }), { direction: 'SELL', score: 61.5, parts: { technical: 61.5 } });
  assert.equal(hybridScore({}), undefined);
});

test('three equal parts score exactly that, so that a threshold met is met', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (value) => {
      const part = both(value, 0);
      assert.equal(hybridScore({ ml: part, pattern: part, technical: part })?.score, value);
    }),
  );
});

test('thresholds are met at, not above: 75 is STRONG, 60 MODERATE, less is nothing', () => {
  const at = (value: number) => {
    const judged = hybridScore({ ml: both(value, 0), pattern: both(value, 0) });
    return judged && strengthOf(judged, DEFAULT_THRESHOLDS);
  };
  assert.deepEqual([100, 75, 74.999, 60, 59.999, 0].map(at), ['STRONG', 'STRONG', 'MODERATE', 'MODERATE', undefined, undefined]);
});

test('one part alone is never STRONG, however sure', () => {
  for (const name of ['ml', 'pattern', 'technical'] as const) {
    const judged = hybridScore({ [name]: both(100, 0) });
    assert.equal(judged && strengthOf(judged, DEFAULT_THRESHOLDS), 'MODERATE');
  }
});

test('thresholds are the tenant’s own', () => {
  const judged = hybridScore({ ml: both(55, 0), pattern: both(55, 0) });
  assert.equal(judged && strengthOf(judged, { strong: 55, moderate: 50 }), 'STRONG');
});

test('where both sides score the same there is no direction and no signal', () => {
  const judged = hybridScore({ ml: both(80, 80), pattern: both(80, 80) });
  assert.equal(judged?.direction, undefined);
  assert.equal(judged && strengthOf(judged, { strong: 0, moderate: 0 }), undefined);
});

const swap = (parts: SidedParts): SidedParts =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part && { BUY: part.SELL, SELL: part.BUY }]));

test('sides are equals: swapped parts give the swapped direction with an equal score', () => {
  fc.assert(
    fc.property(anyParts, (parts) => {
      const [one, other] = [hybridScore(parts), hybridScore(swap(parts))];
      assert.equal(one?.score, other?.score);
      if (one?.direction === 'BUY') assert.equal(other?.direction, 'SELL');
      if (one?.direction === 'SELL') assert.equal(other?.direction, 'BUY');
    }),
  );
});

test('the score lies between the winner’s lowest and highest part, and more from a part never lowers its side', () => {
  fc.assert(
    fc.property(anyParts, fc.constantFrom('ml', 'pattern', 'technical'), score, (parts, name, more) => {
      const judged = hybridScore(parts);
      if (judged === undefined) return;
      const values = Object.values(judged.parts);
      assert.ok(judged.score >= Math.min(...values) - 1e-9 && judged.score <= Math.max(...values) + 1e-9);
      const part = parts[name];
      if (part === undefined || judged.direction === undefined) return;
      const raised = hybridScore({
        ...parts,
        [name]: { ...part, [judged.direction]: Math.min(100, part[judged.direction] + more) },
      });
      assert.equal(raised?.direction, judged.direction);
      assert.ok((raised?.score as number) >= judged.score);
    }),
  );
});

test('what one part may still say decides whether the threshold can be reached, worked by hand', () => {
  // 0.4 · 60 + 0.4 · 100 + 0.2 · 0 = 64; with 40 it is 56.
  const known = (ml: number): SidedParts => ({ ml: both(ml, 0), technical: both(0, 0) });
  assert.equal(canReach(known(60), ['pattern'], DEFAULT_THRESHOLDS), true);
  assert.equal(canReach(known(50), ['pattern'], DEFAULT_THRESHOLDS), true);
  assert.equal(canReach(known(49), ['pattern'], DEFAULT_THRESHOLDS), false);
  assert.equal(canReach(known(49), [], DEFAULT_THRESHOLDS), false);
  assert.equal(canReach(known(49), ['pattern'], { strong: 75, moderate: 59 }), true);
  assert.equal(canReach({}, [], DEFAULT_THRESHOLDS), false);
  assert.equal(canReach({}, ['ml', 'pattern'], DEFAULT_THRESHOLDS), true);
});

const threshold = evenNumber(0, 100);
const STEPS = Array.from({ length: 21 }, (_, at) => at * 5);

/** Every way in which the open parts may be silent or say something, on a grid. */
function anyReaches(known: SidedParts, open: readonly PartName[], moderate: number): boolean {
  const [name, ...rest] = open;
  if (name === undefined) {
    const judged = hybridScore(known);
    return judged !== undefined && strengthOf(judged, { strong: 101, moderate }) !== undefined;
  }
  const says = [undefined, ...STEPS.flatMap((buy) => STEPS.filter((sell) => sell + buy <= 100).map((sell) => both(buy, sell)))];
  return says.some((said) => anyReaches({ ...known, [name]: said }, rest, moderate));
}

test('the score can be reached exactly where some way in which the open part may speak reaches it', () => {
  let [reached, not] = [0, 0];
  fc.assert(
    fc.property(anyParts, fc.constantFrom<PartName>('ml', 'pattern', 'technical'), threshold, (parts, name, moderate) => {
      const { [name]: _, ...known } = parts;
      const can = canReach(known, [name], { strong: 101, moderate });
      assert.equal(can, anyReaches(known, [name], moderate));
      if (can) reached += 1;
      else not += 1;
    }),
    { numRuns: 400 },
  );
  assert.ok(reached > 0 && not > 0);
});

test('where it cannot be reached, no later word of the open parts makes a signal', () => {
  fc.assert(
    fc.property(anyParts, maybe, threshold, (parts, pattern, moderate) => {
      const { pattern: _, ...known } = parts;
      const thresholds = { strong: 75, moderate };
      const judged = hybridScore({ ...known, pattern });
      if (judged !== undefined && strengthOf(judged, thresholds) !== undefined)
        assert.ok(canReach(known, ['pattern'], thresholds));
    }),
    { numRuns: 2_000 },
  );
});

test('a part that is not there is named with why, one that is there is not', () => {
  assert.deepEqual(absentParts({ technical: 50 }, { pattern: 'store down', technical: 'tier' }), {
    ml: 'no model',
    pattern: 'store down',
  });
  assert.equal(absentParts({ ml: 0, pattern: 0, technical: 0 }, { ml: 'late' }), undefined);
});
