/**
 * When 30 symbols close at once, how long does a whole decision take, from the vector to the signal, beside the bare cost of its parts?
 *
 * Ours: the actors as a node has them. Thirty vectors are told to their inference actors; the shipped models answer from the pool's
 * thread; one tenant hears them, asks its history of 10,000 patterns in the store's thread, and decides. Every close flips the votes,
 * and the thresholds are so low that each of the thirty becomes a signal. The clock stops at each decision, and at the last.
 *
 * The peer: the same models by the runtime in this process, 30 rows in a run, one model after the other, and then the thirty searches in
 * the store without a thread: what must be computed, and nothing else. In turn, round by round, in one process.
 *
 * Then each stage by itself beside the budget that the specifications gave it.
 */
import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { inferenceActor, type InferenceMessage } from '../src/actors/inference.js';
import { type ActorRef, ActorSystem, NactScheduler } from '../src/actors/actor.js';
import { patternsActor } from '../src/actors/patterns.js';
import { type SignalSettings, signalActor } from '../src/actors/signal.js';
import { Subscriptions } from '../src/actors/subscriptions.js';
import { ColumnView } from '../src/features/column-view.js';
import type { CatalogueVector } from '../src/features/feature-stream.js';
import { VectorWindow } from '../src/features/vector-window.js';
import { LIMITS } from '../src/limits.js';
import { FeatureStreams } from '../src/features/feature-streams.js';
import { askModels, rowsFor } from '../src/inference/ask-models.js';
import { placeOf } from '../src/indicators/registry.js';
import { openInference } from '../src/inference/open-inference.js';
import { readStock, SHIPPED_MODELS } from '../src/inference/model-stock.js';
import { shelveStock } from '../src/inference/shelve-stock.js';
import { ModelPredictor } from '../src/inference/predictor.js';
import { INSTRUMENTS } from '../src/market/instrument.js';
import { Activity } from '../src/runtime/activity.js';
import { SteppedClock, systemClock } from '../src/runtime/clock.js';
import { seededIds } from '../src/runtime/ids.js';
import { silentLogger } from '../src/runtime/logger.js';
import { seededRandom } from '../src/runtime/random.js';
import { type Evidence, judge } from '../src/signals/lineage.js';
import { NO_RECORDS } from '../src/signals/model-record.js';
import { patternQuestion } from '../src/signals/pattern-part.js';
import { technicalValues } from '../src/signals/technical.js';
import { stopInputs } from '../src/signals/stop-distances.js';
import { membersFor, type Prediction } from '../src/signals/prediction.js';
import { RecentCandles } from '../src/storage/journal/recent-candles.js';
import { EmbeddedPatterns } from '../src/storage/patterns/embedded/embedded-patterns.js';
import { PatternThread } from '../src/storage/patterns/embedded/pattern-thread.js';
import type { Pattern, PatternStore, Placed } from '../src/storage/patterns/patterns.js';
import { MemorySnapshots } from '../src/storage/snapshots/memory-snapshots.js';
import { assess } from '../src/risk/assess.js';
import { restartPolicy } from '../src/supervisors/restart-policy.js';
import { pattern } from '../test/contracts/patterns-world.js';
import { OnnxSession } from '../test/support/onnx-session.js';
import { riskContext } from '../test/support/risk-contexts.js';
import { EVERY_RIGHT } from '../test/support/rights.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { walkOfCandles } from '../test/support/walk-of-candles.js';
import { percentile } from './support/compare.js';

const ROUNDS = 150;
const WARM_UP = 25;
const TENANT = 'bench';
const PATTERNS = 10_000;
const TIMEFRAME = 'M1';
const HISTORY = 260;
const SYMBOLS = INSTRUMENTS.map(({ symbol }) => symbol).slice(0, 30);
/** Success of a half: neither side is spoken for, so the votes decide. */
const EVEN = { trades: 8, wins: 4 };
const EVERYTHING = new ColumnView(() => true);
const ids = seededIds('decision bench');
const random = seededRandom('decision bench');

function row(what: string, times: readonly number[], more = ''): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => percentile(sorted, share).toFixed(2).padStart(9);
  return `${what.padEnd(58)}${at(0.5)}${at(0.9)}${at(0.99)}${at(1)}  ${more}`;
}

function timed(times: number[], work: () => void): void {
  const before = performance.now();
  work();
  times.push(performance.now() - before);
}

const shipped = await readStock(SHIPPED_MODELS, '');
const { models } = shipped;
if (models.length === 0) throw new Error(`there are no models in ${SHIPPED_MODELS}`);
const inference = openInference({
  clock: systemClock,
  deadlines: systemClock,
  machine: systemClock,
  logger: silentLogger,
  threads: 1,
});
const left = await shelveStock(inference.shelf, shipped, silentLogger);
if (left.length > 0) throw new Error(`${left[0]?.model} was left out: ${left[0]?.sentence}`);
const sessions = await Promise.all(
  models.map(async ({ card, graph }) => ({ card, session: await OnnxSession.open(new Uint8Array(await readFile(graph))) })),
);

