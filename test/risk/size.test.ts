import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cappedRiskPercent, type RiskFactors, riskPercentOf, type SizeInput, sizeOrder } from '../../src/risk/size.js';
import { roundToStep, stepsToValue, wholeSteps } from '../../src/risk/steps.js';
import { proofCount } from '../support/price-paths.js';
import { EURUSD } from '../support/risk-contexts.js';

test('risk is 1 % at a score of 60, 1.5 at 80, 2 at 100, shrinks below 60 and never passes 2', () => {
  assert.deepEqual([60, 80, 100, 140, 40, 20, 0].map(riskPercentOf), [1, 1.5, 2, 2, 0.5, 0, 0]);
});

test('risk is the least of what the score earns, the tenant’s cap and the user’s', () => {
  const caps = (tenantRiskPercent: number, userRiskPercent?: number) => ({
    tenantRiskPercent,
    userRiskPercent,
    userVolume: undefined,
  });
  const capped = (score: number, of: ReturnType<typeof caps>, more: Partial<RiskFactors> = {}): number =>
    cappedRiskPercent({ score, caps: of, drawdownFactor: 1, ...more });
  assert.equal(capped(100, caps(5)), 2);
  assert.equal(capped(100, caps(1.2)), 1.2);
  assert.equal(capped(100, caps(1.2, 0.7)), 0.7);
  assert.equal(capped(60, caps(1.2, 1.1)), 1);
  assert.equal(capped(100, caps(5), { drawdownFactor: 0.5 }), 1, 'halved in a drawdown');
  for (const regime of ['VOLATILE', 'TREND_UP_EXHAUSTING', 'TREND_DOWN_EXHAUSTING'] as const)
    assert.equal(capped(100, caps(5), { regime }), 1, regime);
  for (const regime of ['TREND_UP_STRONG', 'QUIET', undefined] as const) assert.equal(capped(100, caps(5), { regime }), 2);
  assert.equal(capped(100, caps(5), { regime: 'VOLATILE', drawdownFactor: 0.5 }), 0.5, 'and both');
  assert.equal(capped(100, caps(0.8), { regime: 'VOLATILE' }), 0.8, 'the cap is held against what is left');
});

test('a number of steps is the double nearest to its decimal, and counts back to itself', () => {
  const volumes = [7, 29, 57, 110].map((count) => stepsToValue(count, 0.01));
  assert.deepEqual(volumes, [0.07, 0.29, 0.57, 1.1]);
  const steps = fc.constantFrom([1, 0], [5, 2], [25, 2], [1, 3], [1, 5], [1, 8]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), steps, (count, [units, decimals]) => {
      const step = Number(`${units}e-${decimals}`);
      const value = stepsToValue(count, step);
      assert.equal(value, Number(`${count * (units as number)}e-${decimals}`));
      for (const round of ['down', 'up', 'nearest'] as const) assert.equal(wholeSteps(value, step, round), count);
    }),
  );
});

test('what lies between two steps is rounded as asked', () => {
  assert.deepEqual(
    (['down', 'up', 'nearest'] as const).map((round) => roundToStep(0.0799, 0.01, round)),
    [0.07, 0.08, 0.08],
  );
});

/** Evenly spread decimals: fast-check's own doubles are spread over exponents, nearly all of them next to nothing. */
const between = (min: number, max: number, scale: number) =>
  fc.integer({ min: min * scale, max: max * scale }).map((whole) => whole / scale);

const sizes = fc.record({
  equity: fc.oneof(between(1, 1_000, 100), between(1, 5_000_000, 100)),
  score: between(0, 100, 10),
  tickValueLoss: fc.oneof(between(0.001, 2, 1_000), between(1, 50, 100)),
  stopTicks: fc.integer({ min: 1, max: 2_000 }),
  commissionPerLot: fc.constantFrom(0, 0, 7, 3.5),
  stepDecimals: fc.integer({ min: 0, max: 3 }),
  minSteps: fc.integer({ min: 1, max: 20 }),
  maxSteps: fc.integer({ min: 1, max: 100_000 }),
  tenantRiskPercent: between(0, 3, 100),
  userRiskPercent: fc.option(between(0, 3, 100), { nil: undefined }),
  userVolume: fc.option(between(0, 30, 1_000), { nil: undefined }),
  direction: fc.constantFrom<'BUY' | 'SELL'>('BUY', 'SELL'),
});

