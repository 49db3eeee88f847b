/**
 * Money by MT5's own formulas, as its documentation gives them for each way to compute it: the profit of a position is
 * (close − open) · contract size · lots in the profit currency; its margin lots · contract size / leverage in the margin currency
 * for Forex, lots · contract size · price for a CFD, and that over the leverage for a CFD with leverage. Both are changed into the
 * account's currency. The oracle below knows those sentences and a table of prices, and nothing of the code under test.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assess } from '../../src/risk/assess.js';
import { marginOf } from '../../src/risk/margin.js';
import { rateBetween } from '../../src/risk/money-rates.js';
import type { SymbolSpec } from '../../src/risk/risk-check.js';
import { expectedTickValue } from '../../src/risk/tick-value.js';
import { EURUSD, NOW_MS, PRICES, riskContext, surroundings } from '../support/risk-contexts.js';

/** Worth of one unit of each currency in dollars, written out of the same prices by hand. */
const DOLLARS: Readonly<Record<string, number>> = {
  USD: 1,
  EUR: 1.25,
  GBP: 1.5625,
  JPY: 1 / 150,
  XAU: 2_300,
  USC: 0.01,
  EUC: 0.0125,
};

function oracleRate(from: string, to: string): number {
  return (DOLLARS[from] as number) / (DOLLARS[to] as number);
}

interface Case {
  readonly name: string;
  readonly price: number;
  readonly spec: SymbolSpec;
}

const spec = (brokerName: string, change: Partial<SymbolSpec>): SymbolSpec => ({ ...EURUSD, brokerName, ...change });
const CASES: readonly Case[] = [
  { name: 'EURUSD', price: 1.25, spec: spec('EURUSD', {}) },
  {
    name: 'USDJPY',
    price: 150,
    spec: spec('USDJPY', {
      pip: 0.01,
      digits: 3,
      tickSize: 0.001,
      baseCurrency: 'USD',
      profitCurrency: 'JPY',
      marginCurrency: 'USD',
    }),
  },
  { name: 'EURGBP', price: 0.8, spec: spec('EURGBP', { profitCurrency: 'GBP' }) },
  {
    name: 'XAUUSD',
    price: 2_300,
    spec: spec('GOLD', { pip: 0.1, digits: 2, tickSize: 0.01, contractSize: 100, baseCurrency: 'XAU', marginCurrency: 'XAU' }),
  },
  {
    name: 'an index in dollars',
    price: 5_200,
    spec: spec('US500', {
      ...{ pip: 1, digits: 1, tickSize: 0.1, contractSize: 10, calculation: 'CFD_LEVERAGE' },
      ...{ baseCurrency: 'USD', profitCurrency: 'USD', marginCurrency: 'USD' },
    }),
  },
  {
    name: 'an index in euros without leverage',
    price: 18_000,
    spec: spec('DE40', {
      ...{ pip: 1, digits: 1, tickSize: 0.5, contractSize: 1, calculation: 'CFD' },
      ...{ baseCurrency: 'EUR', profitCurrency: 'EUR', marginCurrency: 'EUR' },
    }),
  },
];
const ACCOUNTS = ['USD', 'EUR', 'JPY', 'USC', 'EUC'];
const LEVERAGE = 30;

const { rate } = surroundings();

function near(found: number | undefined, expected: number, what: string): void {
  assert.ok(found !== undefined, what);
  assert.ok(Math.abs(found / expected - 1) < 1e-12, `${what}: ${found}, by MT5's formula ${expected}`);
}

