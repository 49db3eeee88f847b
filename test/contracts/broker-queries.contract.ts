/** Brokers compared by the engine, against the same worked out in plain loops over the rows that went in. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { instrumentOf } from '../../src/market/instrument.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { BROKER_FILLS, BROKER_PRICES, BROKER_REJECTS } from '../../src/storage/analytics/queries/broker-comparison.js';
import type { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import type { RowOf } from '../../src/storage/analytics/tables.js';
import { ACME, type AnalyticsWorld, DAY, DAY_MS, emptyStore, sampleRow, WHOLE } from './analytics-world.js';

type QuoteRow = RowOf<'brokerQuotes'>;
type ExecutionRow = RowOf<'executions'>;

/** Account, company, server. */
const ACCOUNTS = [
  ['one', 'North', 'North-1'],
  ['two', 'North', 'North-1'],
  ['three', 'North', 'North-2'],
  ['four', 'Harbour', 'Harbour-1'],
] as const;
const SYMBOLS = ['EURUSD', 'USDJPY', 'XAUUSD'] as const;
const STALE_MS = 10_000;

function quoteRows(random: Random): readonly QuoteRow[] {
  const rows: QuoteRow[] = [];
  for (const [accountId, broker, server] of ACCOUNTS)
    for (const symbol of SYMBOLS) {
      const pip = instrumentOf(symbol)?.pip ?? assert.fail();
      // Some before the span and some after it.
      let time = DAY - 20_000;
      for (let at = 0; at < 150; at++) {
        const usual = random.chance(0.1) ? STALE_MS : 1_000 + random.int(9_000);
        time += random.chance(0.05) ? STALE_MS + random.int(900_000) : usual;
        const bid = 100 + random.int(1_000) * pip;
        const off = random.chance(0.2) ? null : (random.int(41) - 20) * pip * 0.1;
        rows.push(
          sampleRow('brokerQuotes', {
            time,
            accountId,
            broker,
            server,
            symbol,
            bid,
            ask: bid + random.int(30) * pip * 0.1,
            deviation: off,
            deviationBid: off === null ? null : off - 0.05 * pip,
            deviationAsk: off === null ? null : off + 0.05 * pip,
          }),
        );
      }
    }
  return rows;
}

const OUTCOMES = ['EXECUTED', 'EXECUTED', 'EXECUTED', 'REJECTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN'] as const;

function executionRows(random: Random): readonly ExecutionRow[] {
  const rows: ExecutionRow[] = [];
  for (const [accountId, broker, server] of ACCOUNTS)
    for (let signal = 0; signal < 90; signal++) {
      const symbol = SYMBOLS[random.int(3)] as string;
      const kind = random.chance(0.2) ? 'CLOSE' : 'OPEN';
      let time = DAY - 600_000 + random.int(DAY_MS + 1_200_000);
      for (let attempt = 1, tries = 1 + random.int(3); attempt <= tries; attempt++) {
        time += 1 + random.int(2_000);
        const outcome = OUTCOMES[random.int(OUTCOMES.length)] as string;
        const executed = outcome === 'EXECUTED';
        rows.push(
          sampleRow('executions', {
            time,
            accountId,
            broker,
            server,
            symbol,
            kind,
            signalId: `${accountId} ${signal}`,
            attempt,
            outcome,
            requestedVolume: 1,
            filledVolume: executed ? 0.25 * (1 + random.int(4)) : 0,
            slippagePips: executed && kind === 'OPEN' ? (random.int(61) - 30) / 10 : null,
            retcode: outcome === 'REJECTED' ? 10_004 + random.int(4) : 10_009,
            orderMs: random.chance(0.2) ? null : random.int(500) / 4,
            resultMs: random.chance(0.1) ? null : random.int(2_000),
            sentence: `${accountId} at ${time}`,
          }),
        );
      }
    }
  return rows;
}

const within = ({ time }: { readonly time: number }): boolean => time >= WHOLE.fromMs && time < WHOLE.toMs;

