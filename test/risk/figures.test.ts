/** What each check tells of what it looked at, worked by hand, and where exactly it begins to refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKS } from '../../src/risk/checks.js';
import type { Holding, Holdings } from '../../src/risk/holdings.js';
import type { RefusalReason } from '../../src/risk/refusal-reason.js';
import type { OrderDraft, Verdict } from '../../src/risk/risk-check.js';
import { type ContextChange, EURUSD, NOW_MS, riskContext, surroundings } from '../support/risk-contexts.js';

const HALT = { reason: 'a test', atMs: NOW_MS - 1, by: 'operator' } as const;
const CAPS = { tenantRiskPercent: 5, userRiskPercent: undefined, userVolume: undefined };
const USUAL = {
  usualBid: 0.00001,
  usualAsk: 0.00002,
  dispersionBid: 0.00003,
  dispersionAsk: 0.00004,
  usualReach: 0.0003,
  compared: 60,
};
const STANDING = { figures: { deviationBid: 0.001, deviationAsk: 0.001, ...USUAL }, spikeSinceMs: undefined };
const EURUSD_HELD: Holding = {
  brokerName: 'EURUSD.m',
  of: { symbol: 'EURUSD', contractSize: 100_000, baseCurrency: 'EUR', profitCurrency: 'USD' },
  direction: 'BUY',
  volume: 0.1,
  price: 1.1,
  ours: true,
  coming: false,
};
const UNKNOWN_HELD: Holding = { ...EURUSD_HELD, brokerName: 'US30', of: undefined };

function pair(baseCurrency: string, profitCurrency: string, change: Partial<Holding> = {}): Holding {
  const symbol = `${baseCurrency}${profitCurrency}`;
  return { ...EURUSD_HELD, brokerName: symbol, of: { symbol, contractSize: 100_000, baseCurrency, profitCurrency }, ...change };
}

function held(...list: readonly Holding[]): Holdings {
  return { known: 'all', list };
}

/** What the check of that name says, once those before it have passed. */
function verdictOf(name: string, change: ContextChange): Verdict {
  const context = riskContext(change);
  const draft: OrderDraft = {};
  for (const check of CHECKS) {
    const verdict = check.check(context, draft);
    if (check.name === name) return verdict;
    assert.ok(verdict.ok, `${check.name}: ${JSON.stringify(verdict)}`);
  }
  throw new Error(`there is no check ${name}`);
}

/** The figures of the verdict, rounding errors cut off. */
function figuresOf({ figures }: Verdict): Readonly<Record<string, unknown>> {
  const cut = (value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(12)) : value;
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, cut(value)]));
}

const INDEX = { ...EURUSD, brokerName: 'US500', baseCurrency: 'USD', marginCurrency: 'USD' };
const EURJPY = [{ symbol: 'EURJPY', correlation: 0.8 }];
const CPI = { currency: 'USD', impact: 'high', title: 'CPI' };
/** 1 % of 10,000 buys 0.54 lots of EURUSD: 540 EUR of margin at 1:100, 54,000 EUR in all; a EUR is 1.25 USD. */
const MARGIN = { marginNeeded: 675, marginComing: 0, marginFree: 9_325, marginLevelPercent: 1_481.48148148 };

