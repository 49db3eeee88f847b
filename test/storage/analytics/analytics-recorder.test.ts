import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountTerms } from '../../../src/accounts/assessment.js';
import { LIMITS } from '../../../src/limits.js';
import { QuoteBoard } from '../../../src/market/quote-board.js';
import type { HeartbeatMessage, ResultMessage } from '../../../src/protocol/messages.js';
import { Activity } from '../../../src/runtime/activity.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { AnalyticsRecorder } from '../../../src/storage/analytics/analytics-recorder.js';
import type { Ledger, SignalRow } from '../../../src/storage/ledger/ledger.js';
import type { TableName } from '../../../src/storage/analytics/tables.js';
import { newSignal, result, START_MS } from '../../contracts/ledger-world.js';

const TERMS = {
  account: { id: 'account', tenantId: 'north', currency: 'EUR' },
  hello: { company: 'Broker', server: 'Broker-Demo', tradeMode: 'DEMO', leverage: 100, eaBuild: 7, brokerOffsetSeconds: 7_200 },
} as unknown as AccountTerms;

function recorder(closedTrades: Ledger['closedTrades'] = async () => [], isFeed = (): boolean => false) {
  const rows: [table: TableName, row: Readonly<Record<string, unknown>>][] = [];
  const board = new QuoteBoard();
  const made = new AnalyticsRecorder({
    writer: { record: (table, row) => rows.push([table, row as never]) > 0 },
    ledger: { closedTrades },
    board,
    source: () => 'test',
    isFeed,
    log: silentLogger,
    activity: new Activity(),
  });
  return { rows, board, made };
}

