import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActorRef, ActorSystem } from '../../src/actors/actor.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { Subscriptions } from '../../src/actors/subscriptions.js';
import { type SymbolMessage, symbolActor } from '../../src/actors/symbol.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import type { Epoch } from '../../src/cluster/epoch.js';
import { EVERY_ROLE, type Roles } from '../../src/cluster/roles.js';
import type { Candle } from '../../src/market/candle.js';
import { CandleBuilder } from '../../src/market/candle-builder.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import type { TickBatch } from '../../src/market/tick.js';
import { candleStart } from '../../src/market/timeframe.js';
import { TickCollector } from '../../src/market/tick-collector.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';

const START_MS = Date.UTC(2026, 0, 6, 7);
const HOURS_MS = 3 * 3_600_000;

class Engine {
  readonly scheduler = new DeterministicScheduler(seededRandom(1));
  readonly system: ActorSystem;
  readonly symbol: ActorRef<SymbolMessage>;

  constructor(
    readonly clock: SteppedClock,
    readonly journal: RecentCandles,
    readonly candles: Candle[],
    readonly poison: () => boolean = () => false,
    readonly roles: Roles = EVERY_ROLE,
  ) {
    const { scheduler } = this;
    const restartPolicy = () => ({ afterMs: 0 });
    this.system = new ActorSystem({
      scheduler,
      clock,
      random: seededRandom(1),
      log: silentLogger,
      activity: new Activity(),
      restartPolicy,
    });
    const onCandle = (candle: Candle): void => {
      if (poison()) throw new Error('poison');
      candles.push(candle);
    };
    this.symbol = this.system.spawn(
      symbolActor({
        symbol: 'EURUSD',
        board: new QuoteBoard(),
        journal,
        features: new FeatureStreams({ journal, snapshots: new MemorySnapshots() }),
        subscriptions: new Subscriptions(),
        onTicks: () => {},
        onCandle,
        onVector: () => {},
        roles,
      }),
    );
  }

  /** Ticks of each second as one batch, then the clock, as the feed and the engine would have it. */
  tell(batch: TickBatch | undefined, nowMs: number): void {
    this.clock.advanceTo(nowMs);
    if (batch !== undefined) this.symbol.tell({ kind: 'ticks', batch, atNs: 0n });
    this.scheduler.drain();
  }
}

function seconds(): { readonly timeMs: number; readonly batch: TickBatch | undefined }[] {
  const market = new SyntheticMarket({ seed: 3, symbols: ['EURUSD'], startMs: START_MS, rate: 4 });
  const collector = new TickCollector();
  return Array.from({ length: HOURS_MS / 1_000 }, (_, at) => {
    const timeMs = START_MS + (at + 1) * 1_000;
    let batch: TickBatch | undefined;
    market.advanceTo(timeMs, (symbol, tickMs, bid, ask) => collector.add(symbol, tickMs, bid, ask));
    collector.take((taken) => {
      batch = taken;
    });
    return { timeMs, batch };
  });
}

/** The builder alone, fed the same ticks and clock. */
function expected(): Candle[] {
  const candles: Candle[] = [];
  const builder = new CandleBuilder({ symbol: 'EURUSD' }, (candle) => candles.push(candle));
  let atMs = START_MS;
  for (const { timeMs, batch } of seconds()) {
    // The actor's clock wakes at its due instant, before the batch that comes at the end of the second.
    for (let due = builder.nextDueMs(); due !== undefined && due <= timeMs; due = builder.nextDueMs()) {
      if (due <= atMs) break;
      atMs = due;
      builder.closeDue(due);
    }
    atMs = timeMs;
    for (let at = 0; at < (batch?.count ?? 0); at++)
      builder.onTick(batch?.timesMs[at] as number, batch?.bids[at] as number, batch?.asks[at] as number);
  }
  return candles;
}

test('a symbol journals and hands on the candles that its builder makes, once each, in order', () => {
  const candles: Candle[] = [];
  const engine = new Engine(new SteppedClock(START_MS), new RecentCandles(), candles);
  for (const { timeMs, batch } of seconds()) engine.tell(batch, timeMs);
  assert.deepEqual(candles, expected());
  assert.ok(candles.some(({ timeframe }) => timeframe === 'H1'));
});

test('a crash in the middle loses no candle but the one whose handing on crashed, and repeats none', () => {
  const candles: Candle[] = [];
  let closes = 0;
  const engine = new Engine(new SteppedClock(START_MS), new RecentCandles(), candles, () => ++closes === 40);
  for (const { timeMs, batch } of seconds()) engine.tell(batch, timeMs);
  const key = ({ timeframe, time }: Candle): string => `${timeframe} ${time}`;
  const all = expected().map(key);
  const seen = candles.map(key);
  assert.equal(new Set(seen).size, seen.length, 'no candle twice');
  const missing = all.filter((one) => !seen.includes(one));
  assert.ok(missing.length <= 2, `missing: ${missing.join(', ')}`);
  assert.equal(engine.system.inspect().children[0]?.restarts, 1);
});