const TOLD: readonly (readonly [string, ContextChange, RefusalReason | 'passed', Readonly<Record<string, unknown>>])[] = [
  ['subscription', { subscribed: new Set(['USDJPY']) }, 'symbol-not-subscribed', { symbol: 'EURUSD', subscribed: 1 }],
  ['mode', { account: { mode: 'observe' } }, 'observe-mode', { mode: 'observe', tradeMode: 'demo' }],
  ['mode', { account: { tradeMode: 'live' } }, 'live-not-enabled', { mode: 'demo', tradeMode: 'live' }],
  ['mode', { account: { tradeMode: 'contest' } }, 'passed', {}],
  ['allowed', { settings: { symbols: ['USDJPY', 'XAUUSD'] } }, 'symbol-not-allowed', { symbol: 'EURUSD', allowed: 2 }],
  [
    'allowed',
    { settings: { directions: 'short-only' } },
    'direction-not-allowed',
    { direction: 'BUY', directions: 'short-only' },
  ],
  [
    'trading',
    { trading: { stopped: HALT, disabled: null, historyFull: false } },
    'emergency-stop',
    { why: 'a test', sinceMs: NOW_MS - 1 },
  ],
  [
    'trading',
    { trading: { stopped: null, disabled: HALT, historyFull: false } },
    'account-disabled',
    { why: 'a test', by: 'operator', sinceMs: NOW_MS - 1 },
  ],
  ['hours', { settings: { hours: [] } }, 'outside-hours', { time: '2023-11-14T22:13:20.000Z' }],
  [
    'hours',
    { nowMs: Date.UTC(2023, 10, 17, 20, 30), fridayCloseAt: '20:30' },
    'week-closed',
    { fridayCloseAt: '20:30', time: '2023-11-17T20:30:00.000Z' },
  ],
  [
    'news',
    { surroundings: surroundings({ news: (_, __, atMs) => (atMs === NOW_MS ? { ...CPI, atMs: NOW_MS + 120_000 } : undefined) }) },
    'news',
    { ...CPI, minutesToNews: 2 },
  ],
  ['kind', { symbol: { ...EURUSD, tradeMode: 'DISABLED' } }, 'symbol-disabled', { brokerName: 'EURUSD.m' }],
  ['kind', { symbol: { ...EURUSD, tradeMode: 'CLOSE_ONLY' } }, 'close-only', { brokerName: 'EURUSD.m' }],
  ['kind', { symbol: { ...EURUSD, tradeMode: 'SHORT_ONLY' } }, 'short-only', { brokerName: 'EURUSD.m' }],
  [
    'kind',
    { symbol: { ...EURUSD, tradeMode: 'LONG_ONLY' }, decision: { direction: 'SELL', stopLoss: 1.1015, takeProfit: 1.09775 } },
    'long-only',
    { brokerName: 'EURUSD.m' },
  ],
  [
    'kind',
    {
      account: { marginMode: 'netting' },
      holdings: held(
        { ...EURUSD_HELD, volume: 0.25 },
        { ...EURUSD_HELD, volume: 0.5, direction: 'SELL' },
        { ...EURUSD_HELD, volume: 0.25, ours: false },
        { ...EURUSD_HELD, volume: 0.125, ours: false, direction: 'SELL' },
        pair('GBP', 'USD', { ours: false }),
      ),
    },
    'netting-foreign-volume',
    { brokerName: 'EURUSD.m', foreign: 0.375, ours: 0.75 },
  ],
  ['kind', { account: { marginMode: 'netting' }, holdings: held(pair('GBP', 'USD', { ours: false })) }, 'passed', {}],
  ['kind', { account: { marginMode: 'netting' }, holdings: held(pair('GBP', 'USD', {})) }, 'passed', {}],
  [
    'kind',
    { account: { marginMode: 'netting' }, holdings: held({ ...EURUSD_HELD, volume: 0.25 }, pair('GBP', 'USD', {})) },
    'netting-position-held',
    { brokerName: 'EURUSD.m', ours: 0.25 },
  ],
  ['kind', { symbol: { ...EURUSD, tradeMode: 'LONG_ONLY' } }, 'passed', {}],
  [
    'kind',
    { symbol: { ...EURUSD, tradeMode: 'SHORT_ONLY' }, decision: { direction: 'SELL', stopLoss: 1.1015, takeProfit: 1.09775 } },
    'passed',
    {},
  ],
  // What rounding leaves of a difference of lots is nobody's.
  ['kind', { account: { marginMode: 'netting' }, holdings: held({ ...EURUSD_HELD, ours: false, volume: 1e-7 }) }, 'passed', {}],
  ['loss', { losses: { dailyPercent: 6 } }, 'daily-loss', { dailyLossPercent: 6, dailyLossMostPercent: 5 }],
  ['loss', { losses: { weeklyPercent: 11 } }, 'weekly-loss', { weeklyLossPercent: 11, weeklyLossMostPercent: 10 }],
  ['loss', { losses: { drawdownPercent: 21 } }, 'drawdown', { drawdownPercent: 21, drawdownMostPercent: 20 }],
  [
    'loss',
    { losses: { dailyPercent: 1, weeklyPercent: 50, drawdownPercent: 3 }, settings: { weeklyLossMostPercent: null } },
    'passed',
    { dailyLossPercent: 1, weeklyLossPercent: 50, drawdownPercent: 3 },
  ],
  [
    'loss',
    { losses: { drawdownPercent: undefined }, settings: { drawdownStopsPercent: null, drawdownHalvesPercent: null } },
    'passed',
    {},
  ],
  ['loss', { losses: { drawdownPercent: undefined }, settings: { drawdownStopsPercent: null } }, 'drawdown-unknown', {}],
  ['loss', { losses: { drawdownPercent: undefined }, settings: { drawdownHalvesPercent: null } }, 'drawdown-unknown', {}],
  [
    'positions',
    { settings: { openPositionsMost: null }, caps: { ...CAPS, userPositions: 1 }, holdings: held(UNKNOWN_HELD) },
    'too-many-positions',
    { positions: 1, positionsMost: 1 },
  ],
  [
    'positions',
    { settings: { positionsPerSymbolMost: 1 }, holdings: held(EURUSD_HELD, pair('GBP', 'USD')) },
    'too-many-of-symbol',
    { positions: 2, positionsOfSymbol: 1, positionsPerSymbolMost: 1 },
  ],
  [
    'positions',
    { settings: { positionsPerSymbolMost: 1 }, holdings: held(UNKNOWN_HELD, pair('GBP', 'USD')) },
    'passed',
    { positions: 2, positionsOfSymbol: 0, positionsPerSymbolMost: 1 },
  ],
  ['positions', { settings: { positionsPerSymbolMost: null }, holdings: held(EURUSD_HELD) }, 'passed', { positions: 1 }],
  ['quote', { quote: { bid: 0, ask: 1.1, timeMs: NOW_MS } }, 'quote-invalid', { bid: 0, ask: 1.1 }],
  ['quote', { quote: { bid: -1, ask: 1.1, timeMs: NOW_MS } }, 'quote-invalid', { bid: -1, ask: 1.1 }],
  [
    'quote',
    { quote: { bid: 1.1, ask: Number.POSITIVE_INFINITY, timeMs: NOW_MS } },
    'quote-invalid',
    { bid: 1.1, ask: Number.POSITIVE_INFINITY },
  ],
  [
    'quote',
    { quote: { bid: 1.1, ask: 1.1, timeMs: NOW_MS - 10_001 } },
    'quote-stale',
    { bid: 1.1, ask: 1.1, quoteAgeMs: 10_001, quoteAgeMsMax: 10_000 },
  ],
  [
    'price',
    { standing: { ...STANDING, spikeSinceMs: NOW_MS - 6_000 } },
    'quote-implausible',
    { ...STANDING.figures, spikeMs: 6_000 },
  ],
  ['price', { standing: STANDING, reference: undefined }, 'reference-missing', USUAL],
  [
    'price',
    { standing: STANDING, decision: { stopLoss: 1.1 } },
    'stop-passed',
    { ...USUAL, closing: 1.10003, stopLoss: 1.10003, takeProfit: 1.10228 },
  ],
  [
    'margin',
    {
      account: { margin: 1_000 },
      holdings: held(
        EURUSD_HELD,
        { ...EURUSD_HELD, volume: 0.2, coming: true },
        pair('USD', 'JPY', { volume: 0.3, price: 150, coming: true }),
      ),
    },
    'passed',
    { marginNeeded: 675, marginComing: 520, marginFree: 7_805, marginLevelPercent: 455.580865604 },
  ],
  ['margin', { settings: { marginFreeLeastPercent: 93.25 } }, 'passed', MARGIN],
  ['margin', { settings: { marginFreeLeastPercent: 94 } }, 'margin-short', { ...MARGIN, marginFreeLeast: 9_400 }],
  [
    'margin',
    { account: { margin: 4_325 }, settings: { marginLevelLeastPercent: 200 } },
    'passed',
    { ...MARGIN, marginFree: 5_000, marginLevelPercent: 200 },
  ],
  [
    'margin',
    { account: { margin: 4_325 }, settings: { marginLevelLeastPercent: 201 } },
    'margin-level-low',
    { ...MARGIN, marginFree: 5_000, marginLevelPercent: 200, marginLevelLeastPercent: 201 },
  ],
  ['margin', { symbol: { ...EURUSD, calculation: 'FUTURES' } }, 'margin-unknown', { unknown: 'FUTURES' }],
  ['margin', { symbol: { ...EURUSD, marginCurrency: 'SEK' } }, 'margin-unknown', { unknown: 'SEKUSD' }],
  ['margin', { holdings: held({ ...UNKNOWN_HELD, coming: true }) }, 'margin-unknown', { unknown: 'US30' }],
  ['margin', { holdings: held(pair('USD', 'SEK', { coming: true })) }, 'margin-unknown', { unknown: 'SEKUSD' }],
  [
    'leverage',
    { settings: { leverageMost: 8 }, account: { balance: 5_000 }, holdings: held(EURUSD_HELD) },
    'passed',
    { worth: 80_000, leverage: 8, leverageMost: 8 },
  ],
  [
    'leverage',
    { settings: { leverageMost: 7.9 }, account: { balance: 50_000 }, holdings: held(EURUSD_HELD) },
    'leverage-high',
    { worth: 80_000, leverage: 8, leverageMost: 7.9 },
  ],
  // What is priced in its own currency is worth its price: 54,000 at 1.10015.
  [
    'leverage',
    { settings: { leverageMost: 10 }, symbol: INDEX },
    'passed',
    { worth: 59_408.1, leverage: 5.94081, leverageMost: 10 },
  ],
  ['leverage', { settings: { leverageMost: 10 }, holdings: held(UNKNOWN_HELD) }, 'exposure-unknown', { unknown: 'US30' }],
  ['currency-exposure', { settings: { currencyExposureMostPercent: 675 } }, 'passed', {}],
  [
    'currency-exposure',
    { settings: { currencyExposureMostPercent: 674 } },
    'currency-exposure',
    { currency: 'EUR', exposurePercent: 675, exposureMostPercent: 674 },
  ],
  // The euros were sold before; the dollars are too many.
  [
    'currency-exposure',
    { settings: { currencyExposureMostPercent: 674 }, holdings: held(pair('EUR', 'GBP', { direction: 'SELL', volume: 0.54 })) },
    'currency-exposure',
    { currency: 'USD', exposurePercent: 675, exposureMostPercent: 674 },
  ],
  // Sold as a base and as what is paid in: 100,000 and 67,500.
  [
    'currency-exposure',
    { settings: { currencyExposureMostPercent: 700 }, holdings: held(pair('USD', 'JPY', { direction: 'SELL', volume: 1 })) },
    'currency-exposure',
    { currency: 'USD', exposurePercent: 1_675, exposureMostPercent: 700 },
  ],
  // An index is no dollars, it is paid in them: 60,000 and 67,500.
  [
    'currency-exposure',
    { settings: { currencyExposureMostPercent: 700 }, holdings: held(pair('USD', 'USD', { volume: 0.5, price: 1.2 })) },
    'currency-exposure',
    { currency: 'USD', exposurePercent: 1_275, exposureMostPercent: 700 },
  ],
  [
    'currency-exposure',
    { settings: { currencyExposureMostPercent: 700 }, holdings: held(UNKNOWN_HELD) },
    'exposure-unknown',
    { unknown: 'US30' },
  ],
  [
    'currency-exposure',
    { settings: { currencyExposureMostPercent: 700 }, symbol: { ...EURUSD, baseCurrency: 'SEK', profitCurrency: 'NOK' } },
    'exposure-unknown',
    { unknown: 'NOKUSD' },
  ],
  [
    'correlated-exposure',
    { settings: { correlatedExposureMostPercent: 675 } },
    'passed',
    { symbols: 1, exposurePercent: 675, exposureMostPercent: 675 },
  ],
  [
    'correlated-exposure',
    {
      settings: { correlatedExposureMostPercent: 674, correlationLeast: 0.75 },
      surroundings: surroundings({ correlated: (symbol, least) => (symbol === 'EURUSD' && least === 0.75 ? EURJPY : []) }),
    },
    'correlated-exposure',
    { symbols: 2, exposurePercent: 675, exposureMostPercent: 674 },
  ],
  [
    'correlated-exposure',
    {
      settings: { correlatedExposureMostPercent: 900 },
      surroundings: surroundings({ correlated: () => [{ symbol: 'SEKNOK', correlation: 0.9 }] }),
      holdings: held(pair('SEK', 'NOK')),
    },
    'exposure-unknown',
    { unknown: 'NOKUSD' },
  ],
  // How strongly they go together does not make less of it: 67,500 and 62,500.
  [
    'correlated-exposure',
    {
      settings: { correlatedExposureMostPercent: 2_000 },
      surroundings: surroundings({ correlated: () => EURJPY }),
      holdings: held(pair('EUR', 'JPY', { volume: 0.5 })),
    },
    'passed',
    { symbols: 2, exposurePercent: 1_300, exposureMostPercent: 2_000 },
  ],
];

for (const [number, [name, change, reason, figures]] of TOLD.entries()) {
  test(`${name}, case ${number + 1}: ${reason} with its figures`, () => {
    const verdict = verdictOf(name, change);
    assert.equal(verdict.ok ? 'passed' : verdict.reason, reason);
    assert.deepEqual(figuresOf(verdict), figures);
  });
}

test('a price is implausible from more than the largest jump on, and its figures tell all prices', () => {
  const at = (price: number) => ({ bid: price, ask: price, timeMs: NOW_MS });
  const change = { standing: STANDING, reference: at(50), decision: { stopLoss: 49, takeProfit: 52 } } as const;
  assert.ok(verdictOf('price', { ...change, quote: at(51) }).ok, '2 % and no more');
  const verdict = verdictOf('price', { ...change, quote: at(51.5) });
  assert.equal(!verdict.ok && verdict.reason, 'quote-implausible');
  const { entry, stopLoss, takeProfit, deviationPercent, percentMost, usualBid } = verdict.figures;
  assert.deepEqual([entry, stopLoss, takeProfit, deviationPercent, percentMost, usualBid], [51.5, 50.5, 53.5, 3, 2, 0.00001]);
});
