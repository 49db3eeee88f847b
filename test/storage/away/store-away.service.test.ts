/**
 * One node, one load, and each server under it killed in turn, away for a while and started again on what it had. Afterwards what
 * each store holds is held against what the node was told, the ledger's own rows and the EAs' own records.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { connect, type JetStreamManager } from 'nats';
import type { UsageKind } from '../../../src/accounts/usage.js';
import { type LedgerBooks, readBooks, witness } from '../../../src/demo/simulated-day.js';
import { LIMITS } from '../../../src/limits.js';
import { INSTRUMENTS } from '../../../src/market/instrument.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { openAnalytics } from '../../../src/storage/analytics/open.js';
import type { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import { natsStream } from '../../../src/storage/bus/nats-bus.js';
import type { StreamName } from '../../../src/storage/bus/streams.js';
import { marketKey, tenantId, tenantKey } from '../../../src/storage/cache/keys.js';
import { openCache } from '../../../src/storage/cache/open.js';
import type { BalanceRow } from '../../../src/storage/ledger/history.js';
import { openPatterns } from '../../../src/storage/patterns/open.js';
import type { PatternStore } from '../../../src/storage/patterns/patterns.js';
import { rowsOf } from '../../contracts/analytics-world.js';
import { all } from '../../contracts/ledger-world.js';
import { type ServedStore, serverMissing } from '../../support/store-servers.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { Learner } from '../patterns/learner.js';
import { tradesAfter, tradesOf } from '../patterns/numbered-writes.js';
import { eventually, type NodeUnderLoad, startUnderLoad, type ToldMoney } from './node-under-load.js';

const AWAY_MS = process.env.SUHO_PROOF ? 60_000 : 3_000;
/** Until a node has found out, or gone on. */
const NOTICE_MS = 60_000;
const BALANCE_EVERY_MS = 30_000;
/** Engine time in which a signal waits for its result. */
const LEAD_MS = LIMITS.signal.validMostMs;
const SYMBOLS = INSTRUMENTS.map(({ symbol }) => symbol);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function partIs(at: NodeUnderLoad, part: string, ok: boolean): Promise<void> {
  const { node } = at.demo;
  await eventually(
    async () => (await node.readiness()).parts[part]?.ok === ok,
    `${part} is ${ok ? 'well again' : 'told as a fault'}`,
    NOTICE_MS,
  );
}

async function sendsMore(at: NodeUnderLoad, count = 3): Promise<void> {
  const { counts } = at.demo.node.figures;
  const from = counts.sent;
  await eventually(() => counts.sent >= from + count, `${count} more signals are sent`, NOTICE_MS);
}

/** Messages of a stream as the server has them, in its order. */
async function kept(
  manager: JetStreamManager,
  name: StreamName,
): Promise<readonly { readonly subject: string; readonly id: string }[]> {
  const stream = natsStream(name);
  const { state } = await manager.streams.info(stream);
  const messages = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const { subject, header } = await manager.streams.getMessage(stream, { seq });
    messages.push({ subject, id: header.get('Nats-Msg-Id') });
  }
  return messages;
}

/** None of what stood there before is read; and the next tick of each symbol is there again. */
async function newestAreBack(at: NodeUnderLoad, killedMs: number): Promise<void> {
  const { cache } = at.demo.node.keepers;
  const backMs = at.demo.clock.nowMs();
  for (const symbol of SYMBOLS)
    await eventually(
      async () => {
        const found = await cache.get(marketKey('tick', symbol));
        assert.ok(found === undefined || found.timeMs >= killedMs, `${symbol} is none that stood there before`);
        return found !== undefined && found.timeMs >= backMs;
      },
      `the newest of ${symbol} is there`,
      NOTICE_MS,
    );
}

