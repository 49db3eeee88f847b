import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity, untilIdle } from '../../../src/runtime/activity.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { Decision } from '../../../src/signals/signal.js';
import type { Bus } from '../../../src/storage/bus/bus.js';
import { BusTeller } from '../../../src/storage/bus/bus-teller.js';
import { MemoryBroker } from '../../../src/storage/bus/memory-bus.js';
import { STREAMS } from '../../../src/storage/bus/streams.js';
import { everythingIn, everythingUnder } from '../../../src/storage/bus/subjects.js';
import { HotKeeper } from '../../../src/storage/cache/hot-keeper.js';
import { MemoryCache } from '../../../src/storage/cache/memory-cache.js';
import { RecentCandles } from '../../../src/storage/journal/recent-candles.js';
import type { DealRow } from '../../../src/storage/ledger/ledger.js';
import { observersAsOne } from '../../../src/supervisors/observers.js';
import { deal } from '../../contracts/ledger-world.js';
import { accountTerms } from '../../support/account-terms.js';
import { walkOfCandles } from '../../support/walk-of-candles.js';

const START_MS = Date.UTC(2026, 0, 5);
const ONE = accountTerms('north', 'one');

function world(streams: typeof STREAMS = STREAMS) {
  const activity = new Activity();
  const clock = new SteppedClock(START_MS);
  const broker = new MemoryBroker({ clock, random: seededRandom(1), activity, streams });
  const [bus, listener] = [broker.connect(), broker.connect()];
  return { activity, broker, bus, listener, teller: new BusTeller({ bus }) };
}

const dealOf = (ticket: string, entry: DealRow['entry']): DealRow => {
  const op = deal(1, ticket, entry, 0.1, null);
  assert.ok(op.kind === 'deal');
  return op.deal;
};

const LIVE = { accountId: 'one', live: { symbol: 'EURUSD', directions: { BUY: true, SELL: false } } };
const DECISION: Decision = {
  kind: 'OPEN',
  tenantId: 'north',
  strategy: 'default-1',
  symbol: 'EURUSD',
  timeframe: 'M15',
  closeTime: START_MS,
  direction: 'BUY',
  score: 80,
  strength: 'STRONG',
  parts: { technical: 80 },
  entry: 1.1,
  stopLoss: 1.09,
  takeProfit: 1.12,
  validUntil: START_MS + 60_000,
};

test('each thing is told on its own subject, as it is', async () => {
  const { activity, listener, teller } = world();
  const heard: [string, unknown][] = [];
  for (const word of ['market', 'tenant', 'mt5'] as const)
    listener.subscribe(everythingUnder(word), ({ subject, payload }) => void heard.push([subject, payload]));
  const [candle] = walkOfCandles('EURUSD', 'M1', 1);
  assert.ok(candle);
  const [opened, closed, turned] = [dealOf('7', 'IN'), dealOf('8', 'OUT_BY'), dealOf('9', 'INOUT')];
  const money = { balance: 1, equity: 2, margin: 3, freeMargin: 4, floating: 5, dayProfit: 6 };
  const beat = {
    brokerConnected: true,
    tradeAllowed: true,
    expertAllowed: false,
    synchronised: true,
    errorCount: 2,
  };
  const quote = { bid: 1, ask: 2 };
  const values = Float64Array.of(1, Number.NaN);
  const batch = { symbol: 'EURUSD', count: 2, timesMs: values, bids: values, asks: values };
  teller.ticks(batch);
  teller.candle(candle);
  teller.handed({ candle, values }, undefined);
  teller.decided({ decision: DECISION, lineage: '{}' });
  teller.live('north', LIVE);
  teller.finance(ONE, { kind: 'FINANCE', ...money }, START_MS);
  teller.heartbeat(ONE, { kind: 'HEARTBEAT', ownTimeUs: 1, peerTimeUs: 2, heldUs: 3, ...beat }, START_MS);
  teller.quoted(ONE, [{ symbol: 'EURUSD', ...quote, brokerTimeMs: 0 }], START_MS);
  for (const each of [opened, closed, turned]) teller.dealt(each);
  await untilIdle(activity);
  const account = `mt5.account.${opened.accountId}`;
  const expected = new Map<string, unknown>([
    ['market.tick.EURUSD', batch],
    ['market.candle.EURUSD.M1', candle],
    ['market.features.EURUSD.M1', { candle, values }],
    ['tenant.north.decision.EURUSD', { ...DECISION, lineage: '{}' }],
    ['tenant.north.live.one', LIVE],
    ['mt5.account.one.balance', { ...money, timeMs: START_MS }],
    ['mt5.account.one.heartbeat', { ...beat, timeMs: START_MS }],
    ['mt5.account.one.quotes.EURUSD', { ...quote, timeMs: START_MS }],
    [`${account}.trades.open`, opened],
    [`${account}.trades.close`, closed],
    [`${account}.trades.modify`, turned],
  ]);
  assert.deepStrictEqual(new Map(heard), expected);
  assert.equal(heard.length, expected.size);
  assert.deepEqual(teller.figures, { told: 7, unsent: 0, waiting: 0, kept: 4, repeats: 0, refused: 0 });
});

