import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pipsBetween, tradeFigures } from '../../src/accounts/closed-trade.js';
import type { DealRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { deal, newSignal, START_MS } from '../contracts/ledger-world.js';

const OFFSET_MS = 7_200_000;

function deals(
  ...parts: readonly [entry: DealRow['entry'], volume: number, price: number, change?: Partial<DealRow>][]
): DealRow[] {
  return parts.map(([entry, volume, price, change], at) => {
    const op = deal(1, String(at + 1), entry, volume, newSignal(1, 1).id, { price, profit: 0, commission: 0, ...change });
    if (op.kind !== 'deal') throw new Error('a deal');
    return op.deal;
  });
}

function signal(change: Partial<SignalRow> = {}): SignalRow {
  const told = { seq: 1, reason: null, filledVolume: 0.3, remainingVolume: 0, fillPrice: 1.1, updatedAt: START_MS };
  return { ...newSignal(1, 1), ...told, state: 'CLOSED', ...change };
}

describe('the figures of a closed trade', () => {
  it('opened in two parts and closed in two, by hand', () => {
    // Entry (0.1 × 1.1000 + 0.2 × 1.1003) / 0.3 = 1.1002; exit (0.2 × 1.1012 + 0.1 × 1.0994) / 0.3 = 1.1006: 4 pips.
    // Money: 20 − 6 profit, −0.7 twice, −0.3 swap: 12.3.
    const figures = tradeFigures(
      {
        signal: signal(),
        deals: deals(
          ['IN', 0.1, 1.1, { brokerTime: START_MS + OFFSET_MS, commission: -0.7 }],
          ['IN', 0.2, 1.1003, { brokerTime: START_MS + OFFSET_MS + 500, commission: -0.7 }],
          ['OUT', 0.2, 1.1012, { brokerTime: START_MS + OFFSET_MS + 60_000, profit: 20 }],
          ['OUT', 0.1, 1.0994, { brokerTime: START_MS + OFFSET_MS + 90_000, profit: -6, swap: -0.3, reason: 'sl' }],
        ),
      },
      OFFSET_MS,
    );
    assert.ok(figures);
    const { entryPrice, exitPrice, pips, volume, ...rest } = figures;
    for (const [value, expected] of [
      [entryPrice, 1.1002],
      [exitPrice, 1.1006],
      [pips, 4],
      [volume, 0.3],
    ] as const)
      assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);
    assert.deepEqual(rest, {
      tenantId: 'north',
      accountId: signal().accountId,
      tradeId: signal().id,
      symbol: 'EURUSD',
      strategy: 'default-1',
      direction: 'BUY',
      openedAt: START_MS,
      time: START_MS + 90_000,
      profit: 14,
      commission: -1.4,
      swap: -0.3,
      outcome: 'WIN',
      reason: 'sl',
    });
  });

  it('a sale gains where the price falls, and a yen pair counts in hundredths', () => {
    assert.ok(Math.abs(pipsBetween('EURUSD', 'SELL', 1.1, 1.099) - 10) < 1e-9);
    assert.ok(Math.abs(pipsBetween('USDJPY', 'BUY', 150, 149.85) + 15) < 1e-9);
  });

  it('costs may turn a gain into a loss', () => {
    const lost = tradeFigures(
      { signal: signal(), deals: deals(['IN', 1, 1.1], ['OUT', 1, 1.1001, { profit: 10, commission: -12 }]) },
      0,
    );
    assert.equal(lost?.outcome, 'LOSS');
  });

  it('is none while the deals do not show both ends', () => {
    assert.equal(tradeFigures({ signal: signal(), deals: deals(['OUT', 1, 1.1]) }, 0), undefined);
    assert.equal(tradeFigures({ signal: signal(), deals: deals(['IN', 1, 1.1]) }, 0), undefined);
  });
});
