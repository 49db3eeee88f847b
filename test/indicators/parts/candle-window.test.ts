import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CandleInput } from '../../../src/indicators/indicator.js';
import {
  type AskedSign,
  CANDLE_SIGNS,
  type CandleSign,
  SignIndex,
  signMask,
} from '../../../src/indicators/parts/candle-signs.js';
import { CandleWindow, type MeasuredCandle } from '../../../src/indicators/parts/candle-window.js';

const candlesOf = (price: fc.Arbitrary<number>): fc.Arbitrary<CandleInput[]> =>
  fc.array(
    fc.tuple(price, price, price, price).map(([open, close, left, right]): CandleInput => {
      const prices = [open, close, left, right];
      return { time: 0, open, close, high: Math.max(...prices), low: Math.min(...prices), volume: 1 };
    }),
    { minLength: 14, maxLength: 60 },
  );

/** Whole prices, for bodies just as long as the mean; others; and such as jump from a millionth to a thousand million. */
const anyCandles = fc.oneof(
  candlesOf(fc.integer({ min: 1, max: 6 })),
  candlesOf(fc.double({ min: 0.5, max: 2, noNaN: true })),
  candlesOf(fc.double({ min: 1e-6, max: 1e9, noNaN: true })),
);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What the window must say of the candle at this place. */
function expected(candles: readonly CandleInput[], at: number) {
  const { open, high, low, close } = candles[at] as CandleInput;
  const before = candles.slice(at - 10, at);
  const body = Math.abs(close - open);
  const ranges = before.map((one) => one.high - one.low);
  return {
    open,
    high,
    low,
    close,
    top: Math.max(open, close),
    bottom: Math.min(open, close),
    body,
    upperShadow: high - Math.max(open, close),
    lowerShadow: Math.min(open, close) - low,
    white: close >= open,
    slight: 0.1 * (sum(ranges) / 10),
    near: 0.2 * (sum(ranges.slice(5)) / 5),
    far: 0.6 * (sum(ranges.slice(5)) / 5),
  };
}

test('the last four candles are measured by the ten candles before each, whatever came earlier', () => {
  fc.assert(
    fc.property(anyCandles, (candles) => {
      const window = new CandleWindow();
      candles.forEach((one, at) => {
        window.update(one);
        assert.equal(window.count, at + 1);
        if (at < 13) return;
        [window.now, window.last, window.second, window.third].forEach((measured, age) => {
          for (const [measure, value] of Object.entries(expected(candles, at - age))) {
            assert.equal(measured[measure as keyof MeasuredCandle], value, `${measure} of ${age} before candle ${at}`);
          }
        });
      });
    }),
  );
});

/** Which signs the candle at this place must have. */
function expectedSigns(candles: readonly CandleInput[], at: number): Readonly<Record<CandleSign, boolean>> {
  const { body, top, bottom, upperShadow, lowerShadow, slight, white } = expected(candles, at);
  const last = expected(candles, at - 1);
  const meanBody = sum(candles.slice(at - 10, at).map((one) => Math.abs(one.close - one.open))) / 10;
  return {
    white,
    long: body > meanBody,
    'bare above': upperShadow < slight,
    'bare below': lowerShadow < slight,
    turned: white !== last.white,
    short: body < meanBody,
    slight: body <= slight,
    'bare opening': (white ? lowerShadow : upperShadow) < slight,
    'tail above': upperShadow > body,
    'tail below': lowerShadow > body,
    engulfing: top >= last.top && bottom <= last.bottom,
    engulfed: top <= last.top && bottom >= last.bottom,
    gapping: bottom > last.top || top < last.bottom,
  };
}

const KEPT_LONGEST = CANDLE_SIGNS.slice(0, 32 - 2 * CANDLE_SIGNS.length);

test('a candle has the signs that it is said to have, and keeps the first few of them for two candles more', () => {
  fc.assert(
    fc.property(anyCandles, (candles) => {
      const window = new CandleWindow();
      candles.forEach((one, at) => {
        window.update(one);
        if (at < 13) return;
        (['now', 'last', 'second'] as const).forEach((whose, age) => {
          for (const [sign, has] of Object.entries(expectedSigns(candles, at - age)) as [CandleSign, boolean][]) {
            if (age === 2 && !KEPT_LONGEST.includes(sign)) continue;
            for (const asked of [sign, `not ${sign}`] as const) {
              const { seen, set } = signMask({ [whose]: [asked] });
              assert.equal((window.signs & seen) === set, has === (asked === sign), `${asked} of ${whose} at ${at}`);
            }
          }
        });
      });
    }),
  );
});

test('an index finds the patterns whose signs are all there, whatever else is', () => {
  const anyAsked = fc
    .constantFrom(...CANDLE_SIGNS)
    .chain((sign): fc.Arbitrary<AskedSign> => fc.constantFrom(sign, `not ${sign}` as const));
  const kept = fc.constantFrom(...KEPT_LONGEST);
  const asked = fc.record({
    now: fc.array(anyAsked, { maxLength: 3 }),
    last: fc.array(anyAsked, { maxLength: 3 }),
    second: fc.array(kept, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 20 }), fc.integer(), (patterns, signs) => {
      const wanted = patterns.map((each) => {
        const { seen, set } = signMask(each);
        return (signs & seen) === set;
      });
      const found = new SignIndex(patterns).find(signs);
      assert.deepEqual(
        patterns.map((_, at) => ((found >> at) & 1) === 1),
        wanted,
      );
    }),
    { numRuns: 30 },
  );
});

test('a sign that is forgotten by then cannot be asked', () => {
  assert.throws(() => signMask({ second: ['gapping'] }), /gapping for 2 candles/);
});

test('signs asked of several candles are asked all at once', () => {
  const [white, black] = [
    { time: 0, open: 1, high: 3, low: 0, close: 2, volume: 1 },
    { time: 0, open: 2, high: 3, low: 0, close: 1, volume: 1 },
  ];
  const window = new CandleWindow();
  for (const candle of [black, white, black]) window.update(candle);
  const holds = (asks: Parameters<typeof signMask>[0]): boolean => {
    const { seen, set } = signMask(asks);
    return (window.signs & seen) === set;
  };
  assert.deepEqual(holds({ second: ['black'], last: ['white', 'turned'], now: ['black', 'not white'] }), true);
  assert.deepEqual(holds({ second: ['black'], last: ['white', 'turned'], now: ['black', 'not turned'] }), false);
  assert.deepEqual(holds({}), true);
});

test('a body gaps above or below another only where they do not touch', () => {
  const window = new CandleWindow();
  const bodies = [
    [1, 2],
    [3, 2],
    [4, 5],
    [5, 4],
  ] as const;
  for (const [open, close] of bodies) window.update({ time: 0, open, close, high: 9, low: 0, volume: 1 });
  const { now, last, second, third } = window;
  assert.deepEqual([last.gapsAbove(second), second.gapsBelow(last)], [true, true]);
  assert.deepEqual([second.gapsAbove(third), third.gapsBelow(second)], [false, false]);
  assert.deepEqual([now.gapsAbove(last), last.gapsBelow(now)], [false, false]);
});
