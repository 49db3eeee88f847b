/**
 * How long does it take to find the ten nearest of 100,000 patterns, beside comparing with each of them?
 *
 * The peer is the plain loop over one array of 100,000 × 128 numbers of single precision, keeping the ten best, in the same
 * process, in turn with ours, told beforehand which patterns pass the filter. Recall is counted against it. Vectors without any
 * order, in clusters, and as an embedding is; queries are drawn like the vectors. Patterns stand in 24 parts (timeframe, direction,
 * class), so the search that the pattern part makes (one timeframe and class, more than five trades) looks at a sixth of them.
 * Then what a write takes, what opening the folder takes, and how long turns of the event loop are while a hundred searches, called
 * at once, are under way, and while the folder is read.
 */
import { INSTRUMENTS } from '../src/market/instrument.js';
import { seededIds } from '../src/runtime/ids.js';
import { seededRandom } from '../src/runtime/random.js';
import { systemClock } from '../src/runtime/clock.js';
import { certaintyOf, dot, EMBEDDING } from '../src/storage/patterns/embedding.js';
import { EmbeddedPatterns } from '../src/storage/patterns/embedded/embedded-patterns.js';
import type { NearestQuery, Pattern, PatternFilter, Placed } from '../src/storage/patterns/patterns.js';
import { pattern } from '../test/contracts/patterns-world.js';
import { VECTOR_KINDS } from '../test/storage/patterns/vectors.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { percentile } from './support/compare.js';

const COUNT = 100_000;
const QUERIES = 240;
/** Every so manyth query is also compared with each vector. */
const PEER_EVERY = 6;
const TENANT = 'bench';

const ids = seededIds('bench');

function patternAt(at: number): Pattern {
  const of = <T>(list: readonly T[], by: number): T => list[Math.floor(at / by) % list.length] as T;
  return pattern(`${at}`, {
    id: ids.idFor(`${at}`, 1_772_000_000_000),
    symbol: of(INSTRUMENTS, 24).symbol,
    symbolClass: of(['major', 'cross', 'metal'], 8),
    timeframe: of(['M5', 'M15', 'H1', 'H4'] as const, 2),
    direction: of(['BUY', 'SELL'] as const, 1),
    trades: (at * 7) % 20,
  });
}

/** Ten best certainties of those that pass. */
function compareWithEach(numbers: Float32Array, query: Float32Array, passes: (row: number) => boolean): number[] {
  const best: number[] = [];
  for (let row = 0; row < COUNT; row++) {
    if (!passes(row)) continue;
    // By four sums, which takes half the time of one.
    const cosine = dot(numbers, row * EMBEDDING, query, 0);
    if (best.length === 10 && cosine <= (best[9] as number)) continue;
    best.push(cosine);
    best.sort((a, b) => b - a);
    if (best.length > 10) best.pop();
  }
  return best.map(certaintyOf);
}

function line(what: string, times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number): string => percentile(times, share).toFixed(2).padStart(8);
  return `${what.padEnd(58)}${at(0.5)}${at(0.9)}${at(0.99)}${at(1)}`;
}

const timed = async <T>(times: number[], work: () => T | Promise<T>): Promise<T> => {
  const before = performance.now();
  const answer = await work();
  times.push(performance.now() - before);
  return answer;
};

const FILTERS: readonly (readonly [string, PatternFilter | undefined])[] = [
  ['all', undefined],
  ['one timeframe and class, trades > 5', { timeframe: 'M15', symbolClass: 'major', tradesOver: 5 }],
  ['one direction', { direction: 'SELL' }],
  ['one symbol, trades > 18', { symbol: 'EURUSD', tradesOver: 18 }],
];

const patterns = Array.from({ length: COUNT }, (_, at) => patternAt(at));