describe('money of a position', () => {
  for (const { name, price, spec: symbol } of CASES)
    for (const currency of ACCOUNTS) {
      it(`${name}, account in ${currency}: a tick, and what a move of a hundred ticks loses`, () => {
        const open = price;
        const close = price - 100 * symbol.tickSize;
        const lost = (open - close) * symbol.contractSize * 1 * oracleRate(symbol.profitCurrency, currency);
        near(expectedTickValue(symbol, currency, rate), lost / 100, 'a tick of one lot');
      });

      it(`${name}, account in ${currency}: margin of 0.7 lots at 1:${LEVERAGE}`, () => {
        const lots = 0.7;
        const byMode: Readonly<Record<string, number>> = {
          FOREX: (lots * symbol.contractSize) / LEVERAGE,
          CFD: lots * symbol.contractSize * price,
          CFD_LEVERAGE: (lots * symbol.contractSize * price) / LEVERAGE,
        };
        const expected = (byMode[symbol.calculation] as number) * oracleRate(symbol.marginCurrency, currency);
        const inMargin = marginOf(symbol, lots, price, LEVERAGE);
        near((inMargin ?? Number.NaN) * (rate(symbol.marginCurrency, currency) ?? Number.NaN), expected, 'margin');
      });

      it(`${name}, account in ${currency}: the loss planned is what MT5 books when the stop is hit at the worst fill`, () => {
        const tick = symbol.tickSize * symbol.contractSize * oracleRate(symbol.profitCurrency, currency);
        const told = { ...symbol, tickValueLoss: tick, tickValueProfit: tick };
        const quote = { bid: price, ask: price, timeMs: NOW_MS };
        const stopLoss = price - 400 * symbol.tickSize;
        const assessed = assess(
          riskContext({
            symbol: told,
            subscribed: 'all',
            quote,
            reference: quote,
            decision: { symbol: name, entry: price, stopLoss, takeProfit: price + 600 * symbol.tickSize },
            // As much in each currency: a hundred thousand dollars.
            account: { currency, equity: 100_000 / oracleRate(currency, 'USD'), leverage: 500 },
            settings: { marginLevelLeastPercent: null },
          }),
        );
        assert.ok(assessed.ok, JSON.stringify(assessed));
        const { entryHigh, stopLoss: stop, volume, plannedLoss } = assessed.order;
        const booked = (entryHigh - stop) * symbol.contractSize * volume * oracleRate(symbol.profitCurrency, currency);
        assert.ok(Math.abs(plannedLoss / booked - 1) < 1e-9, `${plannedLoss} planned, ${booked} booked`);
        assert.ok(plannedLoss <= (1_000 / oracleRate(currency, 'USD')) * (1 + 1e-9), '1 % of equity at a score of 60');
      });
    }

  it('a tick value in another unit than the account’s is refused, by a hundred times either way', () => {
    const reasonOf = (currency: string, tickValueLoss: number): string => {
      const assessed = assess(riskContext({ symbol: { ...EURUSD, tickValueLoss }, account: { currency, equity: 1_000_000 } }));
      return assessed.ok ? 'passed' : assessed.reason;
    };
    assert.equal(reasonOf('USC', 100), 'passed', 'a cent account is told cents');
    assert.equal(reasonOf('USC', 1), 'tick-value-implausible');
    assert.equal(reasonOf('USD', 1), 'passed');
    assert.equal(reasonOf('USD', 100), 'tick-value-implausible');
  });

  it('where no quote can tell, the broker’s tick value stands, and the figures say that it was not checked', () => {
    const blind = surroundings({ rate: (from, to) => (from === to ? 1 : from === 'EUR' ? 1.1 : undefined) });
    const assessed = assess(riskContext({ symbol: { ...EURUSD, profitCurrency: 'SEK' }, surroundings: blind }));
    assert.ok(assessed.ok && assessed.figures.tickValueChecked === false);
  });
});

describe('a rate', () => {
  const quoteOf = (pair: string) =>
    pair in PRICES ? { bid: PRICES[pair] as number, ask: (PRICES[pair] as number) * 1.001, timeMs: NOW_MS } : undefined;

  it('is taken at the dearer side, straight, the other way round, or over the dollar', () => {
    near(rateBetween('EUR', 'USD', quoteOf), 1.25 * 1.001, 'straight: to be bought at the ask');
    near(rateBetween('USD', 'EUR', quoteOf), 1 / 1.25, 'the other way round: at the bid');
    near(rateBetween('XAU', 'EUR', quoteOf), (2_300 * 1.001) / 1.25, 'over the dollar');
    near(rateBetween('XAU', 'JPY', quoteOf), 2_300 * 1.001 * 150 * 1.001, 'over the dollar');
    near(rateBetween('USC', 'USD', quoteOf), 0.01, 'cents');
  });

  it('is none where no quote tells, and is not guessed', () => {
    assert.equal(rateBetween('CHF', 'JPY', quoteOf), undefined);
    assert.equal(rateBetween('USX', 'USD', quoteOf), undefined);
    assert.equal(rateBetween('USD', 'SEK', quoteOf), undefined);
  });
});
