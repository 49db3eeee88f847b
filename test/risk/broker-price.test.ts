import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brokerPrices, type OrderPrices } from '../../src/risk/broker-price.js';
import type { Quote, SymbolSpec } from '../../src/risk/risk-check.js';
import { proofCount } from '../support/price-paths.js';
import { EURUSD, NOW_MS, USDJPY, XAUUSD } from '../support/risk-contexts.js';

const quote = (bid: number, ask: number): Quote => ({ bid, ask, timeMs: NOW_MS });
const BUY = { direction: 'BUY', stopLoss: 1.0985, takeProfit: 1.10225 } as const;
const SELL = { direction: 'SELL', stopLoss: 1.1015, takeProfit: 1.09775 } as const;

function pricesOf(...given: Parameters<typeof brokerPrices>): OrderPrices {
  const reconciled = brokerPrices(...given);
  assert.ok(reconciled.ok, JSON.stringify(reconciled));
  return reconciled.prices;
}

test('each direction moves by the deviation of the side that closes it, not of the one that opens it', () => {
  const [reference, broker] = [quote(1.1, 1.1001), quote(1.1, 1.1004)];
  assert.deepEqual(
    [pricesOf(BUY, broker, reference, EURUSD).stopLoss, pricesOf(BUY, broker, reference, EURUSD).takeProfit],
    [1.0985, 1.10225],
  );
  assert.deepEqual(
    [pricesOf(SELL, broker, reference, EURUSD).stopLoss, pricesOf(SELL, broker, reference, EURUSD).takeProfit],
    [1.1018, 1.09805],
  );
});

test('the entry range is 2 pips either way, or half the spread where that is more', () => {
  const narrow = pricesOf(BUY, quote(1.1, 1.1001), quote(1.1, 1.1001), EURUSD);
  assert.deepEqual([narrow.entryLow, narrow.entry, narrow.entryHigh], [1.0999, 1.1001, 1.1003]);
  const wide = pricesOf(BUY, quote(1.1, 1.101), quote(1.1, 1.1001), EURUSD);
  assert.deepEqual([wide.entryLow, wide.entry, wide.entryHigh], [1.1005, 1.101, 1.1015]);
});

test('stop and target keep the broker’s least distance from the closing side', () => {
  const strict: SymbolSpec = { ...EURUSD, stopsLevel: 300 };
  const buy = pricesOf(BUY, quote(1.1, 1.1001), quote(1.1, 1.1001), strict);
  assert.deepEqual([buy.stopLoss, buy.takeProfit], [1.097, 1.103]);
  const sell = pricesOf(SELL, quote(1.1, 1.1001), quote(1.1, 1.1001), strict);
  assert.deepEqual([sell.stopLoss, sell.takeProfit], [1.1031, 1.0971]);
});

test('stop and target are rounded to the broker’s ticks, away from the price', () => {
  const coarse: SymbolSpec = { ...EURUSD, digits: 4, tickSize: 0.0005 };
  const prices = pricesOf(
    { direction: 'BUY', stopLoss: 1.0984, takeProfit: 1.1021 },
    quote(1.1, 1.1005),
    quote(1.1, 1.1005),
    coarse,
  );
  assert.deepEqual([prices.stopLoss, prices.takeProfit], [1.098, 1.1025]);
  const sell = pricesOf(
    { direction: 'SELL', stopLoss: 1.1021, takeProfit: 1.0984 },
    quote(1.1, 1.1005),
    quote(1.1, 1.1005),
    coarse,
  );
  assert.deepEqual([sell.stopLoss, sell.takeProfit], [1.1025, 1.098]);
});

test('a deviation above 0.05 % on either side raises the alarm, one below does not', () => {
  const reference = quote(1, 1.0001);
  const decision = { direction: 'BUY', stopLoss: 0.99, takeProfit: 1.02 } as const;
  const alarm = (bid: number, ask: number): boolean => pricesOf(decision, quote(bid, ask), reference, EURUSD).alarm;
  assert.deepEqual(
    [alarm(1.0004, 1.0005), alarm(1.0006, 1.0007), alarm(0.9994, 1.0001), alarm(1, 1.0007)],
    [false, true, true, true],
  );
});

const market = fc.record({
  ticks: fc.integer({ min: 50_000, max: 200_000 }),
  spread: fc.integer({ min: 0, max: 60 }),
  referenceSpread: fc.integer({ min: 0, max: 60 }),
  shift: fc.integer({ min: -80, max: 80 }),
  stop: fc.integer({ min: 1, max: 800 }),
  target: fc.integer({ min: 1, max: 800 }),
  stopsLevel: fc.constantFrom(0, 0, 10, 200),
});

const price = (ticks: number): number => ticks / 100_000;

