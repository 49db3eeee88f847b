import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BalanceTrail } from '../../src/accounts/balance-trail.js';
import type {
  DealRecord,
  FinanceMessage,
  HistoryMessage,
  OrderRecord,
  PositionRecord,
  SnapshotMessage,
  TradeMessage,
} from '../../src/protocol/messages.js';
import { NIL_ID } from '../../src/protocol/messages.js';

const OWNER = { tenantId: 'north', accountId: '00000001-0000-7000-8000-000000000001' };

function finance(change: Partial<FinanceMessage> = {}): FinanceMessage {
  return { kind: 'FINANCE', balance: 1_000, equity: 1_000, margin: 0, freeMargin: 1_000, floating: 0, dayProfit: 0, ...change };
}

function snapshot(change: Partial<SnapshotMessage>): SnapshotMessage {
  const page = { query: 1, page: 0, last: true, completeness: 'COMPLETE', commandId: NIL_ID, brokerTimeMs: 0 } as const;
  return { kind: 'SNAPSHOT', ...page, positions: [], orders: [], ...change };
}

const positions = (...tickets: readonly bigint[]) => tickets.map((position) => ({ position }) as PositionRecord);
const orders = (...tickets: readonly bigint[]) => tickets.map((order) => ({ order }) as OrderRecord);

function trade(change: Partial<TradeMessage>): TradeMessage {
  const money = { volume: 0.1, remaining: 0, price: 1, stopLoss: 0, takeProfit: 0, profit: 0, commission: 0, swap: 0 };
  const tickets = {
    deal: 0n,
    order: 0n,
    position: 0n,
    signalId: NIL_ID,
    symbolId: 1,
    magic: 0n,
    brokerTimeMs: 0,
    symbol: 'EURUSD',
  };
  return { kind: 'TRADE', tradeKind: 'DEAL', entry: 'IN', side: 'BUY', reason: 'CLIENT', ...tickets, ...money, ...change };
}

function deposit(deal: bigint, profit: number): DealRecord {
  const { kind: _, remaining: __, ...told } = trade({ tradeKind: 'BALANCE', deal, profit });
  return { ...told, comment: '' };
}

function history(...deals: readonly DealRecord[]): HistoryMessage {
  const page = { query: 1, page: 0, last: true, completeness: 'COMPLETE', commandId: NIL_ID, fromMs: 0, toMs: 1 } as const;
  return { kind: 'HISTORY', ...page, deals, orders: [] };
}

function begun(): BalanceTrail {
  const trail = new BalanceTrail(OWNER, undefined);
  trail.beginSession();
  return trail;
}

describe('the trail of an account’s money', () => {
  it('has a row at the first telling, each half minute, and whenever the balance changes', () => {
    const trail = begun();
    const due = (atMs: number, change: Partial<FinanceMessage> = {}): boolean => trail.tell(finance(change), atMs) !== undefined;
    assert.ok(due(0));
    assert.ok(!due(29_999, { equity: 990 }));
    assert.ok(due(30_000));
    assert.ok(due(30_001, { balance: 999 }));
    assert.ok(!due(60_000, { balance: 999 }));
    assert.ok(due(60_001, { balance: 999 }));
  });

  it('a row tells what the EA told, the margin level where there is margin, and the day’s profit', () => {
    const trail = begun();
    const told = finance({ balance: 1_000, equity: 1_100, margin: 200, freeMargin: 900, floating: 100, dayProfit: -5 });
    assert.deepEqual(trail.tell(told, 7), {
      ...OWNER,
      atMs: 7,
      balance: 1_000,
      equity: 1_100,
      margin: 200,
      marginFree: 900,
      marginLevel: 550,
      floatingProfit: 100,
      dailyProfit: -5,
      drawdownPercent: 0,
      openPositions: 0,
      pendingOrders: 0,
      highestEquity: 1_100,
      newestMovement: '0',
    });
    assert.equal(trail.tell(finance(), 60_000)?.marginLevel, null);
  });

  it('goes on from the newest row that was kept', () => {
    const kept = begun().tell(finance({ equity: 2_000 }), 0);
    assert.ok(kept);
    const trail = new BalanceTrail(OWNER, { ...kept, newestMovement: '5' });
    trail.beginSession();
    assert.equal(trail.tell(finance({ equity: 1_500 }), 60_000)?.drawdownPercent, 25);
    const old = { ...kept, highestEquity: null, newestMovement: null };
    assert.equal(new BalanceTrail(OWNER, old).tell(finance({ equity: 1_500 }), 0)?.highestEquity, 2_000);
  });

  it('of a node that ended before the first deposit was told makes no drawdown on the next node', () => {
    const first = begun().tell(finance(), 0);
    assert.ok(first !== undefined);
    const next = new BalanceTrail(OWNER, first);
    next.beginSession();
    next.tell(finance(), 1_000);
    next.tell(history(deposit(5n, 1_000)), 1_001);
    assert.equal(next.drawdownPercent, 0);
    const kept = next.tell(finance(), 1_002);
    assert.deepEqual([kept?.highestEquity, kept?.newestMovement], [1_000, '5'], 'and it is kept with the next money');
  });

  it('counts positions and orders by a whole snapshot and by what changes after it', () => {
    const trail = begun();
    let atMs = 0;
    const counts = (): readonly (number | undefined)[] => {
      atMs += 30_000;
      const row = trail.tell(finance(), atMs);
      return [row?.openPositions, row?.pendingOrders];
    };
    trail.tell(snapshot({ last: false, positions: positions(1n, 2n) }), 0);
    assert.deepEqual(counts(), [0, 0]);
    trail.tell(snapshot({ page: 1, positions: positions(3n), orders: orders(9n) }), 0);
    assert.deepEqual(counts(), [3, 1]);
    trail.tell(trade({ deal: 50n, position: 2n, entry: 'OUT', remaining: 0 }), 0);
    trail.tell(trade({ deal: 51n, position: 3n, entry: 'OUT', remaining: 0.05 }), 0);
    trail.tell(trade({ deal: 52n, position: 4n, remaining: 0.1 }), 0);
    trail.tell(trade({ tradeKind: 'ORDER', entry: 'NONE', order: 9n }), 0);
    trail.tell(trade({ tradeKind: 'ORDER', entry: 'NONE', order: 10n, remaining: 1 }), 0);
    assert.deepEqual(counts(), [3, 1]);
    trail.tell(snapshot({ completeness: 'UNKNOWN' }), 0);
    assert.deepEqual(counts(), [3, 1]);
    trail.tell(snapshot({}), 0);
    assert.deepEqual(counts(), [0, 0]);
  });
});
