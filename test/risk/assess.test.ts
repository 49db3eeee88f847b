import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assess, type SizedOrder } from '../../src/risk/assess.js';
import { CHECKS } from '../../src/risk/checks.js';
import { REFUSAL_REASONS, type RefusalReason } from '../../src/risk/refusal-reason.js';
import type { Holding, Holdings } from '../../src/risk/holdings.js';
import { type OrderDraft, passed, type RiskContext, refused } from '../../src/risk/risk-check.js';
import { type ContextChange, EURUSD, NOW_MS, riskContext, surroundings, USDJPY, XAUUSD } from '../support/risk-contexts.js';

function orderOf(change: ContextChange): SizedOrder {
  const assessed = assess(riskContext(change));
  assert.ok(assessed.ok, JSON.stringify(assessed));
  return assessed.order;
}

function assertOrder(order: SizedOrder, expected: Partial<SizedOrder>): void {
  for (const [name, value] of Object.entries(expected)) {
    const found = order[name as keyof SizedOrder];
    if (typeof value === 'number' && name !== 'volume' && typeof found === 'number') {
      assert.ok(Math.abs(found - value) < 1e-9 * Math.max(1, value), `${name} is ${found}, by hand ${value}`);
    } else assert.equal(found, value, name);
  }
}

const at = (bid: number, ask: number) => ({ bid, ask, timeMs: NOW_MS - 100 });

test('EURUSD buy on a USD account, worked by hand', () => {
  // Bid stands 0.3 and ask 0.7 pips above the reference; entry is the ask, ± 2 pips; stop and target move by the bid's 0.3.
  // From 1.10035 to 1.09853 are 182 ticks of 1 USD: 1 % of 10,000 buys 0.549 lots.
  assertOrder(orderOf({}), {
    brokerName: 'EURUSD.m',
    direction: 'BUY',
    entry: 1.10015,
    entryLow: 1.09995,
    entryHigh: 1.10035,
    stopLoss: 1.09853,
    takeProfit: 1.10228,
    deviationBid: 0.00003,
    deviationAsk: 0.00007,
    alarm: false,
    riskPercent: 1,
    volume: 0.54,
    plannedLoss: 98.28,
  });
});

test('EURUSD sell on a USD account, worked by hand', () => {
  // Entry is the bid; stop and target move by the ask's 0.7 pips. From 1.09983 to 1.10157 are 174 ticks: 0.5747 lots.
  const decision = { direction: 'SELL', stopLoss: 1.1015, takeProfit: 1.09775 } as const;
  assertOrder(orderOf({ decision }), {
    entry: 1.10003,
    entryLow: 1.09983,
    entryHigh: 1.10023,
    stopLoss: 1.10157,
    takeProfit: 1.09782,
    volume: 0.57,
    plannedLoss: 99.18,
  });
});

test('USDJPY buy on a USD account at 150, worked by hand', () => {
  // A tick is 100 JPY, 2/3 USD. Score 80 risks 1.5 % of 25,000 = 375; 150.028 to 149.700 are 328 ticks, 218.67 USD a lot.
  const order = orderOf({
    symbol: USDJPY,
    account: { equity: 25_000 },
    decision: { symbol: 'USDJPY', score: 80, stopLoss: 149.7, takeProfit: 150.45 },
    quote: at(150, 150.008),
    reference: at(150, 150.008),
  });
  assertOrder(order, {
    entry: 150.008,
    entryHigh: 150.028,
    stopLoss: 149.7,
    riskPercent: 1.5,
    volume: 1.71,
    plannedLoss: 373.92,
  });
});

test('EURGBP sell on a EUR account at 0.8, worked by hand', () => {
  // A tick is 1 GBP, 1.25 EUR. 1 % of 5,000 = 50; 0.79980 to 0.80200 are 220 ticks, 275 EUR a lot: 0.1818.
  const order = orderOf({
    subscribed: 'all',
    symbol: { ...EURUSD, brokerName: 'EURGBP', tickValueLoss: 1.25, profitCurrency: 'GBP' },
    account: { equity: 5_000, currency: 'EUR' },
    decision: { symbol: 'EURGBP', direction: 'SELL', stopLoss: 0.802, takeProfit: 0.797 },
    quote: at(0.8, 0.8001),
    reference: at(0.8, 0.8001),
  });
  assertOrder(order, { entry: 0.8, entryLow: 0.7998, stopLoss: 0.802, volume: 0.18, plannedLoss: 49.5 });
});

