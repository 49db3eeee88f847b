import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Regime } from '../../src/indicators/regime/regimes.js';
import { accuracyOf, learn, type ModelOutcome, NO_RECORDS, weightOf } from '../../src/signals/model-record.js';
import type { Direction } from '../../src/signals/signal.js';
import { proofCount } from '../support/price-paths.js';

const says = (side: Direction, sure = 0.6) => ({
  BUY: side === 'BUY' ? sure : 1 - sure,
  SELL: side === 'SELL' ? sure : 1 - sure,
});
const quiet = (right: boolean): ModelOutcome => outcome(right, 'QUIET');
const outcome = (right: boolean, regime: Regime | undefined): ModelOutcome => ({
  regime,
  direction: 'BUY',
  said: { lstm: says(right ? 'BUY' : 'SELL') },
});

test('a model of which nothing is known is as good as chance', () => {
  assert.equal(accuracyOf(NO_RECORDS, 'lstm', 'QUIET'), 0.5);
  assert.equal(accuracyOf(learn(NO_RECORDS, quiet(true)), 'trees', undefined), 0.5);
});

test('one outcome, worked by hand: (1 + 100 · 0.5) / 101 over all, and the regime drawn towards that', () => {
  const records = learn(NO_RECORDS, quiet(true));
  const overall = 51 / 101;
  assert.equal(accuracyOf(records, 'lstm', 'VOLATILE'), overall);
  assert.ok(Math.abs(accuracyOf(records, 'lstm', 'QUIET') - (1 + 100 * overall) / 101) < 1e-15);
});

const story = fc.array(
  fc.record({
    right: fc.boolean(),
    regime: fc.constantFrom<Regime | undefined>('QUIET', 'VOLATILE', 'RANGE_WIDE', undefined),
  }),
  { maxLength: 200 },
);

test('each outcome counts 0.998 of the one after it: summed up anew from the whole story', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const records = steps.reduce((state, { right, regime }) => learn(state, outcome(right, regime)), NO_RECORDS);
      const tally = (of: readonly { readonly right: boolean }[]) => {
        const weights = of.map((_, at) => 0.998 ** (of.length - 1 - at));
        const told = weights.reduce((sum, weight) => sum + weight, 0);
        return { told, right: weights.reduce((sum, weight, at) => sum + (of[at]?.right ? weight : 0), 0) };
      };
      const all = tally(steps);
      const overall = (all.right + 50) / (all.told + 100);
      assert.ok(Math.abs(accuracyOf(records, 'lstm', 'QUIET') - expectedIn('QUIET')) < 1e-9);
      assert.ok(Math.abs(accuracyOf(records, 'lstm', 'BREAKOUT_UP') - overall) < 1e-9);
      function expectedIn(regime: Regime): number {
        const here = tally(steps.filter((step) => step.regime === regime));
        return (here.right + 100 * overall) / (here.told + 100);
      }
      assert.deepEqual(JSON.parse(JSON.stringify(records)), records);
    }),
    { numRuns: proofCount(500) },
  );
});

test('a model that leaned to neither side called nothing, and others keep what they had', () => {
  const before = learn(NO_RECORDS, quiet(true));
  const after = learn(before, { regime: 'QUIET', direction: 'SELL', said: { lstm: { BUY: 0.4, SELL: 0.4 }, cnn: says('SELL') } });
  assert.deepEqual(after.lstm, before.lstm);
  assert.ok(accuracyOf(after, 'cnn', 'QUIET') > 0.5);
  assert.deepEqual(before, learn(NO_RECORDS, quiet(true)), 'the state before is as it was');
});

test('what was long ago is outweighed by what is recent', () => {
  let records = NO_RECORDS;
  for (let at = 0; at < 2_000; at++) records = learn(records, quiet(true));
  const good = accuracyOf(records, 'lstm', 'QUIET');
  for (let at = 0; at < 2_000; at++) records = learn(records, quiet(false));
  assert.ok(good > 0.8 && accuracyOf(records, 'lstm', 'QUIET') < 0.2, `${good}`);
});

test('weights rise with accuracy; one no better than chance keeps the least', () => {
  const weights = [0, 0.4, 0.5, 0.505, 0.51, 0.55, 0.6, 0.9, 1].map(weightOf);
  assert.deepEqual(weights.slice(0, 3), [0.02, 0.02, 0.02]);
  assert.ok(Math.abs(weightOf(0.6) - Math.log(1.5)) < 1e-12);
  weights.forEach((weight, at) => {
    assert.ok(Number.isFinite(weight) && (at === 0 || weight >= (weights[at - 1] as number)));
  });
});
