import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AS_IS, type Calibration } from '../../src/models/calibration.js';
import {
  type Ensemble,
  type EnsembleInput,
  ensemble,
  LEFT_OUT,
  type LeftOut,
  type Member,
  type MemberSaid,
} from '../../src/signals/ensemble.js';
import { weightOf } from '../../src/signals/model-record.js';
import { proofCount } from '../support/price-paths.js';
import { evenNumber } from '../support/even-numbers.js';

const AT_MS = 1_000_000;

function said(model: string, BUY: number, wish: Partial<MemberSaid> = {}): MemberSaid {
  const output = { kind: 'sides', BUY, SELL: 1 - BUY } as const;
  const gates = { outlier: null, outlierMost: null, expiresAtMs: null };
  return { model, version: '1', adviser: false, output, accuracy: 0.55, calibration: AS_IS, ...gates, ...wish };
}
const silent = (model: string, leftOut: LeftOut): Member => ({ model, version: '1', adviser: false, leftOut });
const pool = (...members: Member[]): Ensemble => ensemble({ atMs: AT_MS, members, calibrations: [] });
const near = (value: number | undefined, expected: number): void =>
  assert.ok(value !== undefined && Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test('one model alone scores 100 times its probability, no more', () => {
  const { scores } = pool(said('lstm', 0.53));
  near(scores?.BUY, 53);
  near(scores?.SELL, 47);
});

test('models weigh by the log-odds of their recent accuracy, worked by hand', () => {
  // ln 1.5 and ln 4: 0.4055 and 1.3863
  const { scores, members } = pool(said('lstm', 0.5, { accuracy: 0.6 }), said('trees', 0.8, { accuracy: 0.8 }));
  const [a, b] = [Math.log(1.5), Math.log(4)];
  near(scores?.BUY, (100 * (0.5 * a + 0.8 * b)) / (a + b));
  near('share' in (members[1] ?? {}) ? (members[1] as { share: number }).share : undefined, b / (a + b));
});

test('a model that is left out is named with its reason and the others share its weight', () => {
  const all = pool(said('lstm', 0.6), silent('trees', 'slow'), said('cnn', 0.7));
  near(all.scores?.BUY, 65);
  assert.deepEqual(all.members[1], { model: 'trees', version: '1', leftOut: 'slow' });
  near(
    all.members.reduce((sum, member) => sum + ('share' in member ? member.share : 0), 0),
    1,
  );
});

test('a prediction is gated by expiry, by its distance from what was trained on, and by being none', () => {
  const gated = (wish: Partial<MemberSaid>): LeftOut | undefined => {
    const [member] = pool(said('lstm', 0.6, wish)).members;
    return member !== undefined && 'leftOut' in member ? member.leftOut : undefined;
  };
  assert.equal(gated({ expiresAtMs: AT_MS }), 'expired');
  assert.equal(gated({ expiresAtMs: AT_MS + 1 }), undefined);
  assert.equal(gated({ outlier: 3.1, outlierMost: 3 }), 'outlier');
  assert.equal(gated({ outlier: 3, outlierMost: 3 }), undefined);
  assert.equal(gated({ outlier: Number.NaN, outlierMost: 3 }), 'outlier');
  assert.equal(gated({ outlier: 3.1 }), undefined);
  assert.equal(gated({ output: { kind: 'sides', BUY: Number.NaN, SELL: 0 } }), 'invalid');
  assert.equal(gated({ accuracy: Number.NaN }), 'invalid');
});

test('with nobody left the part is absent and says why', () => {
  const why = (...members: Member[]) => {
    const pooled = pool(...members);
    return pooled.scores === undefined ? pooled.absent : undefined;
  };
  assert.equal(why(), 'no model');
  assert.equal(why(silent('lstm', 'no model')), 'no model');
  assert.equal(why(silent('lstm', 'tier'), silent('trees', 'no model')), 'tier');
  for (const reason of LEFT_OUT.filter((one) => one !== 'no model' && one !== 'tier'))
    assert.equal(why(silent('lstm', reason), silent('trees', 'tier')), 'left out', reason);
});

test('an adviser joins models and never speaks alone', () => {
  const adviser = said('adviser', 0.9, { adviser: true });
  assert.equal(pool(adviser, silent('lstm', 'failed')).scores, undefined);
  near(pool(adviser, said('lstm', 0.5)).scores?.BUY, 70);
});

const HALVED: Calibration = { kind: 'isotonic', from: [0, 0.5, 1], to: [0.25, 0.5, 0.75] };

test('a map of the average is used for just the models it was fitted for', () => {
  const input = (members: Member[]): EnsembleInput => ({
    atMs: AT_MS,
    members,
    calibrations: [{ models: ['trees', 'lstm'], calibration: HALVED }],
  });
  near(ensemble(input([said('lstm', 0.7), said('trees', 0.7)])).scores?.BUY, 60);
  near(ensemble(input([said('lstm', 0.7), silent('trees', 'slow')])).scores?.BUY, 70);
  near(ensemble(input([said('lstm', 0.7), said('trees', 0.7), said('cnn', 0.7)])).scores?.BUY, 70);
});

test('maps that would make both sides more than certain together are brought back to 1', () => {
  const flat: Calibration = { kind: 'isotonic', from: [0.5], to: [0.8] };
  const { scores } = pool(said('lstm', 0.6, { calibration: flat }));
  near(scores?.BUY, 50);
  near(scores?.SELL, 50);
});

test('disagreement is how far the members lie from their average, and the widest spread is told', () => {
  const wide = { kind: 'quantiles', levels: [0.1, 0.9], values: [-2, 3] } as const;
  const narrow = { ...wide, values: [-1, 1] };
  assert.equal(pool(said('trees', 0.6, { output: narrow }), said('lstm', 0.6, { output: wide }), said('cnn', 0.6)).spread, 5);
  assert.equal(pool(said('lstm', 0.6)).spread, undefined);
  near(pool(said('lstm', 0.6), said('cnn', 0.8)).disagreement, 0.1);
  near(pool(said('lstm', 0.6), said('cnn', 0.6)).disagreement, 0);
});

const probability = evenNumber(0, 1);
const anyMember: fc.Arbitrary<Member> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(probability, probability, probability).map(([a, b, accuracy]) => {
      const over = Math.max(1, a + b);
      return said('m', 0.5, { output: { kind: 'sides', BUY: a / over, SELL: b / over }, accuracy });
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...LEFT_OUT).map((reason) => silent('m', reason)) },
);
const anyMembers = fc
  .array(anyMember, { maxLength: 6 })
  .map((members) => members.map((member, at) => ({ ...member, model: `m${at}` })));

