import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resultsOf, type StatedAccount, statementOf, type Totals } from '../../src/accounts/statement.js';
import type { ClosedTradeRows, DealRow } from '../../src/storage/ledger/ledger.js';
import { deal, newSignal, START_MS } from '../contracts/ledger-world.js';
import { proofCount } from '../support/price-paths.js';

const HOUR_MS = 3_600_000;
const SPAN = { fromMs: START_MS, toMs: START_MS + 40 * HOUR_MS };
const ACCOUNTS: readonly StatedAccount[] = [
  { id: 'a', tenantId: 'north', login: 1, server: 'One', currency: 'USD' },
  { id: 'b', tenantId: 'north', login: 2, server: 'Two', currency: 'USD' },
  { id: 'c', tenantId: 'north', login: 3, server: 'Two', currency: 'JPY' },
];

interface Drawn {
  readonly account: number;
  readonly symbol: string;
  /** Hours after the span begins: some opened before it, some closed after. */
  readonly opened: number;
  readonly held: number;
  /** Each a closing deal: money in cents. */
  readonly parts: readonly { readonly profit: number; readonly commission: number; readonly swap: number }[];
}

const cents = fc.integer({ min: -5_000, max: 5_000 }).map((value) => value / 100);
const drawn: fc.Arbitrary<Drawn> = fc.record({
  account: fc.nat(2),
  symbol: fc.constantFrom('EURUSD', 'USDJPY', 'GBPUSD'),
  opened: fc.integer({ min: -20, max: 45 }),
  held: fc.integer({ min: 1, max: 30 }),
  parts: fc.array(fc.record({ profit: cents, commission: cents, swap: cents }), { minLength: 1, maxLength: 3 }),
});

function dealOf(change: Partial<DealRow>, entry: DealRow['entry']): DealRow {
  const op = deal(1, '1', entry, 0.1, 's', { commission: 0, ...change });
  if (op.kind !== 'deal') throw new Error('a deal');
  return op.deal;
}

function rowsOf({ symbol, opened, held, parts }: Drawn, at: number): ClosedTradeRows {
  const base = newSignal(1, at + 1, { symbol });
  const told = { seq: at, reason: null, filledVolume: 1, remainingVolume: 0, fillPrice: 1, updatedAt: START_MS };
  const brokerTime = START_MS + opened * HOUR_MS;
  const closing = parts.map((money) => dealOf({ symbol, brokerTime: brokerTime + held * HOUR_MS, ...money }, 'OUT'));
  return { signal: { ...base, ...told, state: 'CLOSED' }, deals: [dealOf({ symbol, brokerTime }, 'IN'), ...closing] };
}

const near = (a: number, b: number, what: string): void => assert.ok(Math.abs(a - b) < 1e-6, `${what}: ${a} is not ${b}`);

/** What deals came to, straight from what was drawn. */
function bruteNet(all: readonly Drawn[]): number {
  return all.flatMap(({ parts }) => parts).reduce((sum, { profit, commission, swap }) => sum + profit + commission + swap, 0);
}

function checkTotals(totals: Totals, all: readonly Drawn[], what: string): void {
  const nets = all.map((one) => bruteNet([one]));
  near(totals.net, bruteNet(all), `${what}, net`);
  near(totals.profit + totals.commission + totals.swap, totals.net, `${what}, parts`);
  assert.equal(totals.trades, all.length, what);
  assert.ok(
    Math.abs(totals.wins - nets.filter((net) => net > 0).length) <= nets.filter((net) => Math.abs(net) < 1e-9).length,
    what,
  );
  const won = nets.filter((net) => net > 0).reduce((sum, net) => sum + net, 0);
  const lost = nets.filter((net) => net < 0).reduce((sum, net) => sum - net, 0);
  if (lost > 1e-6) near(totals.profitFactor ?? Number.NaN, won / lost, `${what}, profit factor`);
}

describe('statements and results', () => {
  it('are what their deals come to, by account, symbol, hour and broker, however trades lie to the span', () => {
    const property = fc.property(fc.array(drawn, { maxLength: 25 }), (trades) => {
      const within = ({ opened, held }: Drawn): boolean => opened + held >= 0 && opened + held < 40;
      const statements = ACCOUNTS.map((account, owner) => {
        const own = trades.flatMap((one, at) => (one.account === owner ? [{ ...rowsOf(one, at) }] : []));
        const rows = own.map(({ signal, deals }) => ({ signal: { ...signal, accountId: account.id }, deals }));
        return statementOf(account, rows, SPAN);
      });
      statements.forEach(({ totals, trades: stated, curve }, owner) => {
        const own = trades.filter((one) => one.account === owner && within(one));
        checkTotals(totals, own, `account ${owner}`);
        assert.deepEqual(
          stated.map(({ time }) => time),
          stated.map(({ time }) => time).sort((a, b) => a - b),
        );
        if (own.length > 0) near(curve.at(-1)?.net ?? Number.NaN, totals.net, 'where the curve ends');
        // Every pair of a high and what came after it, the start among the highs.
        const points = [0, ...curve.map(({ net }) => net)];
        const falls = points.flatMap((high, from) => points.slice(from).map((low) => high - low));
        near(totals.drawdown, Math.max(0, ...falls), 'drawdown');
      });
      for (const { currency, totals, bySymbol, byHour, byBroker } of resultsOf(statements)) {
        const own = trades.filter((one) => ACCOUNTS[one.account]?.currency === currency && within(one));
        checkTotals(totals, own, currency);
        const groups: readonly (readonly [typeof bySymbol, (one: Drawn) => string])[] = [
          [bySymbol, ({ symbol }) => symbol],
          [byHour, ({ opened }) => new Date(START_MS + opened * HOUR_MS).toISOString().slice(11, 13)],
          [byBroker, ({ account }) => ACCOUNTS[account]?.server ?? ''],
        ];
        for (const [grouped, keyOf] of groups) {
          assert.deepEqual(
            grouped.map(({ key }) => key),
            [...new Set(own.map(keyOf))].sort(),
          );
          for (const { key, totals: part } of grouped)
            checkTotals(
              part,
              own.filter((one) => keyOf(one) === key),
              key,
            );
        }
      }
    });
    fc.assert(property, { numRuns: proofCount(500) });
  });

  it('a trade whose deals do not show both ends is counted as such, and in no sum', () => {
    const [account] = ACCOUNTS;
    const whole = rowsOf({ account: 0, symbol: 'EURUSD', opened: 1, held: 1, parts: [{ profit: 5, commission: 0, swap: 0 }] }, 1);
    const half = { ...whole, deals: whole.deals.filter(({ entry }) => entry === 'IN') };
    const { totals, incomplete } = statementOf(account as StatedAccount, [whole, half], SPAN);
    assert.deepEqual([totals.trades, totals.net, incomplete], [1, 5, 1]);
  });
});
