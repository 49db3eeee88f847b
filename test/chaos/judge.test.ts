import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ChaosEvidence, judge } from '../../load-tests/chaos/judge.js';
import type { SignalSummary } from '../../src/ea-sim/record.js';
import type { Deal, Position } from '../../src/ea-sim/trading-book.js';
import { emptyChain, link } from '../../src/storage/audit/chain.js';
import type { DealRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { accountId, newSignal } from '../contracts/ledger-world.js';

/** Of accounts 1 (north) and 2 (south). */
const ACCOUNTS = [1, 2].map((at) => ({ id: accountId(at), tenantId: at === 1 ? 'north' : 'south', magicBase: 10 + at }));
const magic = (account: number, seq: number): bigint => (BigInt(10 + account) << 32n) | BigInt(seq);
const ticketOf = (account: number, seq: number): bigint => BigInt(account * 1_000 + seq);

function row(account: number, seq: number, change: Partial<SignalRow> = {}): SignalRow {
  const told = { reason: null, filledVolume: 0.3, remainingVolume: 0.3, fillPrice: 1, updatedAt: 0 };
  const position = String(ticketOf(account, seq));
  return { ...newSignal(account, seq), seq, ...told, state: 'EXECUTED', position, ...change };
}

/** Filled by so many orders. */
function record(account: number, seq: number, executions = 1): SignalSummary {
  const { id } = row(account, seq);
  return { id, magic: magic(account, seq), received: true, attempts: 1, outcome: 'EXECUTED', deals: executions, executions };
}

function deal(account: number, seq: number, order = ticketOf(account, seq)): Deal {
  const money = { volume: 0.3, price: 1, stopLoss: 0, takeProfit: 0, profit: 0, commission: 0, swap: 0, timeMs: 0 };
  const position = ticketOf(account, seq);
  const of = { ticket: order, order, position, magic: magic(account, seq) };
  return { ...of, ...money, symbol: 'EURUSD', kind: 'BUY', entry: 'IN', reason: 'EXPERT', comment: '' };
}

function booked(account: number, seq: number, change: Partial<DealRow> = {}): DealRow {
  const ticket = String(ticketOf(account, seq));
  const owner = { accountId: accountId(account), tenantId: account === 1 ? 'north' : 'south', signalId: row(account, seq).id };
  const tickets = { deal: ticket, order: ticket, position: ticket, magic: String(magic(account, seq)) };
  const money = { volume: 0.3, price: 1, profit: 0, commission: 0, swap: 0, brokerTime: 0 };
  return { ...owner, ...tickets, ...money, symbol: 'EURUSD', entry: 'IN', direction: 'BUY', reason: 'expert', ...change };
}

function position(account: number, seq: number): Position {
  const times = { openedMs: 0, changedMs: 0 };
  const money = { volume: 0.3, openPrice: 1, stopLoss: 0, takeProfit: 0 };
  return {
    ticket: ticketOf(account, seq),
    symbol: 'EURUSD',
    side: 'BUY',
    ...money,
    magic: magic(account, seq),
    comment: '',
    ...times,
  };
}

interface World {
  readonly signals?: readonly SignalRow[];
  readonly dealRows?: readonly DealRow[];
  readonly records?: readonly (readonly SignalSummary[])[];
  readonly deals?: readonly (readonly Deal[])[];
  readonly lives?: ChaosEvidence['lives'];
  readonly walls?: readonly string[];
  /** To the EA of account 1. */
  readonly commanded?: readonly string[];
}

/** Two accounts with a signal each, executed once, and all of it told; a world that differs is said how. */
function evidence(world: World = {}): ChaosEvidence {
  const signals = world.signals ?? [row(1, 1), row(2, 1)];
  const dealRows = world.dealRows ?? [booked(1, 1), booked(2, 1)];
  const records = world.records ?? [[record(1, 1)], [record(2, 1)]];
  const deals = world.deals ?? [[deal(1, 1)], [deal(2, 1)]];
  const events = [
    ...signals.map(({ id }) => ({ kind: 'signal.raised', subject: id, atMs: 0, body: {} })),
    ...dealRows.map((one) => ({ kind: 'deal.booked', subject: one.deal, atMs: 0, body: {} })),
  ];
  const { entries } = link(emptyChain('north', 1), events);
  const report = { ok: true, tenants: 1, chains: 1, entries: entries.length, anchors: 0, faults: [], faultCount: 0 };
  return {
    books: { signals, deals: dealRows, refusals: [], executions: [], commands: [] },
    accounts: ACCOUNTS,
    lives: world.lives ?? [],
    records: new Map(ACCOUNTS.map(({ id }, at) => [id, records[at] ?? []])),
    brokers: new Map(
      ACCOUNTS.map(({ id }, at) => [id, { deals: deals[at] ?? [], positions: (deals[at] ?? []).map(() => position(at + 1, 1)) }]),
    ),
    commanded: new Map([[accountId(1), world.commanded ?? []]]),
    audit: { rows: entries.map((entry) => ({ entry })), report },
    seenThroughWalls: world.walls ?? [],
  };
}

function found(world: World): readonly string[] {
  return [...new Set(judge(evidence(world)).findings.map(({ checker }) => checker))];
}

describe('the judge of a chaos run', () => {
  it('finds nothing where nothing is wrong', () => {
    const { findings, ...counts } = judge(evidence());
    assert.deepEqual(findings, []);
    assert.deepEqual(counts, { lost: 0, duplicated: 0, mixed: 0, expiredUnseen: 0 });
  });

  it('finds a signal that was executed twice, by the record and by the broker’s book', () => {
    const world = { records: [[record(1, 1, 2)], [record(2, 1)]], deals: [[deal(1, 1), deal(1, 1, 77n)], [deal(2, 1)]] };
    assert.ok(judge(evidence(world)).duplicated >= 2);
    assert.ok(found(world).includes('executedAtMostOnce') && found(world).includes('oneFillChain'));
  });

  it('finds a signal that its EA has never seen, and one that has no end', () => {
    assert.equal(judge(evidence({ records: [[], [record(2, 1)]] })).lost, 1);
    assert.ok(found({ records: [[], [record(2, 1)]] }).includes('noSignalLost'));
    const waiting = { signals: [row(1, 1, { state: 'SENT' }), row(2, 1)] };
    assert.equal(judge(evidence(waiting)).lost, 1);
    assert.ok(found(waiting).includes('nothingUndecided'));
  });

  it('takes a close for seen where its EA has it as a command, and one that ran out unseen for no loss', () => {
    const close = row(1, 2, { kind: 'CLOSE', state: 'REJECTED', targetId: row(1, 1).id, position: '1' });
    const signals = [row(1, 1), close, row(2, 1)];
    assert.equal(judge(evidence({ signals })).lost, 1);
    assert.deepEqual(judge(evidence({ signals, commanded: [close.id] })).findings, []);
    const ranOut = { signals: [row(1, 1), row(1, 2, { state: 'EXPIRED' }), row(2, 1)] };
    assert.deepEqual([judge(evidence(ranOut)).lost, judge(evidence(ranOut)).expiredUnseen], [0, 1]);
  });

  it('finds a trade that the ledger does not know', () => {
    assert.ok(found({ dealRows: [booked(2, 1)] }).includes('everyFillBooked'));
  });

  it('finds a number that is missing, and a signal without a row', () => {
    assert.ok(found({ signals: [row(1, 2), row(2, 1)], records: [[record(1, 2)], [record(2, 1)]] }).includes('gapFree'));
    assert.ok(found({ signals: [row(2, 1)], dealRows: [booked(2, 1)] }).includes('everySignalHasARow'));
  });

  it('finds a row of another tenant, a signal at another’s EA, a trade under another’s number, and rows shown to others', () => {
    const rows = { signals: [row(1, 1, { tenantId: 'south' }), row(2, 1)] };
    const astray = { records: [[record(1, 1)], [record(2, 1), record(1, 1)]] };
    const traded = { deals: [[deal(1, 1)], [deal(2, 1), deal(1, 1)]] };
    for (const world of [rows, astray, traded, { walls: ['north is shown 3 rows of others in signals'] }]) {
      assert.ok(judge(evidence(world)).mixed >= 1, JSON.stringify(found(world)));
      assert.ok(found(world).includes('tenantsNeverMix'));
    }
  });

  it('takes rows that a restore has lost for rows, and lets numbers leap once for it', () => {
    const before = [row(1, 1), row(1, 2, { closeTime: 5 }), row(2, 1)];
    const after = [row(1, 1), row(2, 1)];
    const dealRows = [booked(1, 1), booked(1, 2, { signalId: null }), booked(2, 1)];
    const world = {
      signals: after,
      lives: [before],
      dealRows,
      records: [[record(1, 1), record(1, 2)], [record(2, 1)]],
      deals: [[deal(1, 1), deal(1, 2)], [deal(2, 1)]],
    };
    assert.deepEqual(judge(evidence(world)).findings, []);
    assert.ok(found({ ...world, lives: [] }).includes('everySignalHasARow'));
  });

  it('finds a decision that was executed in two lives of the ledger', () => {
    const again = row(1, 9, { id: 'another', closeTime: row(1, 1).closeTime });
    const dealRows = [booked(1, 1, { signalId: null }), booked(1, 9, { signalId: 'another' }), booked(2, 1)];
    const world = {
      signals: [again, row(2, 1)],
      lives: [[row(1, 1), row(2, 1)]],
      dealRows,
      records: [[record(1, 1), { ...record(1, 9), id: 'another' }], [record(2, 1)]],
      deals: [[deal(1, 1), deal(1, 9)], [deal(2, 1)]],
    };
    assert.ok(found(world).includes('oneFillChain'));
    assert.equal(judge(evidence(world)).duplicated, 1);
  });
});
