import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EngineTime, Reconciliation, SETTLED_AFTER_MS, SYNCHRONISED_FOR_MS } from '../../src/accounts/reconciliation.js';
import { foundExecution } from '../../src/accounts/reports.js';
import { type HistoryMessage, NIL_ID } from '../../src/protocol/messages.js';
import type { DealRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { newSignal } from '../contracts/ledger-world.js';

const ROW: SignalRow = {
  ...newSignal(1, 1),
  seq: 1,
  state: 'UNKNOWN',
  reason: null,
  filledVolume: 0,
  remainingVolume: 0,
  fillPrice: 0,
  updatedAt: 0,
};
const OWNER = { accountId: ROW.accountId, tenantId: ROW.tenantId };

function page(number: number, last: boolean): HistoryMessage {
  const range = { fromMs: 0, toMs: 1, commandId: NIL_ID, orders: [], deals: [] };
  return { kind: 'HISTORY', query: 1, page: number, last, completeness: 'COMPLETE', ...range };
}

/** A clock that was set forward by so much. */
function clockAt(steadyMs: number, aheadMs = 0): EngineTime {
  return { nowMs: () => ROW.validUntil + steadyMs + aheadMs, steadyMs: () => steadyMs };
}

/** A terminal in step with its broker since long ago, and a signal that is unknown since the time that it was for is over. */
function unsettled(): Reconciliation {
  const reconciliation = new Reconciliation();
  assert.equal(reconciliation.due([ROW], clockAt(0), -SYNCHRONISED_FOR_MS), undefined);
  return reconciliation;
}

/** Looks begin a synchronised minute after one another. */
function look(reconciliation: Reconciliation, number: number): void {
  assert.ok(reconciliation.due([ROW], clockAt(number * SETTLED_AFTER_MS), -SYNCHRONISED_FOR_MS), `look ${number} is due`);
}

test('a signal that no page of two whole looks knows is missing', () => {
  const reconciliation = unsettled();
  look(reconciliation, 1);
  assert.deepEqual(reconciliation.page(page(0, true), [ROW], []), []);
  look(reconciliation, 2);
  assert.deepEqual(reconciliation.page(page(0, false), [ROW], []), []);
  assert.deepEqual(reconciliation.page(page(1, true), [ROW], []), [ROW]);
});

test('a signal found on any page is never missing in that look, though the ledger has not stored it yet', () => {
  const reconciliation = unsettled();
  look(reconciliation, 1);
  assert.deepEqual(reconciliation.page(page(0, true), [ROW], []), []);
  look(reconciliation, 2);
  assert.deepEqual(reconciliation.page(page(0, false), [ROW], [ROW.id]), []);
  assert.deepEqual(reconciliation.page(page(1, true), [ROW], []), []);
});

test('a signal that was missing once and has been settled otherwise is not kept in mind', () => {
  const reconciliation = unsettled();
  look(reconciliation, 1);
  reconciliation.page(page(0, true), [ROW], []);
  assert.equal(reconciliation.doubts, 1);
  assert.equal(reconciliation.due([{ ...ROW, state: 'REJECTED' }], clockAt(10 * SETTLED_AFTER_MS), 0), undefined);
  assert.equal(reconciliation.doubts, 0);
});

test('a clock that is set forward makes nothing due sooner: neither by the signal’s time, nor by how long the terminal is in step', () => {
  const aheadMs = 12 * 60_000;
  for (const synchronisedSinceMs of [-SYNCHRONISED_FOR_MS, 0]) {
    const reconciliation = new Reconciliation();
    for (let steadyMs = 0; steadyMs < SETTLED_AFTER_MS; steadyMs += 5_000) {
      const clock = clockAt(steadyMs, aheadMs);
      assert.equal(reconciliation.due([ROW], clock, synchronisedSinceMs), undefined, `after ${steadyMs} ms`);
      assert.ok(!reconciliation.isOver(ROW, clock));
    }
    const clock = clockAt(SETTLED_AFTER_MS, aheadMs);
    assert.ok(reconciliation.isOver(ROW, clock));
    assert.ok(reconciliation.due([ROW], clock, synchronisedSinceMs));
  }
  const restored = new Reconciliation();
  const owedFromMs = ROW.validUntil - 86_400_000;
  assert.equal(restored.due([], clockAt(SYNCHRONISED_FOR_MS - 1, aheadMs), 0, owedFromMs), undefined);
  assert.ok(restored.due([], clockAt(SYNCHRONISED_FOR_MS, aheadMs), 0, owedFromMs));
});

test('looks that count are a minute apart; one that the terminal could not answer is begun again at once', () => {
  const reconciliation = unsettled();
  const isDue = (steadyMs: number): boolean => reconciliation.due([ROW], clockAt(steadyMs), -SYNCHRONISED_FOR_MS) !== undefined;
  assert.ok(isDue(SETTLED_AFTER_MS));
  assert.deepEqual(reconciliation.page({ ...page(0, true), completeness: 'UNKNOWN' }, [ROW], []), []);
  assert.ok(isDue(SETTLED_AFTER_MS + 5_000));
  assert.deepEqual(reconciliation.page(page(0, true), [ROW], []), []);
  assert.ok(!isDue(SETTLED_AFTER_MS + 64_999));
  assert.ok(isDue(SETTLED_AFTER_MS + 65_000));
  assert.deepEqual(reconciliation.page(page(0, true), [ROW], []), [ROW]);
});

test('a look that is lost is begun again after a minute, also where the clock was set back meanwhile', () => {
  const reconciliation = unsettled();
  look(reconciliation, 1);
  const synchronisedSinceMs = -SYNCHRONISED_FOR_MS;
  assert.equal(reconciliation.due([ROW], clockAt(2 * SETTLED_AFTER_MS - 1), synchronisedSinceMs), undefined);
  const late = { ...ROW, validUntil: ROW.validUntil - 60 * 60_000 };
  assert.ok(reconciliation.due([late], clockAt(2 * SETTLED_AFTER_MS, -20 * 60_000), synchronisedSinceMs));
});

test('a fill in parts that the history tells is one execution of the whole volume at its mean price', () => {
  const deal = (ticket: string, change: Partial<DealRow>): DealRow => ({
    ...OWNER,
    deal: ticket,
    order: '7',
    position: '9',
    signalId: ROW.id,
    symbol: ROW.symbol,
    entry: 'IN',
    direction: 'BUY',
    volume: 0.1,
    price: 1,
    profit: 0,
    commission: 0,
    swap: 0,
    reason: 'EXPERT',
    magic: '1',
    brokerTime: 5,
    ...change,
  });
  const deals = [deal('1', {}), deal('2', { volume: 0.3, price: 2 }), deal('3', { entry: 'OUT' }), deal('4', { signalId: null })];
  const execution = foundExecution(OWNER, ROW, deals);
  assert.ok(execution !== undefined);
  assert.deepEqual([execution.outcome, execution.position, execution.deals], ['EXECUTED', '9', ['1', '2']]);
  assert.ok(Math.abs(execution.filledVolume - 0.4) < 1e-12);
  assert.ok(Math.abs(execution.price - 1.75) < 1e-12);
  assert.equal(foundExecution(OWNER, ROW, [deal('3', { entry: 'OUT' })]), undefined);
});
