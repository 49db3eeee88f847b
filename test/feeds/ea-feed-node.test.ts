/**
 * A node whose market is an account's quotes: the real node over its embedded ledger, simulated EAs over loopback sockets, on a
 * clock that moves when all is at rest. Candles are held against a plain count over what the source was told to say.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DemoMarket } from '../../src/demo/demo-market.js';
import { resolveConfig } from '../../src/config.js';
import { runStepped } from '../../src/demo/simulated-day.js';
import { parseEndpoint } from '../../src/ea-sim/connection.js';
import { Fleet } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { hashKey, keyBytes, printedKey } from '../../src/accounts/keys.js';
import { LIMITS } from '../../src/limits.js';
import { type Node, startNode } from '../../src/main.js';
import type { Candle } from '../../src/market/candle.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock, systemClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { WireActivity } from '../../src/runtime/wire-activity.js';
import type { Ledger, RefusalRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { openStores } from '../../src/storage/stores.js';
import type { RootObserver } from '../../src/supervisors/observers.js';
import { all } from '../contracts/ledger-world.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const MINUTE_MS = 60_000;
const SYMBOLS = ['EURUSD', 'USDJPY', 'XAUUSD'];

interface Told {
  readonly accountId: string;
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly brokerTimeMs: number;
  readonly atMs: number;
}

/** The demo's prices as the truth that brokers take theirs from, a source and a follower. */
class World implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly candles: Candle[] = [];
  /** What the source's broker is quoted in place of the truth, once. */
  hostile: { readonly bid: number; readonly ask: number } | undefined;
  node!: Node;
  ledger!: Ledger;
  fleet!: Fleet;
  clock!: SteppedClock;
  readonly accounts: string[] = [];
  readonly #activity = new Activity();
  readonly #closing: (() => unknown)[] = [];

  static async open(named: number): Promise<World> {
    const world = new World();
    const folder = await ledgerFolder();
    world.#closing.push(() => folder[Symbol.asyncDispose]());
    try {
      await world.#start(folder.path, named);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(data: string, named: number): Promise<void> {
    const ids = seededIds('ea feed');
    const flags = { data, eaPort: 0, wsPort: 'off', httpPort: 'off', analytics: 'off', demo: false };
    const stores = await openStores({
      settings: resolveConfig({ flags, environment: {} }).config,
      clock: systemClock,
      onProgress: () => {},
    });
    this.#closing.push(() => stores.close());
    const { ledger, journal } = stores;
    this.ledger = ledger;
    const prices = new SharedPrices();
    const market = new DemoMarket(1, journal, prices);
    this.clock = new SteppedClock(market.startMs);
    const createdAt = market.startMs;
    const tenant = { id: 'north', name: 'North', tier: 'enterprise', signalTimeframe: 'M1', strategy: 'default-1' } as const;
    await ledger.createTenant({ ...tenant, symbols: SYMBOLS, createdAt });
    const credentials = ['source', 'follower'].map((name) => {
      const secret = ids.secretFor(name);
      const key = printedKey(secret);
      return { account: ids.idFor(name, createdAt), tenant: tenant.id, key, keyHash: hashKey(keyBytes(key) as Uint8Array) };
    });
    await ledger.createAccounts(
      credentials.map(({ account: id, keyHash }) => ({
        id,
        tenantId: tenant.id,
        mode: 'demo',
        keyHash,
        suho1Table: null,
        createdAt,
      })),
    );
    this.accounts.push(...credentials.map(({ account }) => account));
    const feed = `ea:${this.accounts.slice(0, named).join(',')}`;
    const { config } = resolveConfig({ flags: { ...flags, feed, tcpPort: 0 }, environment: {} });
    const wire = new WireActivity(this.#activity);
    this.node = await startNode({
      config,
      stores,
      clock: this.clock,
      ids,
      random: seededRandom(1),
      log: silentLogger,
      activity: this.#activity,
      inference: { threads: 1 },
      heartbeatMs: LIMITS.session.heartbeatMs,
      wire,
      observers: [this.#observer()],
    });
    this.#closing.push(() => this.node.close());
    this.fleet = new Fleet({
      credentials,
      endpoints: this.node.gateway.listeners
        .filter(({ name }) => name === 'tcp')
        .map(({ name, port }) => parseEndpoint(`${name}://127.0.0.1:${port}`)),
      prices,
      clock: this.clock,
      random: seededRandom(1),
      quotesEveryMs: 1_000,
      wire,
    });
    // The truth moves before brokers look at it.
    const ticking = this.clock.every(250, () => {
      market.poll(this.clock.nowMs(), () => {});
      if (this.hostile !== undefined) prices.accept('EURUSD', this.clock.nowMs(), this.hostile.bid, this.hostile.ask);
    });
    this.#closing.push(ticking);
    this.fleet.start();
    this.#closing.push(() => this.fleet.stop());
  }

  #observer(): Partial<RootObserver> {
    return {
      candle: (candle) => this.candles.push(candle),
      quoted: ({ account }, quotes, atMs) => {
        for (const quote of quotes) this.told.push({ accountId: account.id, ...quote, atMs });
      },
    };
  }

  pass(ms: number): Promise<void> {
    return runStepped(this.clock, this.#activity, this.clock.nowMs() + ms, new AbortController().signal);
  }

  async feedPart() {
    return (await this.node.readiness()).parts.feed;
  }

  refusals(): Promise<readonly RefusalRow[]> {
    return all((after) => this.ledger.listRefusals(after));
  }

  signals(): Promise<readonly SignalRow[]> {
    return all((after) => this.ledger.listSignals(after));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#closing.splice(0).reverse()) await step();
  }
}

/** Bid candles of a minute by a plain count over what was told, unchanged tellings left out. */
function counted(told: readonly Told[], symbol: string, startMs: number): Partial<Candle> | undefined {
  const own = told
    .filter((quote) => quote.symbol === symbol)
    .filter(({ bid, ask, brokerTimeMs }, at, all) => {
      const before = all[at - 1];
      return before?.bid !== bid || before.ask !== ask || before.brokerTimeMs !== brokerTimeMs;
    });
  const within = own.filter(({ atMs }) => atMs >= startMs && atMs < startMs + MINUTE_MS);
  const bids = within.map(({ bid }) => bid);
  if (bids.length === 0) return undefined;
  return { open: bids[0] as number, high: Math.max(...bids), low: Math.min(...bids), close: bids.at(-1) as number };
}

describe('a node whose market is an account’s quotes', () => {
  it('builds its candles of them, prices the others’ signals by them, and goes on with the next account', async () => {
    await using world = await World.open(2);
    const [source, follower] = world.accounts as [string, string];
    assert.deepEqual(await world.feedPart(), { ok: false, detail: `ea:${source} is not connected`, optional: true });
    await world.pass(6 * MINUTE_MS);
    assert.deepEqual(await world.feedPart(), { ok: true, detail: `ea:${source}`, optional: true });
    assert.ok((await world.node.readiness()).ready);

    const ofSource = world.told.filter(({ accountId }) => accountId === source);
    const checked = compare(world.candles, ofSource);
    assert.ok(checked >= 3 * 5, `only ${checked} candles were compared`);

    const signals = await world.signals();
    assert.ok(
      signals.some(({ accountId }) => accountId === follower),
      'the follower was sent a signal',
    );

    await stop(world, 0);
    const stoppedMs = world.clock.nowMs();
    await world.pass(3 * MINUTE_MS);
    assert.deepEqual(await world.feedPart(), { ok: true, detail: `ea:${follower}, in place of ${source}`, optional: true });
    const ofFollower = world.told.filter(({ accountId }) => accountId === follower);
    const minutes = world.candles.filter(
      ({ timeframe, time }) => timeframe === 'M1' && time > stoppedMs + 2 * LIMITS.feed.silenceMs,
    );
    assert.ok(minutes.length >= 2 * SYMBOLS.length, 'there are candles of the next account');
    compare(minutes, ofFollower);

    await stop(world, 1);
    await world.pass(LIMITS.feed.silenceMs + 1_000);
    const part = await world.feedPart();
    assert.equal(part?.ok, false);
    assert.match(part?.detail ?? '', /has quoted nothing for \d+ s and is not connected$/);
    assert.ok((await world.node.readiness()).ready, 'an EA may still connect: it is how the feed comes back');
  });

  it('sets aside what its broker cannot mean: a jump of 5 % and back, a price below zero', async () => {
    await using world = await World.open(1);
    await world.pass(MINUTE_MS);
    const before = world.node.board.latest('EURUSD') ?? assert.fail('the feed runs');
    for (const [bid, ask] of [
      [before.bid * 1.05, before.ask * 1.05],
      [-1, -0.9],
    ] as const) {
      world.hostile = { bid, ask };
      await world.pass(1_500);
      world.hostile = undefined;
      await world.pass(3_000);
    }
    await world.pass(2 * MINUTE_MS);
    const told = world.told.filter(({ accountId, symbol }) => accountId === world.accounts[0] && symbol === 'EURUSD');
    assert.ok(
      told.some(({ bid }) => bid > before.bid * 1.04),
      'the jump was told',
    );
    const candles = world.candles.filter(({ symbol, time }) => symbol === 'EURUSD' && time >= before.timeMs - MINUTE_MS);
    assert.ok(candles.length > 0);
    for (const { low, high } of candles) assert.ok(low > before.bid * 0.99 && high < before.bid * 1.01, `${low} to ${high}`);
  });
});

async function stop(world: World, at: number): Promise<void> {
  world.fleet.terminals[at]?.stop();
  await world.pass(1_000);
}

/** How many candles of a minute were made wholly of these quotes; each is as the plain count has it. */
function compare(candles: readonly Candle[], told: readonly Told[]): number {
  let compared = 0;
  const firstMs = Math.min(...told.map(({ atMs }) => atMs));
  for (const candle of candles) {
    if (candle.timeframe !== 'M1' || candle.time < firstMs) continue;
    const expected = counted(told, candle.symbol, candle.time);
    assert.ok(expected, `a candle of ${candle.symbol} without a quote`);
    const { open, high, low, close } = candle;
    assert.deepEqual({ open, high, low, close }, expected, `${candle.symbol} at ${new Date(candle.time).toISOString()}`);
    compared += 1;
  }
  return compared;
}
