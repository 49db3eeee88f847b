import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalName, chosenSymbols } from '../../src/accounts/symbols.js';
import { AccountBook } from '../../src/accounts/account-book.js';
import type { CalculationMode } from '../../src/protocol/messages.js';
import type { AccountSymbolRow } from '../../src/storage/ledger/ledger.js';
import { until } from '../support/actors.js';
import { proofCount } from '../support/price-paths.js';
import { TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

/** Broker's name, base, profit currency, contract, calculation, and what it is here. */
const NAMES: readonly (readonly [string, string, string, number, CalculationMode, string | null])[] = [
  ['EURUSD', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['EURUSD.m', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['m.EURUSD', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['EURUSD_i', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['#EURUSD', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['EURUSD.raw', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['EURUSD.pro', 'EUR', 'USD', 100_000, 'FOREX_NO_LEVERAGE', 'EURUSD'],
  ['FX-17', 'EUR', 'USD', 100_000, 'FOREX', 'EURUSD'],
  ['usdjpy.x', 'usd', 'jpy', 100_000, 'FOREX', 'USDJPY'],
  // Mini, micro and cent lots.
  ['EURUSDmini', 'EUR', 'USD', 10_000, 'FOREX', 'EURUSD'],
  ['EURUSDmicro', 'EUR', 'USD', 1_000, 'FOREX', 'EURUSD'],
  ['EURUSD', 'EUR', 'USD', 1_000, 'FOREX', 'EURUSD'],
  ['EURUSDc', 'EUR', 'USC', 100_000, 'FOREX', 'EURUSD'],
  ['EURUSDc', 'EUR', 'USC', 1_000, 'FOREX', 'EURUSD'],
  // No part of a lot: another thing.
  ['EURUSD.opt', 'EUR', 'USD', 10, 'FOREX', null],
  ['EURUSD', 'EUR', 'USD', 12_500, 'FOREX', null],
  ['EURUSD', 'EUR', 'USD', 1_000_000, 'FOREX', null],
  ['EURUSD', 'EUR', 'USD', 0, 'FOREX', null],
  // The name says one thing, the currencies another: the currencies count.
  ['EURUSD', 'USD', 'EUR', 100_000, 'FOREX', null],
  ['EURUSD', 'GBP', 'USD', 100_000, 'FOREX', 'GBPUSD'],
  // Gold.
  ['XAUUSD', 'XAU', 'USD', 100, 'CFD_LEVERAGE', 'XAUUSD'],
  ['XAUUSD.', 'XAU', 'USD', 100, 'CFD', 'XAUUSD'],
  ['XAUUSDmicro', 'XAU', 'USD', 1, 'CFD', 'XAUUSD'],
  ['GOLD', 'GOLD', 'USD', 100, 'CFD', 'XAUUSD'],
  ['GOLD', 'USD', 'USD', 100, 'CFD', 'XAUUSD'],
  ['GOLDmicro', 'USD', 'USD', 1, 'CFD', 'XAUUSD'],
  ['#GOLD.m', 'USD', 'USD', 100, 'CFD', 'XAUUSD'],
  ['m.XAUUSD', 'USD', 'USD', 100, 'CFD', 'XAUUSD'],
  ['XAUUSDc', 'USC', 'USC', 100, 'CFD', 'XAUUSD'],
  ['GOLD', 'EUR', 'EUR', 100, 'CFD', null],
  ['XAUEUR', 'XAU', 'EUR', 100, 'CFD', null],
  ['GOLD_Z25', 'USD', 'USD', 100, 'CFD', null],
  ['GOLDFIELDS', 'USD', 'USD', 100, 'CFD', null],
  ['GOLD', 'USD', 'USD', 100, 'EXCH_FUTURES', null],
  ['BARRICKGOLD', 'USD', 'USD', 1, 'CFD', null],
  ['XAGUSD', 'XAG', 'USD', 5_000, 'CFD', null],
  // What is no pair at all.
  ['GER40', 'EUR', 'EUR', 1, 'CFD_INDEX', null],
  ['US500', 'USD', 'USD', 1, 'CFD_INDEX', null],
  ['EURONEXT.EUR', 'EUR', 'EUR', 1, 'EXCH_STOCKS', null],
  ['6EZ5', 'EUR', 'USD', 100_000, 'FUTURES', null],
  ['EURUSD_Z5', 'EUR', 'USD', 125_000, 'FUTURES', null],
  ['BTCUSD', 'BTC', 'USD', 1, 'CFD', null],
  ['USDTRY', 'USD', 'TRY', 100_000, 'FOREX', null],
];

describe('a broker’s symbol under the engine’s name', () => {
  for (const [brokerName, baseCurrency, profitCurrency, contractSize, calculationMode, symbol] of NAMES)
    it(`${brokerName}, ${baseCurrency} in ${profitCurrency}, ${contractSize} of ${calculationMode}: ${symbol ?? 'none'}`, () => {
      const record = { brokerName, baseCurrency, profitCurrency, contractSize, calculationMode };
      assert.equal(canonicalName(record), symbol);
    });
});

let numbered = 0;
function row(brokerName: string, symbol: string | null = 'EURUSD', details: AccountSymbolRow['details'] = {}): AccountSymbolRow {
  numbered += 1;
  const told = { tradeMode: 'FULL', contractSize: 100_000, ...details };
  return { accountId: 'account', symbolId: numbered, brokerName, symbol, details: told };
}

function chosen(rows: readonly AccountSymbolRow[], preferred?: Readonly<Record<string, string>>): string | undefined {
  return chosenSymbols(rows, preferred).get('EURUSD')?.brokerName;
}

describe('which of several symbols is traded', () => {
  it('the one whose trading is freest, whatever its name', () => {
    assert.equal(chosen([row('EURUSD', 'EURUSD', { tradeMode: 'CLOSE_ONLY' }), row('EURUSD.pro')]), 'EURUSD.pro');
    const modes = ['DISABLED', 'CLOSE_ONLY', 'SHORT_ONLY', 'LONG_ONLY', 'FULL'];
    const rows = modes.map((tradeMode) => row(`EURUSD.${tradeMode}`, 'EURUSD', { tradeMode }));
    for (let left = rows.length; left > 0; left--) assert.equal(chosen(rows.slice(0, left)), `EURUSD.${modes[left - 1]}`);
  });

  it('then the one of the engine’s own name, then the largest lot, then the shortest name, then by the alphabet', () => {
    assert.equal(chosen([row('EURUSD.pro'), row('EURUSD', 'EURUSD', { contractSize: 1_000 })]), 'EURUSD');
    assert.equal(chosen([row('EURUSDm', 'EURUSD', { contractSize: 1_000 }), row('EURUSD.pro')]), 'EURUSD.pro');
    assert.equal(chosen([row('EURUSD.pro'), row('EURUSD.m')]), 'EURUSD.m');
    assert.equal(chosen([row('EURUSD.m'), row('EURUSD.a')]), 'EURUSD.a');
  });

  it('the one that the settings name, where the broker has it', () => {
    const rows = [row('EURUSD'), row('EURUSD.pro'), row('GBPUSD.pro', 'GBPUSD')];
    assert.equal(chosen(rows, { EURUSD: 'EURUSD.pro' }), 'EURUSD.pro');
    assert.equal(chosen(rows, { EURUSD: 'EURUSD.gone' }), 'EURUSD');
    // Another thing is not traded because a setting says so.
    assert.equal(chosen(rows, { EURUSD: 'GBPUSD.pro' }), 'EURUSD');
  });

  it('the same one in whatever order the broker tells them', () => {
    const any = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('EURUSD', 'EURUSD.pro', 'EURUSD.m', 'mEURUSD', 'EURUSD_i', 'EURUSDmicro', '#EURUSD'),
        tradeMode: fc.constantFrom('FULL', 'FULL', 'CLOSE_ONLY', 'DISABLED'),
        contractSize: fc.constantFrom(100_000, 1_000),
      }),
      { selector: ({ name }) => name, minLength: 1 },
    );
    fc.assert(
      fc.property(any, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (drawn, chance) => {
        const rows = drawn.map(({ name, ...details }) => row(name, 'EURUSD', details));
        const mixed = rows
          .map((one) => [chance.next().value as number, one] as const)
          .sort(([a], [b]) => a - b)
          .map(([, one]) => one);
        assert.equal(chosen(mixed), chosen(rows));
      }),
      { numRuns: proofCount(500) },
    );
  });

  it('only its quotes are the symbol’s', () => {
    const book = new AccountBook();
    const [plain, pro] = [row('EURUSD'), row('EURUSD.pro')];
    assert.deepEqual(book.keepNames([pro]), [pro]);
    assert.deepEqual([book.nameOf(pro.symbolId), book.nameOf(plain.symbolId)], ['EURUSD', null]);
    // A better one comes on a later page: the first is named anew.
    assert.deepEqual(book.keepNames([plain]), [plain, pro]);
    assert.deepEqual([book.nameOf(pro.symbolId), book.nameOf(plain.symbolId)], [null, 'EURUSD']);
    const at = { ask: 1.2, brokerTimeMs: 0, tradeable: true, sessionOpen: true };
    const kept = book.keepQuotes(
      [
        { symbolId: pro.symbolId, bid: 1.11, ...at },
        { symbolId: plain.symbolId, bid: 1.1, ...at },
      ],
      1,
    );
    assert.deepEqual(kept, [{ symbol: 'EURUSD', bid: 1.1, ask: 1.2, brokerTimeMs: 0 }]);
  });

  it('no price below zero, crossed or of a closed market is a quote', () => {
    const book = new AccountBook();
    const plain = row('EURUSD');
    book.keepNames([plain]);
    const open = { symbolId: plain.symbolId, brokerTimeMs: 0, tradeable: true, sessionOpen: true };
    const told = [
      { ...open, bid: -1.1, ask: -1 },
      { ...open, bid: 0, ask: 1 },
      { ...open, bid: 1.2, ask: 1.1 },
      { ...open, bid: 1.1, ask: 1.2, tradeable: false },
    ];
    for (const quote of told) assert.deepEqual(book.keepQuotes([quote], 1), []);
    assert.equal(book.keepQuotes([{ ...open, bid: 1.1, ask: 1.2 }], 1).length, 1);
  });
});

describe('an account with two symbols of one kind', () => {
  it('is told which is traded, and its signals name that one', async () => {
    await using node = await TestNode.open();
    const account = await node.addAccount();
    const ea = await ScriptedEa.connect(node, account);
    ea.hello();
    await ea.wait('WELCOME');
    ea.symbols({ brokerName: 'EURUSD.pro' });
    await until(() => ea.calls('EURUSD.pro') === 'EURUSD', 'the only one has the name');
    ea.symbols({ brokerName: 'EURUSD' });
    await until(() => ea.calls('EURUSD') === 'EURUSD', 'the better one has it');
    await ea.settled();
    assert.equal(ea.calls('EURUSD.pro'), '');
    ea.state();
    await ea.settled();
    ea.quote(1.2, 1.2001, ea.symbolIdOf('EURUSD.pro'));
    ea.quote(1.1, 1.1001, ea.symbolIdOf('EURUSD'));
    await ea.settled();
    assert.ok(node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } }));
    const signal = await ea.wait('SIGNAL');
    assert.deepEqual([signal.brokerName, signal.entry], ['EURUSD', 1.1001]);
  });
});