/** Halves of a hundred and so on: between two values of an ordered list, straight. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return low + (high - low) * (place - Math.floor(place));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function dispersion(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

interface OfBroker {
  readonly broker: string;
  readonly server: string;
  readonly symbol: string;
}

function grouped<R extends OfBroker>(rows: readonly R[]): readonly (readonly [OfBroker, readonly R[]])[] {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const name = JSON.stringify([row.broker, row.server, row.symbol]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups].map(([name, group]) => {
    const [broker, server, symbol] = JSON.parse(name) as [string, string, string];
    return [{ broker, server, symbol }, group] as const;
  });
}

const numbers = (values: readonly (number | null | undefined)[]): readonly number[] =>
  values.filter((value): value is number => typeof value === 'number');

function expectedPrices(all: readonly QuoteRow[]): readonly object[] {
  return grouped(all.filter(within)).map(([of, rows]) => {
    const pip = instrumentOf(of.symbol)?.pip ?? 1;
    const spreads = rows.map(({ bid, ask }) => (ask - bid) / pip);
    const pips = (field: 'deviation' | 'deviationBid' | 'deviationAsk') =>
      numbers(rows.map((row) => row[field])).map((one) => one / pip);
    const pauses = [...new Set(rows.map(({ accountId }) => accountId))].flatMap((accountId) => {
      const times = rows.filter((row) => row.accountId === accountId).map(({ time }) => time);
      return times.slice(1).map((time, at) => time - (times[at] as number));
    });
    return {
      ...of,
      accounts: new Set(rows.map(({ accountId }) => accountId)).size,
      quotes: rows.length,
      spreadMean: mean(spreads),
      spreadMedian: percentile(spreads, 0.5),
      spread95: percentile(spreads, 0.95),
      compared: pips('deviation').length,
      deviationMean: mean(pips('deviation')),
      deviationDispersion: dispersion(pips('deviation')),
      deviationGreatest: Math.max(...pips('deviation').map(Math.abs)),
      deviationBid: mean(pips('deviationBid')),
      deviationAsk: mean(pips('deviationAsk')),
      gaps: pauses.filter((ms) => ms > STALE_MS).length,
      longestGapS: Math.max(...pauses) / 1_000,
    };
  });
}

/** The last answer that says something, of each signal. */
function lastAnswers(all: readonly ExecutionRow[]): readonly ExecutionRow[] {
  const last = new Map<string, ExecutionRow>();
  for (const row of all)
    if (within(row) && row.kind === 'OPEN' && row.outcome !== 'UNKNOWN') {
      const before = last.get(row.signalId);
      if (before === undefined || row.attempt > before.attempt) last.set(row.signalId, row);
    }
  return [...last.values()];
}

function expectedFills(all: readonly ExecutionRow[]): readonly object[] {
  return grouped(lastAnswers(all)).map(([of, rows]) => {
    const executed = rows.filter(({ outcome }) => outcome === 'EXECUTED');
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const slippage = numbers(rows.map(({ slippagePips }) => slippagePips));
    const order = numbers(rows.map(({ orderMs }) => orderMs));
    const result = numbers(rows.map(({ resultMs }) => resultMs));
    return {
      ...of,
      answered: rows.length,
      executed: executed.length,
      rejected: rows.filter(({ outcome }) => outcome === 'REJECTED').length,
      fillRatio: executed.length / rows.length,
      volumeRatio:
        sum(executed.map(({ filledVolume }) => filledVolume)) / sum(executed.map(({ requestedVolume }) => requestedVolume)),
      slippageMean: mean(slippage),
      slippageMedian: percentile(slippage, 0.5),
      slippage95: percentile(slippage, 0.95),
      orderMsMedian: percentile(order, 0.5),
      orderMs95: percentile(order, 0.95),
      resultMsMedian: percentile(result, 0.5),
      resultMs95: percentile(result, 0.95),
    };
  });
}

