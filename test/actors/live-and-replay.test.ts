/** The one idea: the core that runs live in actors is the one that runs over a file, and they say the same, bit for bit. */
import { EVERY_RIGHT } from '../support/rights.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActorRef, NactScheduler, type Scheduler } from '../../src/actors/actor.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { feedActor } from '../../src/actors/feed.js';
import { signalActor } from '../../src/actors/signal.js';
import { Subscriptions } from '../../src/actors/subscriptions.js';
import { type SymbolMessage, symbolActor } from '../../src/actors/symbol.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { runStepped } from '../../src/demo/simulated-day.js';
import type { Candle } from '../../src/market/candle.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import { TIMEFRAMES } from '../../src/market/timeframe.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { Replay } from '../../src/signals/replay.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { Decision } from '../../src/signals/signal.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { testSystem } from '../support/actors.js';

const SYMBOLS = ['EURUSD', 'USDJPY', 'XAUUSD'];
const FOLLOWED = ['M1', 'M5'] as const;
const START_MS = Date.UTC(2026, 0, 6, 7);
const HOURS = process.env.SUHO_PROOF ? 60 : 12;
const END_MS = START_MS + HOURS * 3_600_000;

interface Told {
  readonly candles: Candle[];
  readonly decisions: Decision[];
}

function marketOf(seed: string): SyntheticMarket {
  return new SyntheticMarket({ seed, symbols: SYMBOLS, startMs: START_MS });
}

async function live(seed: string, periodMs: number, scheduler: Scheduler): Promise<Told> {
  const told: Told = { candles: [], decisions: [] };
  const clock = new SteppedClock(START_MS);
  const activity = new Activity();
  await using world = testSystem({ scheduler, clock, activity });
  const { system } = world;
  const journal = new RecentCandles();
  const features = new FeatureStreams({ journal, snapshots: new MemorySnapshots() });
  const columns = new ColumnView(() => true);
  const subscriptions = new Subscriptions();
  const board = new QuoteBoard();
  const symbols = new Map<string, ActorRef<SymbolMessage>>();
  const onCandle = (candle: Candle): void => void told.candles.push(candle);
  for (const symbol of SYMBOLS) {
    symbols.set(
      symbol,
      system.spawn(
        symbolActor({ symbol, board, journal, features, subscriptions, onTicks: () => {}, onCandle, onVector: () => {} }),
      ),
    );
  }
  for (const timeframe of FOLLOWED) {
    const settings = {
      tenantId: 'tenant',
      strategy: 's-1',
      timeframe,
      symbols: SYMBOLS,
      rights: EVERY_RIGHT,
      thresholds: DEFAULT_THRESHOLDS,
      columns,
    };
    const spec = signalActor({
      settings: () => settings,
      subscriptions,
      features,
      accounts: { get: () => undefined, all: () => [] },
      onDecision: (decision) => void told.decisions.push(decision),
    });
    system.spawn({ ...spec, name: `signal-${timeframe}` });
  }
  const market = marketOf(seed);
  const source = { name: 'synthetic', poll: market.advanceTo.bind(market) };
  system.spawn(feedActor('feed', { source, periodMs, symbol: (name) => symbols.get(name) }));
  if (scheduler instanceof DeterministicScheduler) {
    scheduler.drain();
    for (let dueMs = clock.nextDueMs(); dueMs !== undefined && dueMs <= END_MS; dueMs = clock.nextDueMs()) {
      clock.advanceTo(dueMs);
      scheduler.drain();
    }
  } else await runStepped(clock, activity, END_MS, new AbortController().signal);
  assert.equal(system.stoppedForGood.length, 0);
  return told;
}

/** The same ticks straight into the core, with one more beyond the end, which does what the clock did live. */
function replayed(seed: string): Told {
  const told: Told = { candles: [], decisions: [] };
  const cores = new Map(
    SYMBOLS.map((symbol) => [
      symbol,
      new Replay(
        { symbol, tenantId: 'tenant', strategy: 's-1', thresholds: DEFAULT_THRESHOLDS },
        {
          candle: (candle) => void told.candles.push(candle),
          decision: (decision) => void told.decisions.push(decision),
        },
      ),
    ]),
  );
  const one = (symbol: string, timeMs: number, bid: number, ask: number): void =>
    cores.get(symbol)?.ticks({
      symbol,
      count: 1,
      timesMs: Float64Array.of(timeMs),
      bids: Float64Array.of(bid),
      asks: Float64Array.of(ask),
    });
  marketOf(seed).advanceTo(END_MS, one);
  return told;
}

/** Each symbol's events of a timeframe in their order; how symbols interleave is the scheduler's. */
function series<T extends { readonly symbol: string; readonly timeframe: string }>(
  events: readonly T[],
  symbol: string,
  timeframe: string,
): readonly T[] {
  return events.filter((event) => event.symbol === symbol && event.timeframe === timeframe);
}

/** The clock closes the last candle; without a quote beyond it a file's stays unfinished. */
function assertSame(actual: Told, expected: Told): void {
  for (const symbol of SYMBOLS) {
    for (const timeframe of TIMEFRAMES) {
      const candles = series(expected.candles, symbol, timeframe);
      const lived = series(actual.candles, symbol, timeframe);
      assert.ok(lived.length - candles.length <= 1, `${symbol} ${timeframe}: ${lived.length} and ${candles.length} candles`);
      assert.deepStrictEqual(lived.slice(0, candles.length), candles);
      if (!FOLLOWED.some((followed) => followed === timeframe)) continue;
      const closed = (candles.at(-1)?.time ?? 0) + (timeframe === 'M1' ? 60_000 : 300_000);
      const decided = series(actual.decisions, symbol, timeframe).filter(({ closeTime }) => closeTime <= closed);
      assert.deepStrictEqual(decided, series(expected.decisions, symbol, timeframe));
    }
  }
  const minutes = expected.candles.filter(({ timeframe }) => timeframe === 'M1').length;
  assert.ok(minutes > SYMBOLS.length * HOURS * 40, `${minutes} minutes are a day worth comparing`);
  for (const followed of FOLLOWED) assert.ok(expected.decisions.some(({ timeframe }) => timeframe === followed));
}

test('the live actors on nact, on a stepped clock, say what the core says of the same ticks', async () => {
  const seed = `live ${process.hrtime.bigint()}`;
  process.stdout.write(`seed ${seed}\n`);
  assertSame(await live(seed, 1_000, new NactScheduler(silentLogger)), replayed(seed));
});

test('so they do in every interleaving of their turns, and however often the feed is polled', async () => {
  for (const periodMs of [250, 500]) {
    const seed = `interleaved ${periodMs} ${process.hrtime.bigint()}`;
    process.stdout.write(`seed ${seed}\n`);
    assertSame(await live(seed, periodMs, new DeterministicScheduler(seededRandom(seed))), replayed(seed));
  }
});
