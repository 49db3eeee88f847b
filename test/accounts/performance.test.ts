import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClosedTrade, type DayPerformance, netOf, PerformanceBook, tradeOutcome } from '../../src/accounts/performance.js';
import { seededRandom } from '../../src/runtime/random.js';
import { freshSeed, proofCount } from '../support/price-paths.js';

const DAY_MS = 86_400_000;
const DAY = Date.UTC(2026, 0, 5);

function trade(tradeId: string, profit: number, change: Partial<ClosedTrade> = {}): ClosedTrade {
  const of = { tenantId: 'acme', accountId: 'one', symbol: 'EURUSD', strategy: 's' };
  return { ...of, tradeId, openedAt: DAY, time: DAY + 60_000, pips: profit / 10, profit, commission: 0, swap: 0, ...change };
}

function last(trades: readonly ClosedTrade[]): DayPerformance | undefined {
  const book = new PerformanceBook();
  let told: DayPerformance | undefined;
  for (const one of trades) told = book.closed(one) ?? told;
  return told;
}

describe('trading performance', () => {
  it('of four trades, by hand', () => {
    // Money: +30, −10, −15, +20: sum 25; running 30, 20, 5, 25: peak 30, deepest fall 25. Won 50, lost 25: factor 2.
    // Mean 6.25; squares 23.75² + 16.25² + 21.25² + 13.75² = 1468.75; deviation √(1468.75 / 3).
    const figures = last([
      trade('a', 32, { commission: -1.5, swap: -0.5, time: DAY + 10 * 60_000 }),
      trade('b', -10, { time: DAY + 20 * 60_000 }),
      trade('c', -15, { time: DAY + 30 * 60_000 }),
      trade('d', 20, { time: DAY + 60 * 60_000 }),
    ]);
    assert.deepEqual(figures, {
      tenantId: 'acme',
      accountId: 'one',
      symbol: 'EURUSD',
      strategy: 's',
      time: DAY,
      totalTrades: 4,
      wins: 2,
      losses: 2,
      winRate: 0.5,
      totalPips: 2.7,
      totalProfit: 25,
      averageProfit: 6.25,
      maxDrawdown: 25,
      sharpeRatio: 6.25 / Math.sqrt(1468.75 / 3),
      profitFactor: 2,
      averageHoldMinutes: 30,
    });
  });

  it('a first loss is a drawdown from the day’s start; one trade has no Sharpe ratio; no loss has no profit factor', () => {
    const lost = last([trade('a', -7)]);
    assert.deepEqual([lost?.maxDrawdown, lost?.sharpeRatio, lost?.profitFactor], [7, null, 0]);
    const won = last([trade('a', 7), trade('b', 7)]);
    assert.deepEqual([won?.maxDrawdown, won?.sharpeRatio, won?.profitFactor], [0, null, null]);
  });

  it('what costs took decides who won', () => {
    assert.deepEqual([5, -5, 0].map(tradeOutcome), ['WIN', 'LOSS', 'BREAKEVEN']);
    const figures = last([trade('a', 5, { commission: -6 }), trade('b', 2, { swap: -2 })]);
    assert.deepEqual([figures?.wins, figures?.losses, figures?.totalTrades, figures?.winRate], [0, 1, 2, 0]);
  });

  it('accounts, symbols, strategies and days are apart, and a trade told twice counts once', () => {
    const book = new PerformanceBook();
    assert.equal(book.closed(trade('a', 1))?.totalTrades, 1);
    assert.equal(book.closed(trade('a', 1)), undefined);
    const apart = [{ tenantId: 'x' }, { accountId: 'x' }, { symbol: 'x' }, { strategy: 'x' }, { time: DAY + DAY_MS }];
    for (const change of apart) assert.equal(book.closed(trade('a', 1, change))?.totalTrades, 1);
    assert.equal(book.closed(trade('b', 1))?.totalTrades, 2);
    assert.equal(book.closed(trade('b', 1, { time: DAY + 2 * DAY_MS }))?.totalTrades, 1);
    // The first day is closed now; the second still counts on.
    assert.equal(book.closed(trade('c', 1)), undefined);
    assert.equal(book.closed(trade('c', 1, { time: DAY + 2 * DAY_MS - 1 }))?.totalTrades, 2);
  });

  it('each telling is what all its trades together come to, counted anew', () => {
    const seed = freshSeed();
    for (let round = 0; round < proofCount(500); round++) {
      const random = seededRandom(`${seed}/${round}`);
      const book = new PerformanceBook();
      const nets: number[] = [];
      for (let at = 0; at < 1 + random.int(40); at++) {
        const one = trade(String(at), Math.round(1_000 * random.normal()) / 100, { commission: -random.int(3) });
        nets.push(netOf(one));
        const told = book.closed(one) as DayPerformance;
        const sum = nets.reduce((a, b) => a + b, 0);
        const mean = sum / nets.length;
        const deviation = Math.sqrt(nets.reduce((a, b) => a + (b - mean) ** 2, 0) / (nets.length - 1));
        const running = nets.map((_, to) => nets.slice(0, to + 1).reduce((a, b) => a + b, 0));
        const falls = running.map((level, to) => Math.max(0, ...running.slice(0, to)) - level);
        const message = `SUHO_TEST_SEED=${seed}, round ${round}`;
        assert.ok(Math.abs(told.totalProfit - sum) < 1e-9, message);
        assert.ok(Math.abs(told.maxDrawdown - Math.max(0, ...falls)) < 1e-9, message);
        if (nets.length > 1 && deviation > 1e-9)
          assert.ok(
            Math.abs((told.sharpeRatio as number) - mean / deviation) < 1e-9 * Math.max(1, Math.abs(mean / deviation)),
            message,
          );
        assert.deepEqual([told.wins, told.losses], [nets.filter((net) => net > 0).length, nets.filter((net) => net < 0).length]);
      }
    }
  });
});