// A history like the present: embeddings of the models' own, each turned a little.
await using here = await temporaryFolder();
await using there = await temporaryFolder();
const threaded: PatternStore = await PatternThread.open(there.path);
const bare: PatternStore = await EmbeddedPatterns.open(here.path, systemClock);

const features = new FeatureStreams({ journal: new RecentCandles(), snapshots: new MemorySnapshots() });
const candles = new Map(
  SYMBOLS.map((symbol, at) => [symbol, walkOfCandles(symbol, TIMEFRAME, HISTORY + 2 * (ROUNDS + WARM_UP), at + 1)]),
);
for (const symbol of SYMBOLS) {
  features.open(symbol, TIMEFRAME);
  for (const candle of candles.get(symbol)?.slice(0, HISTORY) ?? []) features.update(candle);
}
let closed = HISTORY;
let side = 1;
const featureTimes: number[] = [];

/** The next close of every symbol, all votes to the other side than before. */
function closes(): readonly CatalogueVector[] {
  side = -side;
  closed += 1;
  return SYMBOLS.map((symbol) => {
    const candle = candles.get(symbol)?.[closed - 1];
    if (candle === undefined) throw new Error('the walk is too short');
    const before = performance.now();
    const vector = features.update(candle);
    featureTimes.push(performance.now() - before);
    const votes = {
      ema_20: candle.close + side,
      ema_50: candle.close,
      macd_hist: side,
      rsi_14: 50 + 20 * side,
      supertrend_dir: side,
    };
    for (const [column, value] of Object.entries(votes)) vector.values[placeOf(column)] = value;
    return vector;
  });
}

const predictor = new ModelPredictor({
  shelf: inference.shelf,
  records: { read: () => NO_RECORDS, write: () => {} },
});

const windowOf = (symbol: string): VectorWindow => new VectorWindow(features.recent(symbol, TIMEFRAME), LIMITS.features.recent);

async function predictAll(vectors: readonly CatalogueVector[]): Promise<readonly Prediction[]> {
  return Promise.all(vectors.map(({ candle }) => predictor.predict(windowOf(candle.symbol))));
}

async function fillStores(): Promise<void> {
  const seen = (await predictAll(closes())).map(({ shapes }) => shapes?.embedding);
  for (let from = 0; from < PATTERNS; from += 500) {
    const batch = Array.from({ length: 500 }, (_, at): Placed<Pattern> => {
      const centre = seen[(from + at) % seen.length] ?? new Float32Array(128).fill(1);
      const name = `${from + at}`;
      const item = pattern(name, {
        id: ids.idFor(name, 1_772_000_000_000),
        timeframe: TIMEFRAME,
        ...EVEN,
      });
      return { item, vector: centre.map((value) => value + 0.05 * random.normal()) };
    });
    await threaded.put(TENANT, 'patterns', batch);
    await bare.put(TENANT, 'patterns', batch);
  }
}
await fillStores();

const clock = new SteppedClock(Date.UTC(2026, 0, 6));
const activity = new Activity();
const scheduler = new NactScheduler(silentLogger);
const system = new ActorSystem({ scheduler, clock, random, log: silentLogger, activity, restartPolicy });
const subscriptions = new Subscriptions();
const settings: SignalSettings = {
  tenantId: TENANT,
  strategy: 'bench-1',
  timeframe: TIMEFRAME,
  symbols: SYMBOLS,
  thresholds: { strong: 99, moderate: 1 },
  columns: EVERYTHING,
  rights: EVERY_RIGHT,
};
const patterns = system.spawn(
  patternsActor({
    tenantId: TENANT,
    store: threaded,
    ledger: { closedTrades: async () => [], explained: async () => undefined },
    settings: () => settings,
    keeps: () => false,
    timers: systemClock,
  }),
);
const actors = new Map<string, ActorRef<InferenceMessage>>();
const onPrediction = (): void => {};
for (const symbol of SYMBOLS)
  actors.set(
    symbol,
    system.spawn({
      ...inferenceActor({ symbol, timeframe: TIMEFRAME, features, subscriptions, predictor, onPrediction }),
      name: `inference-${symbol}`,
    }),
  );
let decided: (absent: unknown) => void = () => {};
system.spawn(
  signalActor({
    settings: () => settings,
    subscriptions,
    features,
    accounts: { get: () => undefined, all: () => [] },
    onDecision: ({ absent }) => decided(absent),
    patterns,
  }),
);

const idle = async (): Promise<void> => {
  do await new Promise(setImmediate);
  while (activity.pending > 0);
};
await idle();

async function whole(each: number[], last: number[], absences: Map<string, number>): Promise<void> {
  const vectors = closes();
  const before = performance.now();
  let open = SYMBOLS.length;
  const done = new Promise<void>((resolve) => {
    decided = (absent) => {
      each.push(performance.now() - before);
      const why = absent === undefined ? 'all parts' : JSON.stringify(absent);
      absences.set(why, (absences.get(why) ?? 0) + 1);
      open -= 1;
      if (open === 0) resolve();
    };
  });
  for (const vector of vectors) actors.get(vector.candle.symbol)?.tell({ kind: 'vector', vector, tickAtNs: 0n });
  await done;
  last.push(performance.now() - before);
}

