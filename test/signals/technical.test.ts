import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CandleInput } from '../../src/indicators/indicator.js';
import { loneStream } from '../../src/indicators/candle-stream.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { definitionsFor } from '../../src/indicators/registry.js';
import { TECHNICAL_COLUMNS, type TechnicalValues, technicalPart, technicalScores } from '../../src/signals/technical.js';
import { freshSeed, PRICE_PATHS } from '../support/price-paths.js';

const seed = freshSeed();

const VALUES: TechnicalValues = {
  ema_20: 1.1,
  ema_50: 1.2,
  macd_hist: 0.001,
  rsi_14: 60,
  plus_di: 30,
  minus_di: 10,
  adx: 20,
  supertrend_dir: -1,
  bb_upper: 1.3,
  bb_middle: 1.1,
};

test('the six votes are those of the rules, worked by hand', () => {
  // −1 (ema 20 below 50), +1 (histogram up), (60 − 50)/20 = 0.5, +1 · 20/25 = 0.8, −1, (1.15 − 1.1)/0.2 = 0.25; mean 0.55/6.
  const part = technicalPart(1.15, VALUES);
  assert.ok(part);
  [-1, 1, 0.5, 0.8, -1, 0.25].forEach((vote, at) => {
    assert.ok(Math.abs((part.votes[at] as number) - vote) < 1e-12, `vote ${at}`);
  });
  assert.ok(Math.abs(part.score - 55 / 6) < 1e-9);
  assert.equal(part.direction, 'BUY');
  assert.deepEqual(technicalScores(part), { BUY: part.score, SELL: 0 });
});

test('votes beyond their ends are cut there, and bands that meet do not vote', () => {
  assert.equal(technicalPart(2, VALUES)?.votes[5], 1);
  assert.equal(technicalPart(0.5, VALUES)?.votes[5], -1);
  assert.equal(technicalPart(1.1, { ...VALUES, rsi_14: 95 })?.votes[2], 1);
  assert.equal(technicalPart(1.1, { ...VALUES, rsi_14: 5 })?.votes[2], -1);
  assert.equal(technicalPart(1.1, { ...VALUES, adx: 60 })?.votes[3], 1);
  assert.equal(technicalPart(1.15, { ...VALUES, bb_upper: 1.1 })?.votes[5], 0);
});

test('votes that cancel out point nowhere and score nothing on either side', () => {
  const even = {
    ...VALUES,
    ema_20: 1.2,
    ema_50: 1.1,
    macd_hist: -1,
    rsi_14: 50,
    plus_di: 1,
    minus_di: 1,
    supertrend_dir: 1,
    bb_upper: 1.2,
  };
  const part = technicalPart(1, even);
  assert.equal(part?.direction, undefined);
  assert.equal(part?.score, 0);
  assert.deepEqual(part && technicalScores(part), { BUY: 0, SELL: 0 });
});

test('the part has nothing to say while any of its columns is not ready', () => {
  for (const column of TECHNICAL_COLUMNS) assert.equal(technicalPart(1.1, { ...VALUES, [column]: Number.NaN }), undefined);
});

test('each vote is monotone: a value more in favour of a side never lowers its v', () => {
  const rising = ['ema_20', 'macd_hist', 'rsi_14', 'plus_di'] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...rising),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      (column, value, more) => {
        const lower = technicalPart(1.1, { ...VALUES, [column]: value });
        const higher = technicalPart(1.1, { ...VALUES, [column]: value + more });
        assert.ok((lower?.v as number) <= (higher?.v as number));
      },
    ),
  );
});

/** Prices turned upside down about a level far enough above that they stay positive. */
function mirrored(candles: readonly CandleInput[], level: number): CandleInput[] {
  const turn = (price: number): number => 2 * level - price;
  return candles.map((candle) => ({
    ...candle,
    open: turn(candle.open),
    high: turn(candle.low),
    low: turn(candle.high),
    close: turn(candle.close),
  }));
}

test(`mirrored prices give the mirrored part: the other direction with an equal score, seed ${seed}`, () => {
  const candles = PRICE_PATHS['a random walk']?.(600, seed) ?? [];
  const [plain, turned] = [candles, mirrored(candles, 1.1)].map((series) => {
    const set = new IndicatorSet(definitionsFor(TECHNICAL_COLUMNS), loneStream('EURUSD', 'M1'));
    return series.map((candle) => {
      set.update(candle);
      return technicalPart(candle.close, set.read(TECHNICAL_COLUMNS));
    });
  });
  let judged = 0;
  plain?.forEach((part, at) => {
    const other = turned?.[at];
    assert.equal(part === undefined, other === undefined);
    if (part === undefined || other === undefined) return;
    judged += 1;
    assert.ok(Math.abs(part.v + other.v) < 1e-7, `candle ${at}: ${part.votes.join(' ')} beside ${other.votes.join(' ')}`);
  });
  assert.equal(judged, 600 - 49, 'the part is ready with the fiftieth candle');
});

test('a tier without some of the columns is voted for by the others alone, and one with none has no part', () => {
  const close = 1.1;
  const all = { ema_20: 2, ema_50: 1, macd_hist: -1, rsi_14: 60, plus_di: 1, minus_di: 2, adx: 50, supertrend_dir: -1 };
  assert.deepEqual(technicalPart(close, { ema_20: 2, ema_50: 1, rsi_14: 60 })?.votes, [1, 0.5]);
  assert.deepEqual(technicalPart(close, { ema_20: 2, ema_50: 1 })?.v, 1);
  assert.deepEqual(technicalPart(close, all)?.votes, [1, -1, 0.5, -1, -1]);
  assert.equal(technicalPart(close, { ema_20: 2, rsi_14: Number.NaN }), undefined);
  assert.equal(technicalPart(close, { ema_20: 2 }), undefined);
  assert.equal(technicalPart(close, {}), undefined);
});