test('a node that starts again in the middle of an hour closes that hour whole, from its journal', () => {
  const journal = new RecentCandles();
  const candles: Candle[] = [];
  const clock = new SteppedClock(START_MS);
  let engine = new Engine(clock, journal, candles);
  const restartMs = START_MS + 100 * 60_000;
  for (const { timeMs, batch } of seconds()) {
    engine.tell(batch, timeMs);
    if (timeMs === restartMs) {
      engine.system.close();
      engine = new Engine(clock, journal, candles);
    }
  }
  const hours = (list: readonly Candle[]): unknown[] =>
    list
      .filter(({ timeframe }) => timeframe === 'H1')
      .map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume]);
  // The tick that was already in the minute of the restart is the only one that the journal does not hold.
  const [wanted, got] = [hours(expected()), hours(candles)];
  assert.equal(got.length, wanted.length);
  for (const [at, hour] of wanted.entries())
    assert.deepEqual((got[at] as unknown[]).slice(0, 5), (hour as unknown[]).slice(0, 5));
});

/** Of a symbol that is somebody else's until it is given. */
class Given implements Roles {
  epoch: Epoch | undefined;

  holds(): Epoch | undefined {
    return this.epoch;
  }

  follow(): () => void {
    return () => {};
  }
}

const figures = ({ timeframe, time, open, high, low, close, volume }: Candle): string =>
  [timeframe, time, open, high, low, close, volume].join(' ');

/** A follower that is away for minutes in the middle of an hour, is told them by the other, and is given the symbol before the hour ends. */
function followed(give: (engine: Engine, roles: Given, minute: Candle) => void): readonly Candle[] {
  const candles: Candle[] = [];
  const roles = new Given();
  const engine = new Engine(new SteppedClock(START_MS), new RecentCandles(), candles, undefined, roles);
  const minutes = expected().filter(({ timeframe }) => timeframe === 'M1');
  const [awayMs, backMs, givenMs] = [10, 30, 40].map((minutes) => START_MS + minutes * 60_000) as [number, number, number];
  let told = 0;
  for (const { timeMs, batch } of seconds()) {
    engine.tell(timeMs > awayMs && timeMs < backMs ? undefined : batch, timeMs);
    for (; (minutes[told]?.time ?? timeMs) <= Math.min(timeMs, givenMs) - 62_000; told++)
      engine.symbol.tell({ kind: 'closed', candle: minutes[told] as Candle });
    if (timeMs === givenMs) give(engine, roles, minutes[told] as Candle);
    engine.scheduler.drain();
  }
  return candles;
}

function long(candles: readonly Candle[]): readonly string[] {
  return candles.filter(({ timeframe, time }) => timeframe === 'H1' && time >= START_MS).map(figures);
}

test('a node that is given a symbol closes its longer candles of all minutes, those that others have closed among them', () => {
  const closed = followed((engine, roles) => {
    roles.epoch = { generation: 1, revision: 1 };
    engine.symbol.tell({ kind: 'promoted' });
  });
  assert.deepEqual(long(closed), long(expected()));
  assert.equal(long(closed).length, 2);
});

test('what was in the mailbox before it hears that it has a symbol is of the time of another holder', () => {
  const closed = followed((engine, roles, minute) => {
    roles.epoch = { generation: 1, revision: 1 };
    // The other’s last minute, with one tick more than came here, waits behind a tick of the next minute.
    const next = minute.time + 61_000;
    const batch = { symbol: 'EURUSD', count: 1, timesMs: [next], bids: [minute.close], asks: [minute.close + 0.0001] };
    engine.symbol.tell({ kind: 'ticks', batch: batch as unknown as TickBatch, atNs: 0n });
    engine.symbol.tell({ kind: 'closed', candle: { ...minute, volume: minute.volume + 1 } });
    engine.symbol.tell({ kind: 'promoted' });
    engine.scheduler.drain();
    const newest = engine.journal.newest('EURUSD', 'M1');
    assert.deepEqual([newest?.time, newest?.volume], [minute.time, minute.volume + 1]);
  });
  assert.ok(closed.length > 0);
});

test('a minute that only this node had is not told once others have closed a longer candle without it', () => {
  let lostMs = Number.NaN;
  const closed = followed((engine, roles, minute) => {
    lostMs = minute.time;
    const time = candleStart(minute.time, 'M5');
    assert.equal(minute.time, time + 4 * 60_000);
    engine.symbol.tell({ kind: 'closed', candle: { ...minute, timeframe: 'M5', time } });
    engine.scheduler.drain();
    roles.epoch = { generation: 1, revision: 1 };
    engine.symbol.tell({ kind: 'promoted' });
  });
  const minutes = closed.filter(({ timeframe }) => timeframe === 'M1').map(({ time }) => time);
  assert.ok(minutes.includes(lostMs + 60_000) && !minutes.includes(lostMs));
});

test('a node that is not told of its promotion finds out by itself', () => {
  const closed = followed((_engine, roles) => {
    roles.epoch = { generation: 1, revision: 1 };
  });
  assert.deepEqual(long(closed), long(expected()));
});
