import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LossCause, lossBeyondPlan, lossEventOf } from '../../src/accounts/loss-beyond-plan.js';
import type { DealRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { deal, newSignal } from '../contracts/ledger-world.js';

/** A lot bought in 1.1000–1.1004 with its stop at 1.0980: 240 points of a dollar, and 6 of commission. */
const SIGNAL: SignalRow = {
  ...newSignal(1, 1, { volume: 1, entry: 1.1002, entryLow: 1.1, entryHigh: 1.1004, stopLoss: 1.098, plannedLoss: 246 }),
  ...{ seq: 1, reason: null, filledVolume: 1, remainingVolume: 0, fillPrice: 1.1004, updatedAt: 1 },
};

function closed(inPrice: number, outPrice: number, change: Partial<DealRow> = {}, signal: Partial<SignalRow> = {}) {
  const row = (ticket: string, entry: 'IN' | 'OUT', more: Partial<DealRow>): DealRow => {
    const op = deal(1, ticket, entry, 1, SIGNAL.id, { commission: -3, swap: 0, reason: 'sl', ...more });
    return (op as Extract<typeof op, { kind: 'deal' }>).deal;
  };
  const sign = (signal.direction ?? 'BUY') === 'BUY' ? 1 : -1;
  const profit = Number((sign * (outPrice - inPrice) * 100_000).toFixed(2));
  return {
    signal: { ...SIGNAL, ...signal },
    deals: [row('1', 'IN', { price: inPrice, profit: 0 }), row('2', 'OUT', { price: outPrice, profit, ...change })],
  };
}

function causeOf(rows: ReturnType<typeof closed>): LossCause | undefined {
  return lossBeyondPlan(rows)?.cause;
}

describe('a loss beyond its plan', () => {
  it('is none where the fill was in its range and the close at the stop', () => {
    assert.equal(lossBeyondPlan(closed(1.1004, 1.098)), undefined);
    assert.equal(lossBeyondPlan(closed(1.1, 1.098)), undefined);
    assert.equal(lossBeyondPlan(closed(1.1, 1.11)), undefined, 'a gain');
    assert.equal(lossBeyondPlan(closed(1.1, 1.09, {}, { plannedLoss: 0 })), undefined, 'without a plan');
  });

  it('comes of a price that jumped the stop', () => {
    const found = lossBeyondPlan(closed(1.1004, 1.097));
    assert.equal(found?.cause, 'closed-beyond-stop');
    assert.ok(Math.abs((found?.actual ?? 0) - 346) < 1e-6 && found?.planned === 246);
    assert.ok(Math.abs((found?.shares['closed-beyond-stop'] ?? 0) - 100) < 1e-6);
    const event = found && lossEventOf(found);
    assert.deepEqual([event?.kind, event?.limitValue, event?.action], ['loss-beyond-plan', 246, 'closed-beyond-stop']);
  });

  it('comes of a fill outside the range', () => {
    assert.equal(causeOf(closed(1.1012, 1.098)), 'fill-outside-range');
  });

  it('comes of costs, where those were not in the plan', () => {
    assert.equal(causeOf(closed(1.1004, 1.098, { commission: -30 })), 'costs');
    assert.equal(causeOf(closed(1.1004, 1.098, { swap: -12 })), 'costs');
  });

  it('comes of a currency that was worth something else by then', () => {
    assert.equal(causeOf(closed(1.1004, 1.098, { profit: -260 })), 'exchange-rate');
  });

  it('is told of a sale alike', () => {
    const sold = { direction: 'SELL', entryLow: 1.1, entryHigh: 1.1004, stopLoss: 1.1024 } as const;
    assert.equal(causeOf(closed(1.1, 1.1024, {}, sold)), undefined);
    assert.equal(causeOf(closed(1.1, 1.1034, {}, sold)), 'closed-beyond-stop');
    assert.equal(causeOf(closed(1.099, 1.1024, {}, sold)), 'fill-outside-range');
  });
});