function passing(filter: PatternFilter | undefined): (row: number) => boolean {
  const { tradesOver = -1, ...same } = filter ?? {};
  const wanted = Object.entries(same);
  const passes = Uint8Array.from(patterns, (one) =>
    one.trades > tradesOver && wanted.every(([key, value]) => one[key as keyof Pattern] === value) ? 1 : 0,
  );
  return (row) => passes[row] === 1;
}

async function fill(store: EmbeddedPatterns, draw: () => Float32Array, numbers: Float32Array): Promise<void> {
  for (let from = 0; from < COUNT; from += 500) {
    const batch: Placed<Pattern>[] = patterns.slice(from, from + 500).map((item) => ({ item, vector: draw() }));
    for (const [at, { vector }] of batch.entries()) numbers.set(vector, (from + at) * EMBEDDING);
    await store.put(TENANT, 'patterns', batch);
  }
}

console.log(`${'milliseconds'.padEnd(58)}${['p50', 'p90', 'p99', 'most'].map((name) => name.padStart(8)).join('')}`);
await using folder = await temporaryFolder();
for (const [kind, make] of Object.entries(VECTOR_KINDS)) {
  const draw = make(seededRandom(`bench ${kind}`));
  const numbers = new Float32Array(COUNT * EMBEDDING);
  const store = kind === 'curved' ? await EmbeddedPatterns.open(folder.path, systemClock) : new EmbeddedPatterns(systemClock);
  await fill(store, draw, numbers);
  for (const [name, filter] of kind === 'curved' ? FILTERS : FILTERS.slice(0, 1)) {
    const [ours, peer]: [number[], number[]] = [[], []];
    const query: NearestQuery<PatternFilter> = filter === undefined ? { count: 10 } : { count: 10, filter };
    const passes = passing(filter);
    let [right, asked] = [0, 0];
    for (let at = -10; at < QUERIES; at++) {
      const vector = draw();
      const found = await timed(at < 0 ? [] : ours, () => store.nearest(TENANT, 'patterns', vector, query));
      if (at % PEER_EVERY !== 0) continue;
      const truth = await timed(at < 0 ? [] : peer, () => compareWithEach(numbers, vector, passes));
      asked += truth.length;
      right += found.filter(({ certainty }) => certainty >= (truth.at(-1) as number) - 1e-9).length;
    }
    console.log(line(`${kind}, ${name}: ours, recall ${(right / asked).toFixed(4)}`, ours));
    console.log(line('  comparing with each', peer));
    console.log(`  ratio at p50: ${(percentile(peer, 0.5) / percentile(ours, 0.5)).toFixed(1)}`);
  }
  if (kind === 'curved') {
    const searches = Array.from({ length: 100 }, () => draw());
    await turnsDuring('turns of the loop while 100 searches called at once run', () =>
      Promise.all(searches.map((vector) => store.nearest(TENANT, 'patterns', vector, { count: 10 }))),
    );
    await writes(store, draw);
  }
  await store.close();
}

/** How far apart the turns of the event loop are while some work is under way. */
async function turnsDuring(what: string, work: () => Promise<unknown>): Promise<void> {
  const gaps: number[] = [];
  let last = performance.now();
  let going = true;
  const turn = (): void => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  going = false;
  console.log(line(what, gaps));
}

async function writes(store: EmbeddedPatterns, draw: () => Float32Array): Promise<void> {
  const keeps: number[] = [];
  for (let at = 0; at < 300; at++) {
    const item = { ...patternAt(at), id: ids.idFor(`kept ${at}`, 1_772_000_000_000) };
    const vector = draw();
    await timed(keeps, () => store.keep(TENANT, { item, vector }));
  }
  console.log(line('keep, until the disk has it', keeps));
  await store.close();
  const opened: number[] = [];
  const again = await EmbeddedPatterns.open(folder.path, systemClock);
  await turnsDuring('turns of the loop while the folder is opened', () =>
    timed(opened, () => again.nearest(TENANT, 'patterns', draw(), { count: 10 })),
  );
  console.log(line(`opening ${COUNT.toLocaleString('en')} from disk, and the first search`, opened));
  await again.close();
}