test('whatever members say, the score lies between what the least and the most sure of them says', () => {
  fc.assert(
    fc.property(anyMembers, (members) => {
      const { scores } = pool(...members);
      const heard = members.filter((member): member is MemberSaid => 'output' in member);
      assert.equal(scores === undefined, heard.length === 0);
      if (scores === undefined) return;
      for (const side of ['BUY', 'SELL'] as const) {
        const sides = heard.map(({ output }) => (output.kind === 'sides' ? 100 * output[side] : Number.NaN));
        assert.ok(scores[side] >= Math.min(...sides) - 1e-9 && scores[side] <= Math.max(...sides) + 1e-9);
        // The average again, by adding each as often as it weighs.
        const weights = heard.map(({ accuracy }) => weightOf(accuracy));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        near(
          scores[side],
          sides.reduce((sum, value, at) => sum + value * ((weights[at] as number) / total), 0),
        );
      }
      assert.ok(scores.BUY + scores.SELL <= 100 + 1e-9);
    }),
    { numRuns: proofCount(3_000) },
  );
});

test('leaving a model out beforehand and its being gated come to the same score', () => {
  fc.assert(
    fc.property(anyMembers, fc.nat(), (members, pick) => {
      const at = members.length === 0 ? 0 : pick % members.length;
      const one = members[at];
      if (one === undefined || !('output' in one)) return;
      const gated = pool(...members.with(at, { ...one, expiresAtMs: 0 }));
      const without = pool(...members.filter((member) => member !== one));
      assert.deepEqual(gated.scores, without.scores);
    }),
    { numRuns: proofCount(2_000) },
  );
});