test('XAUUSD buy on a USD and on a EUR account, worked by hand', () => {
  // A tick of 0.01 on 100 ounces is 1 USD. Score 100 risks 2 % of 10,000 = 200; 2300.50 to 2294.00 are 650 ticks: 0.3077 lots.
  const gold: ContextChange = {
    subscribed: 'all',
    symbol: XAUUSD,
    decision: { symbol: 'XAUUSD', score: 100, stopLoss: 2_294, takeProfit: 2_309 },
    quote: at(2_300, 2_300.3),
    reference: at(2_300, 2_300.3),
  };
  assertOrder(orderOf(gold), { entryHigh: 2_300.5, riskPercent: 2, volume: 0.3, plannedLoss: 195 });
  // At 1.25 USD for a EUR a tick is 0.80 EUR, 520 EUR a lot: 0.3846.
  const inEuro = { ...gold, symbol: { ...XAUUSD, tickValueLoss: 0.8 }, account: { currency: 'EUR' } };
  assertOrder(orderOf(inEuro), { volume: 0.38, plannedLoss: 197.6 });
});

const STANDING = {
  deviationBid: 0.001,
  deviationAsk: 0.001,
  usualBid: 0,
  usualAsk: 0,
  dispersionBid: 0.00001,
  dispersionAsk: 0.00001,
  usualReach: 0.0003,
  compared: 60,
};

const HALT = { reason: 'a test', atMs: NOW_MS - 1, by: 'operator' } as const;
const CAPS = { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: undefined };
const SELL = { decision: { direction: 'SELL', stopLoss: 1.1015, takeProfit: 1.09775 } } as const;
const HELD: Holding = {
  brokerName: 'EURUSD.m',
  of: { symbol: 'EURUSD', contractSize: 100_000, baseCurrency: 'EUR', profitCurrency: 'USD' },
  direction: 'BUY',
  volume: 0.1,
  price: 1.1,
  ours: true,
  coming: false,
};

function holding(...changes: readonly Partial<Holding>[]): Holdings {
  return { known: 'all', list: changes.map((change) => ({ ...HELD, ...change })) };
}