test('the loss planned never exceeds the risk, the volume is whole steps within its bounds, and one step more would be too much', () => {
  let refusals = 0;
  let orders = 0;
  fc.assert(
    fc.property(sizes, (drawn) => {
      const step = 1 / 10 ** drawn.stepDecimals;
      const symbol = {
        ...EURUSD,
        tickValueLoss: drawn.tickValueLoss,
        commissionPerLot: drawn.commissionPerLot,
        volumeStep: step,
        volumeMin: Number((drawn.minSteps * step).toFixed(3)),
        volumeMax: Number((drawn.maxSteps * step).toFixed(3)),
      };
      const away = drawn.stopTicks * symbol.tickSize;
      const prices =
        drawn.direction === 'BUY'
          ? { entryLow: 1.2, entryHigh: 1.3, stopLoss: 1.3 - away }
          : { entryLow: 1.2, entryHigh: 1.3, stopLoss: 1.2 + away };
      const caps = {
        tenantRiskPercent: drawn.tenantRiskPercent,
        userRiskPercent: drawn.userRiskPercent,
        userVolume: drawn.userVolume,
      };
      const input: SizeInput = {
        direction: drawn.direction,
        score: drawn.score,
        drawdownFactor: 1,
        held: 0,
        equity: drawn.equity,
        prices,
        symbol,
        caps,
      };

      const allowed =
        (drawn.equity *
          Math.min(2, Math.max(0, 1 + (drawn.score - 60) / 40), caps.tenantRiskPercent, caps.userRiskPercent ?? 2)) /
        100;
      const lossPerLot = drawn.stopTicks * drawn.tickValueLoss + drawn.commissionPerLot;
      const most = Math.min(symbol.volumeMax, caps.userVolume ?? Number.POSITIVE_INFINITY);
      const sized = sizeOrder(input);
      if (!sized.ok) {
        refusals += 1;
        assert.equal(sized.reason, 'volume-below-minimum');
        assert.ok(symbol.volumeMin * lossPerLot > allowed * (1 - 1e-6) || symbol.volumeMin > most - 1e-9);
        return;
      }
      orders += 1;
      const { volume, plannedLoss } = sized.size;
      assert.ok(plannedLoss <= allowed * (1 + 1e-6), `${plannedLoss} planned of ${allowed}`);
      assert.ok(Math.abs(plannedLoss / (volume * lossPerLot) - 1) < 1e-6);
      assert.equal(volume, Number(volume.toFixed(drawn.stepDecimals)), 'no more decimals than the step has');
      assert.ok(volume >= symbol.volumeMin && volume <= most * (1 + 1e-9));
      const more = volume + step;
      assert.ok(more * lossPerLot > allowed * (1 - 1e-6) || more > most - 1e-9, `${more} lots would have been allowed`);
    }),
    { numRuns: proofCount(20_000) },
  );
  assert.ok(refusals > 0 && orders > 0, `${orders} orders and ${refusals} refusals`);
});

test('a broker without a least volume still gets no order of nothing', () => {
  const caps = { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: undefined };
  const prices = { entryLow: 1.1, entryHigh: 1.1, stopLoss: 1.09 };
  const symbol = { ...EURUSD, volumeMin: 0 };
  const sized = sizeOrder({
    direction: 'BUY',
    score: 60,
    drawdownFactor: 1,
    held: 0,
    equity: 500,
    prices,
    symbol,
    caps,
  });
  assert.ok(!sized.ok && sized.reason === 'volume-below-minimum');
});

test('what the broker lets be held one way leaves room for that much less', () => {
  const caps = { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: undefined };
  const prices = { entryLow: 1.1, entryHigh: 1.1, stopLoss: 1.09 };
  const sized = (volumeLimit: number, held: number) =>
    sizeOrder({
      direction: 'BUY',
      score: 60,
      drawdownFactor: 1,
      held,
      equity: 100_000,
      prices,
      symbol: { ...EURUSD, volumeLimit },
      caps,
    });
  const volume = (limit: number, held: number): number | string => {
    const made = sized(limit, held);
    return made.ok ? made.size.volume : made.reason;
  };
  assert.equal(volume(0, 40), 1);
  assert.equal(volume(2, 0.7), 1);
  assert.equal(volume(2, 1.7), 0.3);
  assert.equal(volume(2, 1.99), 0.01);
  assert.equal(volume(2, 2), 'volume-limit-reached');
  assert.equal(volume(2, 2.5), 'volume-limit-reached');
});