describe('the analytics recorder', () => {
  it('keeps a broker’s quotes a second apart, each beside the reference of its moment where there is one', () => {
    const { rows, board, made } = recorder();
    board.post('EURUSD', { bid: 1.0999, ask: 1.1001, timeMs: START_MS });
    const quote = { symbol: 'EURUSD', bid: 1.1003, ask: 1.1005, brokerTimeMs: 0 };
    made.quoted(TERMS, [quote], START_MS);
    made.quoted(TERMS, [quote], START_MS + LIMITS.analytics.quoteEveryMs - 1);
    made.quoted(TERMS, [quote], START_MS + LIMITS.analytics.quoteEveryMs);
    made.quoted(TERMS, [quote], START_MS + LIMITS.quote.referenceMs + 1);
    assert.deepEqual(
      rows.map(([table, { time }]) => [table, Number(time) - START_MS]),
      [0, LIMITS.analytics.quoteEveryMs, LIMITS.quote.referenceMs + 1].map((ms) => ['brokerQuotes', ms]),
    );
    const [first, , last] = rows.map(([, row]) => row);
    assert.ok(Math.abs((first?.referenceMid as number) - 1.1) < 1e-12);
    assert.ok(Math.abs((first?.deviation as number) - 0.0004) < 1e-12);
    assert.ok(Math.abs((first?.deviationPercent as number) - 0.0004 / 0.011) < 1e-9);
    assert.equal(last?.referenceMid, undefined, 'the reference is older than may be compared');
  });

  it('tells each side’s deviation, and none of an account whose quotes are the reference', () => {
    const quote = { symbol: 'EURUSD', bid: 1.1003, ask: 1.1006, brokerTimeMs: 0 };
    const deviations = (isFeed: boolean) => {
      const { rows, board, made } = recorder(undefined, () => isFeed);
      board.post('EURUSD', { bid: 1.1, ask: 1.1001, timeMs: START_MS });
      made.quoted(TERMS, [quote], START_MS);
      const [, row] = rows[0] ?? assert.fail();
      return [row.deviationBid, row.deviationAsk, row.deviation].map((one) => Number(one).toFixed(6));
    };
    assert.deepEqual(deviations(false), ['0.000300', '0.000500', '0.000400']);
    assert.deepEqual(deviations(true), ['0.000000', '0.000000', '0.000000']);
  });

  it('a heartbeat’s round trip is what has passed since ours left, less what the EA held it', () => {
    const { rows, made } = recorder();
    const beat = { brokerConnected: true, synchronised: true, tradeAllowed: true, expertAllowed: false, errorCount: 3 };
    const echo = { ownTimeUs: 5, peerTimeUs: (START_MS - 250) * 1_000, heldUs: 200_000 };
    made.heartbeat(TERMS, { kind: 'HEARTBEAT', ...beat, ...echo } as HeartbeatMessage, START_MS);
    made.heartbeat(
      TERMS,
      { kind: 'HEARTBEAT', ...beat, ...echo, peerTimeUs: 0, synchronised: false } as HeartbeatMessage,
      START_MS,
    );
    assert.deepEqual(
      rows.map(([table, row]) => [table, row.roundTripMs, row.status, row.errorCount]),
      [
        ['heartbeats', 50, 'online', 3],
        ['heartbeats', null, 'degraded', 3],
      ],
    );
  });

  it('a worse price than asked for is positive slippage, and the spread is the broker’s newest', () => {
    const { rows, made } = recorder();
    const signal = {
      ...newSignal(1, 1, { accountId: 'account' }),
      seq: 1,
      reason: null,
      filledVolume: 0,
      remainingVolume: 0,
      fillPrice: 0,
    };
    const row = { ...signal, updatedAt: START_MS };
    made.quoted(TERMS, [{ symbol: 'EURUSD', bid: 1.0834, ask: 1.0836, brokerTimeMs: 0 }], START_MS);
    const op = result(row, 'EXECUTED', { price: row.entry + 0.0002, receivedAt: START_MS + 100, doneAt: START_MS + 180 });
    assert.ok(op.kind === 'result');
    made.executed(TERMS, row, op.execution, START_MS + 300);
    made.executed(TERMS, { ...row, direction: 'SELL' }, op.execution, START_MS + 300);
    const told = rows.filter(([table]) => table === 'executions').map(([, one]) => one);
    assert.ok(Math.abs((told[0]?.slippagePips as number) - 2) < 1e-6 && Math.abs((told[1]?.slippagePips as number) + 2) < 1e-6);
    assert.ok(Math.abs((told[0]?.spread as number) - 0.0002) < 1e-12);
    assert.deepEqual(
      [told[0]?.broker, told[0]?.server, told[0]?.kind, told[0]?.orderMs, told[0]?.resultMs],
      ['Broker', 'Broker-Demo', 'OPEN', undefined, START_MS + 300 - row.createdAt],
    );
    // How long the order itself took is in the frame that brought the result, and counts for that result alone.
    const frame = { kind: 'RESULT', id: row.id, receivedUs: 1, sentUs: 1_000_000, doneUs: 1_080_500 } as unknown as ResultMessage;
    made.heard(TERMS, frame);
    const close = { ...row, kind: 'CLOSE' } as const;
    made.executed(TERMS, close, op.execution, START_MS + 300);
    made.executed(TERMS, close, op.execution, START_MS + 300);
    const closed = rows.filter(([table]) => table === 'executions').map(([, one]) => one);
    assert.deepEqual(
      closed.slice(2).map(({ kind, orderMs, slippagePips }) => [kind, orderMs, slippagePips]),
      [
        ['CLOSE', 80.5, null],
        ['CLOSE', undefined, null],
      ],
    );
    assert.equal(told[0]?.latencyMs, 80);
  });

  it('asks again for a closed trade that the ledger did not tell, with the next of any account and at the end', async () => {
    const asked: string[] = [];
    let away = true;
    const { made } = recorder(async (accountId) => {
      asked.push(accountId);
      if (away) throw new Error('the ledger is away');
      return [];
    });
    const other = { ...TERMS, account: { ...TERMS.account, id: 'other' } } as AccountTerms;
    const closed = { ...newSignal(1, 1, {}), state: 'CLOSED', kind: 'OPEN' } as unknown as SignalRow;
    made.moved(closed, TERMS);
    await made.settled();
    assert.deepEqual(asked.splice(0), ['account', 'account'], 'at once, and at the end');
    away = false;
    made.moved(closed, other);
    await made.settled();
    assert.deepEqual(asked.splice(0), ['account', 'other']);
    await made.settled();
    assert.deepEqual(asked, [], 'what has been told is not asked for');
  });
});
