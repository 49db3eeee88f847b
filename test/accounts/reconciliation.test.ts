import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reconciliation, SYNCHRONISED_FOR_MS } from '../../src/accounts/reconciliation.js';
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

/** Looks begin a synchronised minute after one another, past the signal's validity. */
function look(reconciliation: Reconciliation, number: number): void {
  const nowMs = ROW.validUntil + number * 2 * SYNCHRONISED_FOR_MS;
  assert.ok(reconciliation.due([ROW], nowMs, nowMs - SYNCHRONISED_FOR_MS), `look ${number} is due`);
}

test('a signal that no page of two whole looks knows is missing', () => {
  const reconciliation = new Reconciliation();
  look(reconciliation, 1);
  assert.deepEqual(reconciliation.page(page(0, true), [ROW], []), []);
  look(reconciliation, 2);
  assert.deepEqual(reconciliation.page(page(0, false), [ROW], []), []);
  assert.deepEqual(reconciliation.page(page(1, true), [ROW], []), [ROW]);
});

test('a signal found on any page is never missing in that look, though the ledger has not stored it yet', () => {
  const reconciliation = new Reconciliation();
  look(reconciliation, 1);
  assert.deepEqual(reconciliation.page(page(0, true), [ROW], []), []);
  look(reconciliation, 2);
  assert.deepEqual(reconciliation.page(page(0, false), [ROW], [ROW.id]), []);
  assert.deepEqual(reconciliation.page(page(1, true), [ROW], []), []);
});

test('a signal that was missing once and has been settled otherwise is not kept in mind', () => {
  const reconciliation = new Reconciliation();
  look(reconciliation, 1);
  reconciliation.page(page(0, true), [ROW], []);
  assert.equal(reconciliation.missing, 1);
  const nowMs = ROW.validUntil + 10 * SYNCHRONISED_FOR_MS;
  assert.equal(reconciliation.due([{ ...ROW, state: 'REJECTED' }], nowMs, 0), undefined);
  assert.equal(reconciliation.missing, 0);
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
