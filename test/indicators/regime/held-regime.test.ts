import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeldRegime } from '../../../src/indicators/regime/held-regime.js';
import { RegimeAgreement } from '../../../src/indicators/regime/regime-agreement.js';
import { REGIMES } from '../../../src/indicators/regime/regimes.js';
import { proofCount } from '../../support/price-paths.js';

const codes = fc.array(fc.oneof(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: REGIMES.length - 1 })), {
  minLength: 1,
  maxLength: 60,
});

function heldOver(given: readonly number[]): number[] {
  const held = new HeldRegime();
  return given.map((code) => held.update(code));
}

test('the first candle gives the first regime', () => {
  for (let code = 0; code < REGIMES.length; code++) assert.deepEqual(heldOver([code]), [code]);
});

test('the regime changes at the third candle in a row that says the same, and at no other', () => {
  fc.assert(
    fc.property(codes, (given) => {
      const held = heldOver(given);
      held.forEach((regime, at) => {
        if (at === 0) return;
        const before = held[at - 1];
        const last = given.slice(Math.max(0, at - 2), at + 1);
        const agreed = last.length === 3 && new Set(last).size === 1;
        assert.equal(regime, agreed ? given[at] : before);
      });
    }),
    { numRuns: proofCount(20_000) },
  );
});

test('candles that never agree three times never change it', () => {
  assert.deepEqual(
    new Set(heldOver([4, ...Array.from({ length: 100 }, (_, at) => (at % 5 < 2 ? 7 : 4 + (at % 2)))])),
    new Set([4]),
  );
});

test('agreement is the share of the last candles that were classified as the present regime', () => {
  fc.assert(
    fc.property(codes, fc.integer({ min: 1, max: 12 }), (given, period) => {
      const agreement = new RegimeAgreement(period);
      const held = heldOver(given);
      given.forEach((code, at) => {
        agreement.update(code, held[at] as number);
        const last = given.slice(Math.max(0, at + 1 - period), at + 1);
        assert.equal(agreement.share, last.filter((each) => each === held[at]).length / last.length);
      });
    }),
    { numRuns: proofCount(10_000) },
  );
});