test('a node of a cluster tells of what it has, under its epoch, and of nothing that it has lost', async () => {
  const { activity, bus, listener } = world();
  const had = new Map([['feed/market', { node: 'n', generation: 2, revision: 7 }]]);
  const teller = new BusTeller({ bus, underOf: (thing) => had.get(thing) });
  const heard: unknown[] = [];
  listener.subscribe(everythingUnder('market'), ({ payload }) => void heard.push(payload));
  listener.subscribe(everythingUnder('tenant'), ({ payload }) => void heard.push(payload));
  const values = Float64Array.of(1);
  const batch = { symbol: 'EURUSD', count: 1, timesMs: values, bids: values, asks: values };
  const [candle] = walkOfCandles('EURUSD', 'M1', 1);
  assert.ok(candle);
  const all = (): void => {
    teller.ticks(batch);
    teller.candle(candle);
    teller.handed({ candle, values }, undefined);
    teller.decided({ decision: DECISION });
    teller.live('north', LIVE);
  };
  all();
  await untilIdle(activity);
  assert.deepStrictEqual(heard.splice(0), [{ ...batch, under: had.get('feed/market') }]);
  had.delete('feed/market');
  had.set('tenant/north', { node: 'n', generation: 2, revision: 8 });
  all();
  await untilIdle(activity);
  assert.deepStrictEqual(heard.splice(0), [{ ...DECISION, under: had.get('tenant/north') }]);
  // Two nodes may hear it late, and neither twice.
  all();
  await untilIdle(activity);
  assert.deepEqual([teller.figures.kept, teller.figures.repeats], [1, 1]);
});

test('trades and candles are kept for who comes later, each once however often it is told, by whichever node', async () => {
  const { activity, broker, listener, teller } = world();
  const other = new BusTeller({ bus: broker.connect() });
  const candles = walkOfCandles('EURUSD', 'M1', 3);
  const deals = ['7', '8', '9'].map((ticket) => dealOf(ticket, 'IN'));
  for (const each of [teller, other, teller]) {
    for (const candle of candles) each.candle(candle);
    for (const one of deals) each.dealt(one);
  }
  const taken: Record<string, unknown[]> = { CANDLES: [], ACCOUNTS: [] };
  for (const stream of ['CANDLES', 'ACCOUNTS'] as const)
    listener.consume(everythingIn(stream), { durable: 'late' }, ({ payload }) => void taken[stream]?.push(payload));
  await untilIdle(activity);
  assert.deepEqual(taken, { CANDLES: candles, ACCOUNTS: deals });
  assert.deepEqual([teller.figures.kept, teller.figures.repeats, other.figures.repeats], [6, 6, 6]);
});

test('what the bus refuses is counted and told as a fault until it takes something, and reaches nobody', async () => {
  const { activity, teller } = world({ ...STREAMS, ACCOUNTS: { ...STREAMS.ACCOUNTS, maxBytes: 1 as never } });
  teller.dealt(dealOf('7', 'IN'));
  await untilIdle(activity);
  assert.match(teller.fault ?? '', /ACCOUNTS/);
  teller.quoted(accountTerms('north', ''), [{ symbol: 'EURUSD', bid: 1, ask: 2, brokerTimeMs: 0 }], START_MS);
  assert.match(teller.fault ?? '', /characters/);
  assert.equal(teller.figures.refused, 2);
  const [candle] = walkOfCandles('EURUSD', 'M1', 1);
  assert.ok(candle);
  teller.candle(candle);
  await untilIdle(activity);
  assert.deepEqual([teller.fault, teller.figures.kept], [undefined, 1]);
});

test('a bus that is closed or down is told nothing, which is counted', async () => {
  const { activity, bus, teller } = world();
  await bus.close();
  teller.live('north', LIVE);
  teller.dealt(dealOf('7', 'IN'));
  await untilIdle(activity);
  assert.deepEqual(teller.figures, { told: 0, unsent: 1, waiting: 0, kept: 0, repeats: 0, refused: 1 });
  const silent: Bus = {
    ...bus,
    publish: () => {
      throw new Error('broken');
    },
  };
  const beside = new BusTeller({ bus: silent });
  beside.live('north', LIVE);
  assert.match(beside.fault ?? '', /broken/);
});

test('the engine tells it and the keeper of the cache by the same words as its other observers', async () => {
  const { activity, listener, teller } = world();
  const heard: string[] = [];
  listener.subscribe(everythingUnder('market'), ({ subject }) => void heard.push(subject));
  listener.subscribe(everythingUnder('mt5'), ({ subject }) => void heard.push(subject));
  const clock = new SteppedClock(START_MS);
  const cache = new MemoryCache({ clock });
  const keeper = new HotKeeper({ cache, journal: new RecentCandles(), timers: clock });
  const engine = observersAsOne([keeper, teller], silentLogger);
  const [candle] = walkOfCandles('EURUSD', 'M1', 1);
  assert.ok(candle);
  engine.candle(candle, 0n);
  engine.vector({ candle, values: Float64Array.of(1) });
  engine.quoted(ONE, [{ symbol: 'EURUSD', bid: 1, ask: 2, brokerTimeMs: 0 }], START_MS);
  await untilIdle(activity);
  await keeper.close();
  assert.deepEqual(heard.sort(), ['market.candle.EURUSD.M1', 'mt5.account.one.quotes.EURUSD']);
  assert.equal(cache.size, 3);
});