const REFUSED: readonly (readonly [RefusalReason, ContextChange])[] = [
  ['symbol-not-subscribed', { subscribed: new Set(['USDJPY']) }],
  ['observe-mode', { account: { mode: 'observe' } }],
  ['live-not-enabled', { account: { mode: 'demo', tradeMode: 'live' } }],
  ['emergency-stop', { trading: { stopped: HALT, disabled: null, historyFull: false } }],
  ['account-disabled', { trading: { stopped: null, disabled: HALT, historyFull: false } }],
  ['history-full', { trading: { stopped: null, disabled: null, historyFull: true } }],
  ['symbol-not-allowed', { settings: { symbols: ['USDJPY'] } }],
  ['direction-not-allowed', { settings: { directions: 'short-only' } }],
  ['direction-not-allowed', { settings: { directions: 'close-only' } }],
  ['direction-not-allowed', { ...SELL, settings: { directions: 'long-only' } }],
  // 2023-11-14 was a Tuesday, and NOW_MS is 22:13:20 of it.
  ['outside-hours', { settings: { hours: [{ days: ['TUE'], from: '09:00', to: '22:13' }] } }],
  ['outside-hours', { settings: { hours: [{ days: ['MON', 'WED'], from: '00:00', to: '24:00' }] } }],
  ['week-closed', { nowMs: Date.UTC(2023, 10, 17, 20, 30), fridayCloseAt: '20:30' }],
  ['week-closed', { nowMs: Date.UTC(2023, 10, 18, 9), fridayCloseAt: '20:30' }],
  ['news', { surroundings: surroundings({ news: () => ({ atMs: NOW_MS, currency: 'USD', impact: 'high', title: 'CPI' }) }) }],
  ['fifo-account', { account: { fifo: true } }],
  ['symbol-disabled', { symbol: { ...EURUSD, tradeMode: 'DISABLED' } }],
  ['close-only', { symbol: { ...EURUSD, tradeMode: 'CLOSE_ONLY' } }],
  ['long-only', { ...SELL, symbol: { ...EURUSD, tradeMode: 'LONG_ONLY' } }],
  ['short-only', { symbol: { ...EURUSD, tradeMode: 'SHORT_ONLY' } }],
  ['netting-foreign-volume', { account: { marginMode: 'netting' }, holdings: holding({ ours: false }) }],
  ['netting-position-held', { account: { marginMode: 'netting' }, holdings: holding({}) }],
  ['daily-loss', { losses: { dailyPercent: 5 } }],
  ['daily-loss', { losses: { dailyPercent: 3 }, caps: { ...CAPS, userDailyLossPercent: 3 } }],
  ['weekly-loss', { losses: { weeklyPercent: 10 } }],
  ['drawdown', { losses: { drawdownPercent: 20.01 } }],
  ['drawdown', { losses: { drawdownPercent: 8 }, caps: { ...CAPS, userDrawdownPercent: 7.5 } }],
  ['drawdown-unknown', { losses: { drawdownPercent: undefined } }],
  ['positions-unknown', { holdings: { known: 'not yet', list: [] } }],
  ['too-many-positions', { settings: { openPositionsMost: 2 }, holdings: holding({ ours: false }, {}) }],
  ['too-many-positions', { caps: { ...CAPS, userPositions: 1 }, holdings: holding({}) }],
  ['too-many-of-symbol', { settings: { positionsPerSymbolMost: 1 }, holdings: holding({ brokerName: 'EURUSD.x' }) }],
  ['spread-wide', { settings: { spreadPipsMost: 1.1 } }],
  ['tick-value-implausible', { symbol: { ...EURUSD, tickValueLoss: 1.06 } }],
  ['tick-value-implausible', { symbol: { ...EURUSD, tickValueLoss: 100 } }],
  ['tick-value-implausible', { account: { currency: 'USC' } }],
  ['volume-limit-reached', { symbol: { ...EURUSD, volumeLimit: 0.5 }, holdings: holding({ volume: 0.5 }) }],
  ['margin-unknown', { symbol: { ...EURUSD, calculation: 'FUTURES' } }],
  ['margin-unknown', { symbol: { ...EURUSD, marginCurrency: 'SEK' } }],
  ['margin-unknown', { holdings: holding({ brokerName: 'US30', of: undefined, coming: true }) }],
  ['margin-short', { account: { margin: 9_500 } }],
  ['margin-short', { settings: { marginFreeLeastPercent: 60 }, account: { margin: 3_500 } }],
  ['margin-level-low', { settings: { marginLevelLeastPercent: 200 }, account: { margin: 4_500 } }],
  ['exposure-unknown', { settings: { leverageMost: 5 }, holdings: holding({ brokerName: 'US30', of: undefined }) }],
  ['exposure-unknown', { settings: { currencyExposureMostPercent: 900 }, holdings: holding({ of: undefined }) }],
  ['leverage-high', { settings: { leverageMost: 6 } }],
  ['currency-exposure', { settings: { currencyExposureMostPercent: 600 } }],
  ['correlated-exposure', { settings: { correlatedExposureMostPercent: 600 } }],
  ['symbol-unknown', { symbol: undefined }],
  ['quote-missing', { quote: undefined }],
  ['quote-invalid', { quote: { bid: 1.2, ask: 1.1, timeMs: NOW_MS } }],
  ['quote-invalid', { quote: { bid: Number.NaN, ask: 1.1, timeMs: NOW_MS } }],
  ['quote-stale', { quote: { bid: 1.1, ask: 1.1001, timeMs: NOW_MS - 10_001 } }],
  ['quote-implausible', { standing: { figures: STANDING, spikeSinceMs: NOW_MS - 6_000 } }],
  ['quote-implausible', { quote: at(1.13, 1.1301), reference: at(1.1, 1.1001), decision: { stopLoss: 1.09 } }],
  ['reference-missing', { reference: undefined }],
  ['reference-missing', { reference: { bid: 1.1, ask: 1.1001, timeMs: NOW_MS - 2_301 } }],
  ['stop-passed', { decision: { stopLoss: 1.1 } }],
  ['target-passed', { decision: { takeProfit: 1.1 } }],
  ['stop-passed', { decision: { direction: 'SELL', stopLoss: 1.10008, takeProfit: 1.09 } }],
  ['equity-missing', { account: { equity: 0 } }],
  ['equity-missing', { account: { equity: Number.NaN } }],
  ['tick-value-missing', { symbol: { ...EURUSD, tickValueLoss: 0 } }],
  ['tick-value-stale', { symbol: { ...EURUSD, tickValueAtMs: NOW_MS - 75_001 } }],
  ['volume-below-minimum', { account: { equity: 181 } }],
  ['volume-below-minimum', { caps: { tenantRiskPercent: 5, userRiskPercent: 0, userVolume: undefined } }],
  ['volume-below-minimum', { caps: { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: 0.005 } }],
];