async function parts(last: number[]): Promise<void> {
  const windows = SYMBOLS.map(windowOf);
  const before = performance.now();
  let embeddings: Float32Array | undefined;
  for (const { card, session } of sessions) {
    const rows = windows.map((window) => rowsFor(card, window) as Float64Array);
    const length = rows[0]?.length ?? 0;
    const values = new Float64Array(rows.length * length);
    for (const [at, one] of rows.entries()) values.set(one, at * length);
    const shape = [rows.length, ...card.input.row];
    const outputs = await session.run({ [card.input.name]: new Tensor('float64', values, shape) });
    if (card.says.kind === 'shapes') embeddings = outputs[card.says.embedding]?.data as Float32Array;
  }
  if (embeddings !== undefined) {
    const width = embeddings.length / SYMBOLS.length;
    const found = SYMBOLS.map((symbol, at) =>
      bare.nearest(TENANT, 'patterns', embeddings.slice(at * width, (at + 1) * width), patternQuestion(symbol, TIMEFRAME)),
    );
    await Promise.all(found);
  }
  last.push(performance.now() - before);
}

const ours = { each: [] as number[], last: [] as number[] };
const peer: number[] = [];
const absences = new Map<string, number>();
for (let round = -WARM_UP; round < ROUNDS; round++) {
  if (round === 0) for (const times of [ours.each, ours.last, peer]) times.length = 0;
  if (round === 0) absences.clear();
  await whole(ours.each, ours.last, absences);
  await idle();
  await parts(peer);
}

console.log(
  `${SYMBOLS.length} symbols at once, ${models.length} models, ${PATTERNS.toLocaleString('en')} patterns, ${ROUNDS} rounds`,
);
console.log(`${'milliseconds'.padEnd(58)}${['p50', 'p90', 'p99', 'most'].map((name) => name.padStart(9)).join('')}`);
console.log(row('ours, vector to decision, each symbol', ours.each));
console.log(row('ours, vector to decision, the last symbol', ours.last));
console.log(row('the parts alone, in this process', peer));
const at = (times: readonly number[], share: number): number =>
  percentile(
    [...times].sort((a, b) => a - b),
    share,
  );
console.log(
  `the last symbol takes ${(at(ours.last, 0.5) / at(peer, 0.5)).toFixed(2)} × the parts at p50, ${(at(ours.last, 0.99) / at(peer, 0.99)).toFixed(2)} × at p99`,
);
console.log(`decisions by what was absent: ${JSON.stringify(Object.fromEntries(absences))}\n`);

const stages = { ml: [] as number[], patterns: [] as number[], decision: [] as number[], risk: [] as number[] };
for (let round = 0; round < ROUNDS / 2; round++) {
  const vectors = closes();
  const windows = vectors.map(({ candle }) => windowOf(candle.symbol));
  const asked = performance.now();
  await Promise.all(
    windows.map(async (window) => {
      await askModels(inference.shelf, TIMEFRAME, window);
      stages.ml.push(performance.now() - asked);
    }),
  );
  const predictions = await predictAll(vectors);
  const searched = performance.now();
  const found = await Promise.all(
    predictions.map(async ({ symbol, shapes }) => {
      const embedding = shapes?.embedding ?? new Float32Array(128).fill(1);
      const neighbours = await threaded.nearest(TENANT, 'patterns', embedding, patternQuestion(symbol, TIMEFRAME));
      stages.patterns.push(performance.now() - searched);
      return neighbours;
    }),
  );
  for (const [place, prediction] of predictions.entries()) {
    const { candle, values } = vectors[place] as CatalogueVector;
    const evidence: Evidence = {
      time: candle.time,
      close: candle.close,
      values: technicalValues((column) => values[placeOf(column)]),
      stops: stopInputs((column) => values[placeOf(column)] as number),
      models: membersFor(prediction.atMs, prediction, EVERY_RIGHT),
      neighbours: found[place] ?? [],
    };
    const decider = { ...settings, symbol: candle.symbol };
    const above = side > 0 ? 'SELL' : 'BUY';
    timed(stages.decision, () => void judge(decider, { time: 0, above }, evidence));
    timed(stages.risk, () => assess(riskContext({})));
  }
}
console.log(
  `${'each stage of one symbol, while all 30 are on their way'.padEnd(58)}${['p50', 'p90', 'p99', 'most'].map((name) => name.padStart(9)).join('')}`,
);
console.log(row('features: a vector of the catalogue', featureTimes, 'budget 8'));
console.log(row('ML: all models', stages.ml, 'budget 15'));
console.log(row('patterns: a search in the store’s thread', stages.patterns, 'budget 20'));
console.log(row('decision: score, decision, lineage as text', stages.decision, 'budget 10'));
console.log(row('risk: checks, size, prices of one account', stages.risk, 'budget 5'));

system.close();
scheduler.close();
await inference.close();
for (const { session } of sessions) await session[Symbol.asyncDispose]();
await threaded.close();
await bare.close();
