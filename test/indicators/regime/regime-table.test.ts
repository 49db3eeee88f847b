import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  classifyRegime,
  REGIME_MEASURES,
  REGIME_TABLE,
  type RegimeCondition,
  regimeRowText,
} from '../../../src/indicators/regime/regime-table.js';
import { PARENT_OF, REGIME_PARENTS, REGIMES, type Regime } from '../../../src/indicators/regime/regimes.js';
import { proofCount } from '../../support/price-paths.js';
import { regimeCodeOf } from '../../support/reference/regime.js';

/** Thresholds themselves come up often, and so do both sides of them. */
const percent = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(0, 25, 30, 35, 40, 60, 70, 100),
  fc.tuple(fc.constantFrom(25, 30, 35, 40, 60, 70), fc.constantFrom(-0.1, 0.1)).map(([threshold, off]) => threshold + off),
);
const rank = fc.integer({ min: 0, max: 200 }).map((half) => half / 200);
const lead = fc.oneof(fc.double({ min: -100, max: 100, noNaN: true }), fc.constant(0));
const measures = fc.tuple(percent, lead, rank, rank, percent);

function regimeAt(given: readonly number[]): Regime {
  return REGIMES[classifyRegime(Float64Array.from(given))] as Regime;
}

function holds([measure, comparison, threshold]: RegimeCondition, given: readonly number[]): boolean {
  const value = given[REGIME_MEASURES.indexOf(measure)] as number;
  return { '≥': value >= threshold, '≤': value <= threshold, '>': value > threshold, '<': value < threshold }[comparison];
}

test('every regime has one row, and the last row always fits, so that every candle has one regime and only one', () => {
  assert.deepEqual(REGIME_TABLE.map(({ regime }) => regime).sort(), [...REGIMES].sort());
  assert.deepEqual(REGIME_TABLE.filter(({ when }) => when.length === 0).length, 1);
  assert.equal(regimeRowText(REGIME_TABLE.at(-1) as (typeof REGIME_TABLE)[number]), 'else');
});

test('a candle has the regime of the first row whose conditions hold', () => {
  const seen = new Set<Regime>();
  fc.assert(
    fc.property(measures, (given) => {
      const first = REGIME_TABLE.find(({ when }) => when.every((condition) => holds(condition, given)));
      assert.equal(regimeAt(given), first?.regime);
      if (first !== undefined) seen.add(first.regime);
    }),
    { numRuns: proofCount(200_000) },
  );
  assert.deepEqual([...seen].sort(), [...REGIMES].sort());
});

test('the table says what its words say', () => {
  fc.assert(
    fc.property(measures, ([adx, way, width, swing, rsi]) => {
      const [plus, minus] = [Math.max(way, 0), Math.max(-way, 0)];
      assert.equal(regimeAt([adx, way, width, swing, rsi]), REGIMES[regimeCodeOf({ adx, plus, minus, width, swing, rsi })]);
    }),
    { numRuns: proofCount(100_000) },
  );
});

test('up and down are mirror images', () => {
  const mirrored = (regime: Regime): string => regime.replace(/UP|DOWN/, (side) => (side === 'UP' ? 'DOWN' : 'UP'));
  fc.assert(
    fc.property(measures, ([adx, way, width, swing, rsi]) => {
      assert.equal(regimeAt([adx, -way, width, swing, 100 - rsi]), mirrored(regimeAt([adx, way, width, swing, rsi])));
    }),
    { numRuns: proofCount(50_000) },
  );
});

test('a parent says which way its regimes go', () => {
  for (const regime of REGIMES) {
    const parent = /_UP/.test(regime) ? 'TRENDING_UP' : /_DOWN/.test(regime) ? 'TRENDING_DOWN' : undefined;
    assert.equal(PARENT_OF[regime], parent ?? (regime === 'VOLATILE' ? 'VOLATILE' : 'RANGING'));
  }
  assert.equal(REGIME_PARENTS.length, 4);
});

test('a row is shown as one reads it', () => {
  const shown = REGIME_TABLE.find(({ regime }) => regime === 'TREND_UP_WEAK');
  assert.equal(shown && regimeRowText(shown), 'adx ≥ 25 and lead > 0');
});