for (const [reason, change] of REFUSED) {
  test(`refused as ${reason} with ${JSON.stringify(change, (_, value) => (value === undefined ? 'undefined' : value))}`, () => {
    const assessed = assess(riskContext(change));
    assert.equal(assessed.ok ? 'passed' : assessed.reason, reason);
  });
}

test('each check that a limit asks for passes just before it', () => {
  const within: readonly ContextChange[] = [
    { losses: { dailyPercent: 4.999, weeklyPercent: 9.999, drawdownPercent: 20 } },
    { settings: { spreadPipsMost: 1.2 } },
    { settings: { openPositionsMost: 3, positionsPerSymbolMost: 3 }, holdings: holding({ ours: false }, {}) },
    { settings: { hours: [{ days: ['TUE'], from: '22:13', to: '22:14' }] } },
    { nowMs: NOW_MS, fridayCloseAt: '20:30' },
    { symbol: { ...EURUSD, tickValueLoss: 1.049 } },
    { symbol: { ...EURUSD, tickValueLoss: 0.951 } },
    { settings: { symbols: ['EURUSD'], directions: 'long-only' } },
    { settings: { leverageMost: 7 } },
  ];
  for (const change of within) {
    const assessed = assess(riskContext(change));
    assert.ok(assessed.ok, `${JSON.stringify(change)}: ${JSON.stringify(assessed)}`);
  }
});

test('a trade that brings a currency, or what goes together, nearer to nothing is never too much of it', () => {
  const long = holding({ volume: 2 });
  for (const settings of [{ currencyExposureMostPercent: 100 }, { correlatedExposureMostPercent: 100 }]) {
    assert.ok(assess(riskContext({ ...SELL, settings, holdings: long })).ok, 'it sells what is held too much of');
    assert.ok(!assess(riskContext({ settings, holdings: long })).ok);
  }
});

test('what goes against the symbol counts the other way round, and what goes with it adds up', () => {
  const eurjpy = { symbol: 'EURJPY', contractSize: 100_000, baseCurrency: 'EUR', profitCurrency: 'JPY' };
  const held = (direction: 'BUY' | 'SELL') => holding({ brokerName: 'EURJPY', of: eurjpy, direction, volume: 0.5, price: 187.5 });
  const percent = (correlation: number, direction: 'BUY' | 'SELL'): unknown => {
    const around = surroundings({ correlated: () => [{ symbol: 'EURJPY', correlation }] });
    const settings = { correlatedExposureMostPercent: 1 };
    return assess(riskContext({ settings, surroundings: around, holdings: held(direction) })).figures.exposurePercent;
  };
  // 0.54 lots bought are 67,500 USD, half a lot of EUR another 62,500: together 1,300 % of 10,000.
  assert.equal(percent(0.8, 'BUY'), 1_300);
  assert.equal(percent(-0.8, 'SELL'), 1_300);
  const against = surroundings({ correlated: () => [{ symbol: 'EURJPY', correlation: -0.8 }] });
  const settings = { correlatedExposureMostPercent: 51 };
  assert.ok(assess(riskContext({ settings, surroundings: against, holdings: held('BUY') })).ok, 'one sells what the other buys');
});

test('a drawdown over its half-way mark halves the risk', () => {
  const { riskPercent, volume } = orderOf({ losses: { drawdownPercent: 10.01 } });
  assert.deepEqual([riskPercent, volume], [0.5, 0.27]);
  assert.equal(orderOf({ losses: { drawdownPercent: 10 } }).riskPercent, 1);
  assert.equal(orderOf({ decision: { regime: 'VOLATILE' }, losses: { drawdownPercent: 15 } }).riskPercent, 0.25);
});

test('every reason of the list is reached', () => {
  assert.deepEqual([...new Set(REFUSED.map(([reason]) => reason))].sort(), [...REFUSAL_REASONS].sort());
});

test('what is exactly at a limit of age passes', () => {
  assert.ok(
    assess(
      riskContext({
        quote: { ...at(1.1, 1.1001), timeMs: NOW_MS - 10_000 },
        reference: { ...at(1.1, 1.1001), timeMs: NOW_MS - 8_000 },
      }),
    ).ok,
  );
  assert.ok(assess(riskContext({ symbol: { ...EURUSD, tickValueAtMs: NOW_MS - 10_000 } })).ok);
});

