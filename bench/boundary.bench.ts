/**
 * How long does the engine stand still when everything closes at once?
 *
 * 30 symbols, six timeframes: at midnight the first tick of each symbol closes 180 candles, and each close is journalled to
 * disk, goes through the whole catalogue, and is handed to four readers, one of each tier's view. All of it is the engine's
 * own: symbols' and indicators' actors on nact, the journal and the snapshots on disk, one core. Told are the time from the
 * first tick to the last vector, and the longest time in which the event loop answered nobody, by a probe that comes around
 * once per turn of the loop. A quiet minute, M1 alone, is shown beside it, as is the loop with nothing to do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TIER_NAMES } from '../src/accounts/tiers.js';
import { ActorSystem, NactScheduler } from '../src/actors/actor.js';
import { type FeatureVector, Subscriptions } from '../src/actors/subscriptions.js';
import { symbolActor } from '../src/actors/symbol.js';
import { ColumnView } from '../src/features/column-view.js';
import { FeatureStreams } from '../src/features/feature-streams.js';
import { INSTRUMENTS } from '../src/market/instrument.js';
import { QuoteBoard } from '../src/market/quote-board.js';
import { TIMEFRAMES } from '../src/market/timeframe.js';
import { Activity } from '../src/runtime/activity.js';
import { SteppedClock } from '../src/runtime/clock.js';
import { silentLogger } from '../src/runtime/logger.js';
import { seededRandom } from '../src/runtime/random.js';
import { FileJournal } from '../src/storage/journal/file-journal.js';
import { FileSnapshots } from '../src/storage/snapshots/file-snapshots.js';
import { readTiers } from '../src/storage/tier-table.js';
import { restartPolicy } from '../src/supervisors/restart-policy.js';
import { percentile } from './support/compare.js';

const SYMBOLS = INSTRUMENTS.slice(0, 30).map(({ symbol }) => symbol);
const DAYS = 12;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);

/** The longest gap between two turns of the event loop since it was last asked. */
class LoopProbe {
  #longestNs = 0n;
  #lastNs = process.hrtime.bigint();
  #running = true;

  constructor() {
    setImmediate(() => this.#turn());
  }

  take(): number {
    const longest = Number(this.#longestNs) / 1e6;
    this.#longestNs = 0n;
    return longest;
  }

  stop(): void {
    this.#running = false;
  }

  #turn(): void {
    const nowNs = process.hrtime.bigint();
    if (nowNs - this.#lastNs > this.#longestNs) this.#longestNs = nowNs - this.#lastNs;
    this.#lastNs = nowNs;
    if (this.#running) setImmediate(() => this.#turn());
  }
}

interface Boundary {
  readonly candles: number;
  readonly totalMs: number;
  readonly stallMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'suho-boundary-'));
const journal = new FileJournal(folder);
const snapshots = new FileSnapshots(folder);
const scheduler = new NactScheduler(silentLogger);
const clock = new SteppedClock(START_MS);
const activity = new Activity();
const system = new ActorSystem({ scheduler, clock, random: seededRandom(1), log: silentLogger, activity, restartPolicy });
const subscriptions = new Subscriptions();
const features = new FeatureStreams({ journal, snapshots });
const board = new QuoteBoard();
let candles = 0;
const onCandle = (): void => {
  candles += 1;
};
const symbols = SYMBOLS.map((symbol) =>
  system.spawn(symbolActor({ symbol, board, journal, features, subscriptions, onTicks: () => {}, onCandle, onVector: () => {} })),
);
let told = 0;
const tiers = await readTiers();
for (const tier of TIER_NAMES) {
  const view = new ColumnView((column) => tiers.allowsColumn(tier, column));
  const tell = (_vector: FeatureVector): boolean => {
    told += 1;
    return true;
  };
  const reader = { path: tier, tell };
  for (const symbol of SYMBOLS) for (const timeframe of TIMEFRAMES) subscriptions.subscribe(symbol, timeframe, reader, view);
}

const random = seededRandom(2);
const prices = SYMBOLS.map(() => 1.1);

async function idle(): Promise<void> {
  while (activity.pending > 0) await new Promise(setImmediate);
}

/** A tick of every symbol at once; answers what came of it. */
async function tick(timeMs: number, probe: LoopProbe): Promise<Boundary> {
  await new Promise(setImmediate);
  probe.take();
  const before = candles;
  const vectors = told;
  const startedNs = process.hrtime.bigint();
  symbols.forEach((ref, at) => {
    prices[at] = (prices[at] as number) * (1 + 1e-4 * random.normal());
    const bid = prices[at] as number;
    const batch = { symbol: SYMBOLS[at] as string, count: 1, timesMs: Float64Array.of(timeMs), bids: Float64Array.of(bid) };
    ref.tell({ kind: 'ticks', batch: { ...batch, asks: Float64Array.of(bid + 1e-4) }, atNs: startedNs });
  });
  await idle();
  const totalMs = Number(process.hrtime.bigint() - startedNs) / 1e6;
  const stallMs = probe.take();
  if (told - vectors !== TIER_NAMES.length * (candles - before)) throw new Error('a vector is missing');
  return { candles: candles - before, totalMs, stallMs };
}

function report(what: string, boundaries: readonly Boundary[]): void {
  const column = (of: (boundary: Boundary) => number): string => {
    const sorted = boundaries.map(of).sort((left, right) => left - right);
    return [0.5, 0.9, 1].map((share) => percentile(sorted, share).toFixed(2).padStart(8)).join('');
  };
  const closed = String(boundaries[0]?.candles ?? 0).padStart(8);
  console.log(`${what.padEnd(28)}${closed}${column(({ totalMs }) => totalMs)}${column(({ stallMs }) => stallMs)}`);
}

const probe = new LoopProbe();
const midnights: Boundary[] = [];
const minutes: Boundary[] = [];
for (let day = 0; day < DAYS; day++) {
  // A tick every quarter of a minute in the first and last half hour, every quarter of an hour between: all timeframes fill.
  for (let at = 0; at < DAY_MS; at += at < 30 * MINUTE_MS || at >= DAY_MS - 30 * MINUTE_MS ? MINUTE_MS / 4 : 15 * MINUTE_MS) {
    const timeMs = START_MS + day * DAY_MS + at;
    const boundary = await tick(timeMs, probe);
    if (day === 0) continue;
    if (at === 0) midnights.push(boundary);
    else if (boundary.candles === SYMBOLS.length) minutes.push(boundary);
  }
}
const nothing: Boundary[] = [];
for (let at = 0; at < 100; at++) {
  probe.take();
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  nothing.push({ candles: 0, totalMs: 0, stallMs: probe.take() });
}
probe.stop();
console.log(`${SYMBOLS.length} symbols, ${TIMEFRAMES.length} timeframes, ${TIER_NAMES.length} readers each; ms`);
console.log(`${''.padEnd(28)}${'candles'.padStart(8)}${'total p50'.padStart(9)}    p90     max  stall p50  p90     max`);
report(`midnight (${midnights.length})`, midnights);
report(`a minute (${minutes.length})`, minutes);
report('nothing to do (100)', nothing);
system.close();
scheduler.close();
await journal.close();
await snapshots.close();
rmSync(folder, { recursive: true, force: true });