/** A row each half minute and at each change of the balance. */
function rowsDue(told: readonly ToldMoney[]): readonly (readonly [number, number])[] {
  const due: [number, number][] = [];
  for (const { atMs, balance } of told) {
    const newest = due.at(-1);
    if (newest === undefined || newest[1] !== balance || atMs - newest[0] >= BALANCE_EVERY_MS) due.push([atMs, balance]);
  }
  return due;
}

/** Parts of a table are numbered in the order of their coming, also where some have been merged: no candle came before an earlier one. */
async function inserted(store: SqlAnalytics): Promise<void> {
  const parts = (await rowsOf(
    store,
    `SELECT symbol, timeframe, toUInt32(splitByChar('_', _part)[2]) AS number,
       toUnixTimestamp64Milli(min(time)), toUnixTimestamp64Milli(max(time))
     FROM suho.candles GROUP BY symbol, timeframe, number ORDER BY symbol, timeframe, number`,
  )) as [symbol: string, timeframe: string, number: number, fromMs: number, toMs: number][];
  const newest = new Map<string, number>();
  for (const [symbol, timeframe, number, fromMs, toMs] of parts) {
    const stream = `${symbol} ${timeframe}`;
    assert.ok(fromMs > (newest.get(stream) ?? 0), `${stream} is in order at part ${number}`);
    newest.set(stream, toMs);
  }
}

