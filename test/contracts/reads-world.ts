/** Rows of every kind that people read: two tenants, four accounts, one signal with a whole life. */
import type { BalanceRow, RiskEventRow } from '../../src/storage/ledger/history.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import {
  accountId,
  deal,
  hello,
  madeOf,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
  transition,
  uuid,
} from './ledger-world.js';

export function balance(account: number, atMs: number, equity: number): BalanceRow {
  return {
    tenantId: account % 2 === 1 ? 'north' : 'south',
    accountId: accountId(account),
    atMs,
    balance: 1_000,
    equity,
    margin: 0,
    marginFree: equity,
    marginLevel: null,
    floatingProfit: 0,
    dailyProfit: 0,
    drawdownPercent: 0.5,
    openPositions: 0,
    pendingOrders: 0,
    highestEquity: 1_000,
    newestMovement: '0',
  };
}

function riskEvent(account: number, number: number, change: Partial<RiskEventRow> = {}): RiskEventRow {
  return {
    id: uuid(300 + account, number),
    tenantId: account % 2 === 1 ? 'north' : 'south',
    accountId: accountId(account),
    atMs: START_MS + number,
    kind: 'daily-loss',
    severity: 'warning',
    sentence: 'said',
    limitValue: -500,
    currentValue: -512.25,
    action: null,
    ...change,
  };
}

async function keep(ledger: Ledger, rows: readonly (BalanceRow | RiskEventRow)[]): Promise<void> {
  const placed = rows.map((row, at) =>
    'equity' in row
      ? ({ table: 'balances', place: at + 1, row } as const)
      : ({ table: 'riskEvents', place: at + 1, row } as const),
  );
  await ledger.storeHistory({ writer: uuid(9, 1), atMs: START_MS, rows: placed });
}

/** Two decisions for each of four accounts, one account's executed and closed, refusals, and what EAs told. */
export async function readWorld(ledger: Ledger): Promise<void> {
  await settle(ledger, 4);
  await ledger.claim(hello(1));
  await ledger.commit([
    madeOf(raise(1, 1, {}, 1), '{"made":"of"}'),
    raise(2, 1),
    raise(3, 1, { symbol: 'USDJPY' }),
    raise(4, 1),
    raise(1, 2, { symbol: 'USDJPY' }, 1),
    raise(2, 2),
    raise(3, 2),
    refuse(1, 1, { symbol: 'USDJPY' }, 1),
    refuse(2, 1),
    refuse(3, 1, { reason: 'spread' }),
    refuse(3, 2),
    refuse(3, 2, { direction: 'SELL' }),
  ]);
  const signal = newSignal(1, 1);
  await ledger.commit([
    result(signal, 'EXECUTED', {}, 1),
    result(newSignal(2, 1), 'REJECTED', { doneAt: START_MS + 400 }),
    deal(1, '7', 'IN', 0.3, signal.id, {}, 1),
    deal(1, '18446744073709551614', 'OUT', 0.3, signal.id, { brokerTime: START_MS + 9_000 }, 1),
    deal(1, '10', 'IN', 0.1, null, { symbol: 'GBPUSD' }, 1),
    deal(2, '8', 'IN', 0.1, null),
  ]);
  await ledger.commit([
    raise(1, 3, { kind: 'CLOSE', targetId: signal.id, id: uuid(101, 30) }, 1),
    transition(newSignal(1, 2), ['SENT'], 'UNKNOWN', { epoch: 1 }),
  ]);
  await ledger.anchorAudit(START_MS + 1);
  await keep(ledger, [
    riskEvent(1, 1),
    riskEvent(1, 2, { severity: 'critical', kind: 'drawdown' }),
    riskEvent(2, 3),
    riskEvent(3, 3),
    ...[0, 10, 40, 90, 99].map((at) => balance(1, START_MS + at, 1_000 + at)),
    balance(2, START_MS + 50, 77),
  ]);
}
