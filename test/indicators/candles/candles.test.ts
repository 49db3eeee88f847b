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

const CANDLES_A_ROUND = 160_000;
const ROUNDS = proofCount(10);
const FIRINGS_LEAST = proofCount(500);

const LONG_RUN = proofCount(10_000_000);
const TAIL = 20_000;

function assertEqualColumn(name: string, streamed: readonly number[], wanted: readonly number[]): void {
  assert.equal(wanted.length, streamed.length);
  const at = streamed.findIndex(
    (value, place) => value !== wanted[place] && !(Number.isNaN(value) && Number.isNaN(wanted[place])),
  );
  assert.ok(at < 0, `${name} at ${at}: streamed ${streamed[at]}, wanted ${wanted[at]}`);
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

/**
 * Some candles of another price altogether, then such as have all the same body, with and without shadows: whether one is long,
 * short or neither is then a tie, which the least remainder of what was before decides.
 */
function afterStorm(storm: number): CandleInput[] {
  const wild = shapedCandles(40, storm).map((candle, at) => {
    const scale = 1e6 * (1 + at / 7);
    const { open, high, low, close } = candle;
    return { ...candle, open: open * scale, high: high * scale, low: low * scale, close: close * scale };
  });
  const calm = Array.from({ length: 60 }, (_, at) => {
    const [open, close] = at % 2 === 0 ? [1.1, 1.2] : [1.2, 1.1];
    const shadow = at % 4 < 2 ? 0.25 : 0;
    return { time: (40 + at) * 60_000, open, high: 1.2 + shadow, low: 1.1 - shadow, close, volume: 1 };
  });
  return [...wild, ...calm];
}

/**
 * TA-Lib keeps running totals. On any prices that are roughly of one size they are exact, because the differences of such
 * prices are; but of prices a million times higher they keep a remainder for ever, and it then decides ties.
 */
test(`where TA-Lib's running totals have lost digits, each value is the one it gives asked of that candle alone, seed ${seed}`, {
  skip: withoutTaLib,
}, (t) => {
  let astray = 0;
  for (let storm = 0; storm < 10; storm++) {
    const candles = afterStorm(seed + storm);
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

/** Beside the catalogue's own test of drift, which looks at the last candle alone: there a pattern is mostly 0, drift or not. */
test(`after ${LONG_RUN.toLocaleString('en')} candles each of the newest ${TAIL} values is as defined, seed ${seed}`, () => {
  const candles = shapedCandles(50_000, seed);
  const patterns = fresh(definition, candles);
  for (let at = 0; at < LONG_RUN; at++) patterns.update(candles[at % candles.length] as CandleInput);
  const tail = candles.slice(0, TAIL);
  const rows = stream(patterns, tail);
  const reference = candlesReference(tail);
  definition.columns.forEach(({ name, warmup }, place) => {
    const settled = (values: readonly number[]): readonly number[] => values.slice((warmup as number) - 1);
    assertEqualColumn(name, settled(columnOf(rows, place)), settled(reference[name] ?? []));
  });
});