function expectedRejects(all: readonly ExecutionRow[]): readonly object[] {
  const rejected = all.filter((row) => within(row) && row.outcome === 'REJECTED');
  return grouped(rejected).flatMap(([of, rows]) =>
    [...new Set(rows.map(({ retcode }) => retcode))].map((retcode) => {
      const same = rows.filter((row) => row.retcode === retcode);
      const last = same.reduce((a, b) => (b.time > a.time ? b : a));
      return { ...of, retcode, rejects: same.length, lastMs: last.time, sentence: last.sentence };
    }),
  );
}

/** Equal but for the last digits of sums, in any order. */
function same(found: readonly object[], expected: readonly object[]): void {
  const plain = (rows: readonly object[]): readonly string[] =>
    rows
      .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value)))
      .toSorted();
  assert.deepEqual(plain(found), plain(expected));
}

export function brokerQueriesContract(name: string, open: () => Promise<AnalyticsWorld>, skip: string | false): void {
  describe(`${name}: brokers compared`, { skip }, () => {
    let world: AnalyticsWorld;
    let store: SqlAnalytics;
    before(async () => {
      world = await open();
      store = world.store;
      await store.migrate();
    });
    after(() => world?.[Symbol.asyncDispose]());
    beforeEach(() => emptyStore(store));

    const everything = { symbols: [], ...WHOLE };

    it('broker-prices: spread, deviation and pauses are those of a plain loop over the quotes', async () => {
      const rows = quoteRows(seededRandom(1));
      await store.insert('brokerQuotes', rows);
      await store.insert(
        'brokerQuotes',
        rows.slice(0, 40).map((row) => ({ ...row, tenantId: 'other', ask: row.bid + 9 })),
      );
      const found = await store.query(ACME, BROKER_PRICES, everything);
      assert.equal(found.length, 9);
      same(found, expectedPrices(rows));
      const some = await store.query(ACME, BROKER_PRICES, { ...everything, symbols: ['USDJPY', 'EURUSD'] });
      same(some, expectedPrices(rows.filter(({ symbol }) => symbol !== 'XAUUSD')));
    });

    it('broker-prices: the narrowest spread of a symbol first', async () => {
      const of = (broker: string, spread: number) =>
        sampleRow('brokerQuotes', { time: DAY, accountId: broker, broker, symbol: 'EURUSD', bid: 1, ask: 1 + spread });
      await store.insert('brokerQuotes', [of('wide', 0.0003), of('narrow', 0.0001), of('middle', 0.0002)]);
      const found = await store.query(ACME, BROKER_PRICES, everything);
      assert.deepEqual(
        found.map(({ broker }) => broker),
        ['narrow', 'middle', 'wide'],
      );
    });

    it('broker-fills: ratios, slippage and latency are those of the last answers', async () => {
      const rows = executionRows(seededRandom(2));
      await store.insert('executions', rows);
      await store.insert(
        'executions',
        rows.slice(0, 40).map((row) => ({ ...row, tenantId: 'other', slippagePips: 99 })),
      );
      const found = await store.query(ACME, BROKER_FILLS, everything);
      assert.equal(found.length, 9);
      same(found, expectedFills(rows));
    });

    it('broker-fills: of a broker that filled nothing there is no slippage', async () => {
      const rejected = {
        time: DAY,
        kind: 'OPEN',
        outcome: 'REJECTED',
        slippagePips: null,
        orderMs: null,
        resultMs: null,
      } as const;
      await store.insert('executions', [sampleRow('executions', { ...rejected, symbol: 'EURUSD' })]);
      const [found] = await store.query(ACME, BROKER_FILLS, everything);
      assert.deepEqual([found?.answered, found?.executed, found?.fillRatio], [1, 0, 0]);
      const none = [found?.volumeRatio, found?.slippageMean, found?.slippageMedian, found?.orderMs95, found?.resultMsMedian];
      assert.deepEqual(none, [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    });

    it('broker-rejects: each code as often as it came, with what was said last', async () => {
      const rows = executionRows(seededRandom(3));
      await store.insert('executions', rows);
      same(await store.query(ACME, BROKER_REJECTS, everything), expectedRejects(rows));
    });
  });
}