test('a live account with the switch thrown may trade', () => {
  assert.ok(assess(riskContext({ account: { mode: 'live', tradeMode: 'live' } })).ok);
});

test('checks are asked in order, rights first, and the first that refuses decides, with the figures up to there', () => {
  assert.deepEqual(
    CHECKS.map(({ name }) => name),
    [
      'subscription',
      'mode',
      'allowed',
      'trading',
      'hours',
      'news',
      'kind',
      'loss',
      'positions',
      'quote',
      'spread',
      'price',
      'tick-value',
      'size',
      'margin',
      'leverage',
      'currency-exposure',
      'correlated-exposure',
    ],
  );
  const assessed = assess(riskContext({ account: { mode: 'observe', equity: 0 }, quote: undefined, subscribed: new Set() }));
  assert.deepEqual(assessed, {
    ok: false,
    reason: 'symbol-not-subscribed',
    check: 'subscription',
    figures: { symbol: 'EURUSD', subscribed: 0 },
  });
  const late = assess(riskContext({ account: { equity: 0 } }));
  assert.ok(!late.ok && late.check === 'size');
  assert.deepEqual([late.figures.bid, late.figures.stopLoss, late.figures.equity], [1.10003, 1.09853, 0]);
});

test('a check put at the end sees the order that those before have made', () => {
  const seen: number[] = [];
  const last = {
    name: 'last',
    check: (_: RiskContext, draft: OrderDraft) => {
      seen.push(draft.size?.volume ?? 0, draft.prices?.entry ?? 0);
      return seen.length > 2 ? refused('account-disabled', {}) : passed({ volumeSeen: draft.size?.volume ?? 0 });
    },
  };
  const assessed = assess(riskContext(), [...CHECKS, last]);
  assert.ok(assessed.ok && assessed.figures.volumeSeen === 0.54);
  assert.deepEqual(seen, [0.54, 1.10015]);
  const again = assess(riskContext(), [...CHECKS, last]);
  assert.ok(!again.ok && again.check === 'last');
});

test('a decision that closes is not assessed', () => {
  assert.throws(() => assess(riskContext({ decision: { kind: 'CLOSE' } })), /opens/);
});

test('an order comes with what priced it, and a refusal by a later check has the same figures', () => {
  const quote = { bid: 1.10003, ask: 1.10015, timeMs: NOW_MS - 300 };
  const reference = { bid: 1.1, ask: 1.1001, timeMs: NOW_MS - 450 };
  const usual = { usualBid: 2e-5, usualAsk: 4e-5, dispersionBid: 5e-6, dispersionAsk: 1e-5, usualReach: 3e-4, compared: 40 };
  const standing = { figures: { ...usual, deviationBid: 9, deviationAsk: 9 }, spikeSinceMs: undefined };
  const priced = {
    bid: 1.10003,
    ask: 1.10015,
    quoteAgeMs: 300,
    referenceBid: 1.1,
    referenceAsk: 1.1001,
    apartMs: 150,
    deviationBid: 1.10003 - 1.1,
    deviationAsk: 1.10015 - 1.1001,
    deviationPercent: (100 * (1.10015 - 1.1001)) / 1.1001,
  };
  const context = riskContext({ quote, reference, standing });
  const assessed = assess(context);
  assert.ok(assessed.ok);
  assert.deepEqual(assessed.order.figures, { ...priced, ...usual });
  const refusing = { name: 'last', check: () => refused('account-disabled', {}) };
  const { figures } = assess(context, [...CHECKS, refusing]);
  for (const [name, figure] of Object.entries({ ...priced, ...usual })) assert.equal(figures[name], figure, name);
  const unjudged = assess(riskContext({ quote, reference }));
  assert.ok(unjudged.ok);
  assert.deepEqual(unjudged.order.figures, priced);
});

test('an account whose quotes are the reference deviates by nothing, and its figures say why', () => {
  const quote = at(1.10003, 1.10015);
  const own = assess(riskContext({ quote, reference: quote }));
  assert.ok(own.ok);
  const { deviationBid, deviationAsk, deviationPercent, ownReference } = own.order.figures;
  assert.deepEqual([deviationBid, deviationAsk, deviationPercent, ownReference], [0, 0, 0, true]);
  const equal = assess(riskContext({ quote, reference: { ...quote } }));
  assert.ok(equal.ok && equal.order.figures.ownReference === undefined);
});