test('whatever the market, stop and target stand on their side of the closing price, on the grid and at the least distance', () => {
  fc.assert(
    fc.property(market, fc.constantFrom<'BUY' | 'SELL'>('BUY', 'SELL'), (drawn, direction) => {
      const sign = direction === 'BUY' ? 1 : -1;
      const reference = quote(price(drawn.ticks), price(drawn.ticks + drawn.referenceSpread));
      const broker = quote(price(drawn.ticks + drawn.shift), price(drawn.ticks + drawn.shift + drawn.spread));
      const symbol = { ...EURUSD, stopsLevel: drawn.stopsLevel };
      const entry = drawn.ticks;
      const decision = { direction, stopLoss: price(entry - sign * drawn.stop), takeProfit: price(entry + sign * drawn.target) };
      const reconciled = brokerPrices(decision, broker, reference, symbol);
      // In whole ticks: both exits keep their distance from the reference's closing side, and the broker's is what it is.
      const toStop = direction === 'BUY' ? drawn.stop : drawn.stop - drawn.referenceSpread;
      const toTarget = direction === 'BUY' ? drawn.target : drawn.target + drawn.referenceSpread;
      assert.equal(reconciled.ok, toStop > 0 && toTarget > 0);
      if (!reconciled.ok) return;
      const closing = drawn.ticks + drawn.shift + (direction === 'BUY' ? 0 : drawn.spread);
      assert.equal(reconciled.prices.stopLoss, price(closing - sign * Math.max(toStop, drawn.stopsLevel)));
      assert.equal(reconciled.prices.takeProfit, price(closing + sign * Math.max(toTarget, drawn.stopsLevel)));
    }),
    { numRuns: proofCount(20_000) },
  );
});

test('USDJPY and gold, worked by hand: the range by their own pips, prices on their own digits', () => {
  // Yen: a pip is 0.01. The broker stands 0.004 above at the bid, 0.007 at the ask; half its spread of 0.011 is less than 2 pips.
  const yen = pricesOf(
    { direction: 'BUY', stopLoss: 149.7004, takeProfit: 150.4502 },
    quote(150.004, 150.015),
    quote(150, 150.008),
    USDJPY,
  );
  assert.deepEqual([yen.entryLow, yen.entry, yen.entryHigh], [149.995, 150.015, 150.035]);
  // 149.7004 + 0.004 = 149.7044, away from the price: 149.704. 150.4502 + 0.004 = 150.4542: 150.455.
  assert.deepEqual([yen.stopLoss, yen.takeProfit], [149.704, 150.455]);
  // Gold: a pip is 0.1; half the spread of 0.5 is 0.25, 2 pips are 0.20. A sell closes at the ask: 0.45 above the reference's.
  const gold = pricesOf(
    { direction: 'SELL', stopLoss: 2_010, takeProfit: 1_985 },
    quote(2_000.1, 2_000.6),
    quote(2_000, 2_000.15),
    XAUUSD,
  );
  assert.deepEqual([gold.entryLow, gold.entry, gold.entryHigh], [1_999.85, 2_000.1, 2_000.35]);
  assert.deepEqual([gold.stopLoss, gold.takeProfit], [2_010.45, 1_985.45]);
});

test('a stop or target that the broker’s closing side has reached already is no trade any more', () => {
  // The reference itself went through them: moved by its deviation, the stop lies on the wrong side of the broker's bid.
  const through = brokerPrices(BUY, quote(1.0984, 1.0985), quote(1.0984, 1.0985), EURUSD);
  assert.deepEqual([through.ok, !through.ok && through.reason], [false, 'stop-passed']);
  const reached = brokerPrices(BUY, quote(1.1023, 1.1024), quote(1.10225, 1.1024), EURUSD);
  assert.deepEqual([reached.ok, !reached.ok && reached.reason], [false, 'target-passed']);
});

test('whatever the spread, the entry is the side that opens, and the range 2 pips or half the spread around it', () => {
  fc.assert(
    fc.property(market, fc.constantFrom<'BUY' | 'SELL'>('BUY', 'SELL'), (drawn, direction) => {
      const sign = direction === 'BUY' ? 1 : -1;
      const broker = quote(price(drawn.ticks), price(drawn.ticks + drawn.spread));
      const far = { direction, stopLoss: price(drawn.ticks - sign * 900), takeProfit: price(drawn.ticks + sign * 900) };
      const { entry, entryLow, entryHigh, deviationBid, deviationAsk } = pricesOf(far, broker, broker, EURUSD);
      const opens = direction === 'BUY' ? drawn.ticks + drawn.spread : drawn.ticks;
      assert.equal(entry, price(opens));
      // In half ticks; what lies between two ticks goes to either.
      const reach = Math.max(40, drawn.spread);
      assert.ok(Math.abs(2 * Math.round(entryLow * 100_000) - (2 * opens - reach)) <= 1);
      assert.ok(Math.abs(2 * Math.round(entryHigh * 100_000) - (2 * opens + reach)) <= 1);
      assert.deepEqual([deviationBid, deviationAsk], [0, 0]);
    }),
    { numRuns: proofCount(5_000) },
  );
});