describe('a node whose stores are killed under load, one after the other', { timeout: 30 * 60_000 }, () => {
  let at: NodeUnderLoad;
  let learner: Learner | undefined;
  let patterns: PatternStore;
  let books: LedgerBooks;
  /** By the engine's clock; empty where no server of it is here. */
  let ledgerAway = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };

  before(async () => {
    at = await startUnderLoad();
    patterns = await openPatterns(at.servers.settings.patterns ?? 'embedded', {
      folder: (await temporaryFolder()).path,
    });
    if (serverMissing('patterns') === false) learner = new Learner(patterns);
    await sendsMore(at, 10);
  });

  after(async () => {
    await learner?.end();
    await patterns?.close();
    await at?.[Symbol.asyncDispose]();
  });

  async function away(store: ServedStore, during: () => Promise<void>): Promise<void> {
    const server = at.servers.of(store) ?? assert.fail();
    // What becomes of a commit whose answer is lost: test/actors/account.test.ts.
    if (store === 'ledger') await eventually(() => at.demo.node.commits.pending === 0, 'no commit is under way', NOTICE_MS);
    else await at.nextCandle();
    await server.kill();
    try {
      await Promise.all([pass(AWAY_MS), during()]);
    } finally {
      await server.start();
    }
  }

  for (const store of ['cache', 'bus', 'analytics', 'patterns'] as const)
    it(`sends signals while ${store} is away, says so, and goes on with it after`, { skip: serverMissing(store) }, async () => {
      const killedMs = at.demo.clock.nowMs();
      await away(store, async () => {
        await partIs(at, store, false);
        const { ready, parts } = await at.demo.node.readiness();
        assert.deepEqual([ready, parts[store]?.optional], [true, true]);
        await sendsMore(at);
      });
      await partIs(at, store, true);
      if (store === 'cache') await newestAreBack(at, killedMs);
      await sendsMore(at);
    });

  it('sends nothing while the ledger is away, and goes on by itself when it is back', {
    skip: serverMissing('ledger'),
  }, async () => {
    const fromMs = at.demo.clock.nowMs();
    await away('ledger', async () => {
      await partIs(at, 'ledger', false);
      assert.equal((await at.demo.node.readiness()).ready, false);
      const { sent } = at.demo.node.figures.counts;
      await pass(AWAY_MS / 2);
      assert.equal(at.demo.node.figures.counts.sent, sent);
    });
    await partIs(at, 'ledger', true);
    assert.equal((await at.demo.node.readiness()).ready, true);
    await sendsMore(at, 10);
    await partIs(at, 'history', true);
    ledgerAway = { fromMs, toMs: at.demo.clock.nowMs() };
  });

  it('has lost no signal and doubled none, by the EAs’ own records', async () => {
    await at.end();
    books = await readBooks(at.demo.ledger);
    assert.ok(books.signals.length > 50 && books.deals.length > 50, 'there was a load');
    assert.deepEqual(witness(books.signals, at.demo.fleet.signals()), { lost: 0, duplicated: 0 });
    for (const { accountId, broker } of at.demo.fleet.terminals) {
      const dealt = broker.book.deals.filter(({ kind }) => kind !== 'BALANCE').map(({ ticket }) => String(ticket));
      const stored = books.deals.filter((deal) => deal.accountId === accountId).map(({ deal }) => deal);
      assert.deepEqual(stored.sort(), dealt.sort());
    }
    assert.equal(at.demo.node.figures.counts.crashes, 0);
  });

  it('has left nothing with a writer', () => {
    for (const [writer, figures] of Object.entries(at.demo.node.keepers.writers())) {
      const { queued, spilled, dropped, refused, turnedAway } = figures;
      assert.deepEqual([queued, spilled, dropped, refused, turnedAway], [0, 0, 0, 0, 0], writer);
    }
  });

  it('has in account history what the ledger’s own rows and the EAs say', async () => {
    const { rows: usage, next } = await at.demo.ledger.listUsage();
    assert.equal(next, undefined);
    const used = (what: UsageKind): number => sum(usage.filter((row) => row.what === what).map(({ amount }) => amount));
    assert.deepEqual(
      { signals: used('signals'), refusals: used('refusals'), decisions: used('decisions'), frames: used('frames') },
      {
        signals: books.signals.length,
        refusals: books.refusals.length,
        decisions: at.demo.node.figures.counts.decisions,
        frames: at.told.frames,
      },
    );
    for (const { accountId, broker } of at.demo.fleet.terminals) {
      const rows: BalanceRow[] = [];
      for (let fromMs = 0; ; fromMs = (rows.at(-1)?.atMs ?? 0) + 1) {
        const page = await at.demo.ledger.balancesOf(accountId, fromMs, Number.MAX_SAFE_INTEGER);
        if (page.length === 0) break;
        rows.push(...page);
      }
      const firstMs = rows[0]?.atMs ?? assert.fail('an account has a history');
      const told = at.told.money.filter((each) => each.accountId === accountId && each.atMs >= firstMs);
      assert.deepEqual(
        rows.map(({ atMs, balance }) => [atMs, balance]),
        rowsDue(told),
      );
      assert.equal(rows.at(-1)?.balance, broker.account().balance);
    }
  });

  it('has on the bus each candle and each deal once, in order, and each risk event', { skip: serverMissing('bus') }, async () => {
    const connection = await connect({ servers: new URL(at.servers.settings.bus as string).host });
    try {
      const manager = await connection.jetstreamManager();
      assert.deepEqual(
        (await kept(manager, 'CANDLES')).map(({ id }) => id),
        at.told.candles.map(({ symbol, timeframe, time }) => `${symbol}.${timeframe}.${time}`),
      );
      const ids = (await kept(manager, 'ACCOUNTS')).map(({ id }) => id);
      const [trades, risks] = ['trade.', 'risk.'].map((kind) => ids.filter((id) => id?.startsWith(kind))) as [string[], string[]];
      assert.equal(trades.length + risks.length, ids.length);
      const events = await all((next) => at.demo.ledger.listRiskEvents(next));
      assert.deepEqual(risks.toSorted(), events.map(({ id }) => `risk.${id}`).sort());
      assert.deepEqual(trades.toSorted(), books.deals.map(({ accountId, deal }) => `trade.${accountId}.${deal}`).sort());
    } finally {
      await connection.close();
    }
  });

  it('has in analytics each candle, vector, pair, result, trade and balance once', {
    skip: serverMissing('analytics'),
  }, async () => {
    const { analytics } = at.servers.settings;
    const opened = await openAnalytics({ analytics: analytics as string, folder: '', timers: systemClock });
    assert.ok(opened.kind === 'open');
    const store = opened.store as SqlAnalytics;
    try {
      const one = async (sql: string): Promise<unknown> => (await rowsOf(store, sql))[0];
      const { candles, correlations, money } = at.told;
      const count = candles.length;
      assert.deepEqual(await one('SELECT count(), uniqExact(symbol, timeframe, time) FROM suho.candles'), [count, count]);
      assert.deepEqual(await one('SELECT count(), uniqExact(symbol, timeframe, time) FROM suho.features'), [count, count]);
      assert.deepEqual(await one('SELECT count() FROM suho.correlations'), [correlations]);
      assert.deepEqual(await one('SELECT count() FROM suho.balance_history'), [money.length]);
      // The copy is no more than that: a second answer for a signal that has ended, and results of the ledger's outage, are the ledger's alone.
      const { fromMs, toMs } = ledgerAway;
      const raised = new Map(books.signals.map(({ id, createdAt }) => [id, createdAt]));
      const steady = books.executions.filter(({ attempt, signalId }) => {
        const raisedMs = raised.get(signalId) ?? fromMs;
        return attempt === 1 && (raisedMs < fromMs - LEAD_MS || raisedMs > toMs);
      });
      assert.ok(steady.length > 20, 'enough to compare');
      const keyOf = (signalId: unknown, attempt: unknown, outcome: unknown): string => `${signalId} ${attempt} ${outcome}`;
      const copies = (await rowsOf(store, 'SELECT signal_id, attempt, outcome FROM suho.executions')).map((row) =>
        keyOf(row[0], row[1], row[2]),
      );
      const copied = new Set(copies);
      assert.equal(copied.size, copies.length, 'each result once');
      assert.deepEqual(
        steady.filter(({ signalId, attempt, outcome }) => !copied.has(keyOf(signalId, attempt, outcome))),
        [],
      );
      const closed = books.signals.filter(({ state, kind }) => state === 'CLOSED' && kind === 'OPEN').map(({ id }) => id);
      const trades = await rowsOf(store, 'SELECT trade_id FROM suho.closed_trades FINAL');
      assert.deepEqual(trades.map(([id]) => id).sort(), closed.sort());
      await inserted(store);
    } finally {
      await store.close();
    }
  });

  it('has in the cache the newest of each, and nothing older', { skip: serverMissing('cache') }, async () => {
    const cache = await openCache(at.servers.settings.cache as string, { clock: at.demo.clock, random: seededRandom('reader') });
    try {
      // What was told while the server gave no answer is forgotten there, and read from where it comes from: none is older.
      const newestOrNone = <V>(kept: V | undefined, newest: V): void => {
        if (kept !== undefined) assert.deepEqual(kept, newest);
      };
      for (const symbol of SYMBOLS) {
        const { bid, ask, timeMs } = at.demo.node.board.latest(symbol) ?? assert.fail();
        newestOrNone(await cache.get(marketKey('tick', symbol)), { symbol, bid, ask, timeMs });
        const newest = at.told.candles.findLast((candle) => candle.symbol === symbol && candle.timeframe === 'M1');
        newestOrNone((await cache.get(marketKey('candles', symbol, 'M1')))?.at(-1), newest);
      }
      for (const { accountId } of at.demo.fleet.terminals) {
        const [owner] = await at.demo.ledger.accounts([accountId]);
        assert.ok(owner);
        const money = await cache.get(tenantKey(tenantId(owner.tenantId), 'balance', accountId));
        const newest = at.told.money.findLast((each) => each.accountId === accountId);
        newestOrNone(money && [money.timeMs, money.balance], [newest?.atMs, newest?.balance]);
      }
    } finally {
      await cache.close();
    }
  });

  it('has in the pattern store all that it answered', { skip: serverMissing('patterns') }, async () => {
    await learner?.end();
    const written = learner?.written ?? 0;
    assert.ok(written > 50);
    assert.deepEqual(await tradesOf(patterns), tradesAfter(written));
  });
});
