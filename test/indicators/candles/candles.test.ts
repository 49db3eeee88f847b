import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANDLES } from '../../../src/indicators/candles/candles.js';
import type { CandleInput, IndicatorDefinition } from '../../../src/indicators/indicator.js';
import { LIBRARY_PATTERNS } from '../../support/libraries/candles.js';
import { withoutTaLib } from '../../support/libraries/libraries.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';
import { candlesReference } from '../../support/reference/candles.js';
import { shapedCandles } from '../../support/shaped-candles.js';
import { columnOf, fresh, stream } from '../../support/stream.js';

const seed = freshSeed();
const [definition] = CANDLES as readonly [IndicatorDefinition];

/** Every value that each pattern has beside 0. */
const FIRINGS: Readonly<Record<string, readonly number[]>> = {
  cdl_doji: [100],
  cdl_hammer: [100],
  cdl_hanging_man: [-100],
  cdl_inverted_hammer: [100],
  cdl_shooting_star: [-100],
  cdl_engulfing: [-100, -80, 80, 100],
  cdl_harami: [-100, -80, 80, 100],
  cdl_piercing: [100],
  cdl_dark_cloud: [-100],
  cdl_morning_star: [100],
  cdl_evening_star: [-100],
  cdl_three_white_soldiers: [100],
  cdl_three_black_crows: [-100],
  cdl_marubozu: [-100, 100],
  cdl_spinning_top: [-100, 100],
  cdl_three_inside: [-100, 100],
  cdl_three_outside: [-100, 100],
  cdl_tasuki_gap: [-100, 100],
  cdl_belt_hold: [-100, 100],
};

const CANDLES_A_ROUND = 200_000;
const ROUNDS = proofCount(10);
const FIRINGS_LEAST = proofCount(500);

function assertEqualColumn(name: string, streamed: readonly number[], wanted: readonly number[]): void {
  assert.equal(wanted.length, streamed.length);
  for (let at = 0; at < streamed.length; at++) {
    const [left, right] = [streamed[at] as number, wanted[at] as number];
    assert.ok(
      left === right || (Number.isNaN(left) && Number.isNaN(right)),
      `${name} at ${at}: streamed ${left}, wanted ${right}`,
    );
  }
}

test(`each pattern fires at least ${FIRINGS_LEAST} times per value it has, each time as TA-Lib's and as defined, seed ${seed}`, {
  skip: withoutTaLib,
}, (t) => {
  const fired = new Map<string, Map<number, number>>(Object.keys(FIRINGS).map((name) => [name, new Map()]));
  for (let round = 0; round < ROUNDS; round++) {
    const candles = shapedCandles(CANDLES_A_ROUND, seed + round);
    const rows = stream(fresh(definition, candles), candles);
    const reference = candlesReference(candles);
    definition.columns.forEach(({ name }, place) => {
      const streamed = columnOf(rows, place);
      const theirs = LIBRARY_PATTERNS[name]?.whole(candles) ?? [];
      assertEqualColumn(name, streamed, theirs);
      assertEqualColumn(name, streamed, reference[name] ?? []);
      const counts = fired.get(name) as Map<number, number>;
      for (const value of theirs) if (value !== 0 && !Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
    });
  }
  for (const [name, counts] of fired) {
    const values = [...counts].sort(([left], [right]) => left - right);
    t.diagnostic(`${name}: ${values.map(([value, count]) => `${value} ${count} times`).join(', ')}`);
    assert.deepEqual(
      values.map(([value]) => value),
      FIRINGS[name],
    );
    for (const [value, count] of values) assert.ok(count >= FIRINGS_LEAST, `${name} was ${value} only ${count} times`);
  }
});

/** A few candles of another price altogether, then ordinary ones, with ties among them. */
function afterStorm(storm: number): CandleInput[] {
  const [wild, calm] = [shapedCandles(40, storm), shapedCandles(300, storm + 1)];
  const scaled = wild.map((candle, at) => {
    const scale = 1e6 * (1 + at / 7);
    const { open, high, low, close } = candle;
    return { ...candle, open: open * scale, high: high * scale, low: low * scale, close: close * scale };
  });
  return [...scaled, ...calm];
}

/**
 * TA-Lib keeps running totals. On any prices that are roughly of one size they are exact, because the differences of such
 * prices are; but of prices a million times higher they keep a remainder for ever, and it then decides ties.
 */
test(`where TA-Lib's running totals have lost digits, values are those it gives asked of each candle alone, seed ${seed}`, {
  skip: withoutTaLib,
}, (t) => {
  let astray = 0;
  for (let storm = 0; storm < 10; storm++) {
    const candles = afterStorm(seed + 2 * storm);
    const rows = stream(fresh(definition, candles), candles);
    definition.columns.forEach(({ name }, place) => {
      const pattern = LIBRARY_PATTERNS[name];
      assert.ok(pattern !== undefined);
      const alone = candles.map((_, at) => pattern.alone(candles, at));
      assertEqualColumn(name, columnOf(rows, place), alone);
      const whole = pattern.whole(candles);
      astray += alone.filter((value, at) => !Object.is(value, whole[at])).length;
    });
  }
  t.diagnostic(`TA-Lib over the whole series differs from itself asked of one candle alone ${astray} times`);
  assert.ok(astray > 0);
});
