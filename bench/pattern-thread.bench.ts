/**
 * What do the searches of thirty symbols that close at once cost the loop that decides, with the pattern store on it and in a thread?
 *
 * A tenant of 10,000 and of 100,000 patterns, on disk, all of one timeframe and class, so that each search looks at every one of them (the
 * worst case; `pattern-search.bench.ts` has the usual). In each round thirty searches are called in one turn, as at a candle's close; told
 * are how long each took, and how late timers of the calling loop were until all were answered. The two ways take turns, in one
 * process.
 */
import { LIMITS } from '../src/limits.js';
import { seededIds } from '../src/runtime/ids.js';
import { systemClock } from '../src/runtime/clock.js';
import { type Random, seededRandom } from '../src/runtime/random.js';
import { patternQuestion } from '../src/signals/pattern-part.js';
import { EmbeddedPatterns } from '../src/storage/patterns/embedded/embedded-patterns.js';
import { PatternThread } from '../src/storage/patterns/embedded/pattern-thread.js';
import type { PatternStore, Placed, Pattern } from '../src/storage/patterns/patterns.js';
import { pattern } from '../test/contracts/patterns-world.js';
import { VECTOR_KINDS } from '../test/storage/patterns/vectors.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { percentile } from './support/compare.js';

const ROUNDS = 40;
const SYMBOLS = 30;
/** A loop that only waits leaves the other core alone. */
const TIMER_MS = 1;
const TENANT = 'bench';
const ids = seededIds('bench');
const curved = VECTOR_KINDS.curved as (random: Random) => () => Float32Array;
const draw = curved(seededRandom('pattern thread'));

function line(what: string, times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number): string => percentile(times, share).toFixed(2).padStart(9);
  return `${what.padEnd(52)}${at(0.5)}${at(0.9)}${at(0.99)}${at(1)}`;
}

async function fill(store: PatternStore, count: number): Promise<void> {
  for (let from = 0; from < count; from += LIMITS.patterns.pageItems) {
    const batch = Array.from({ length: LIMITS.patterns.pageItems }, (_, at): Placed<Pattern> => {
      const name = `${from + at}`;
      const id = ids.idFor(name, 1_772_000_000_000);
      return {
        item: pattern(name, { id, trades: 6 + (at % 20), wins: 3, direction: at % 2 === 0 ? 'BUY' : 'SELL' }),
        vector: draw(),
      };
    });
    await store.put(TENANT, 'patterns', batch);
  }
}

interface Times {
  readonly answers: number[];
  readonly turns: number[];
  readonly last: number[];
}

async function round(store: PatternStore, { answers, turns, last }: Times): Promise<void> {
  const begun = performance.now();
  let before = begun;
  let going = true;
  const turn = (): void => {
    const now = performance.now();
    turns.push(Math.max(0, now - before - TIMER_MS));
    before = now;
    if (going) setTimeout(turn, TIMER_MS);
  };
  setTimeout(turn, TIMER_MS);
  await Promise.all(
    Array.from({ length: SYMBOLS }, async () => {
      await store.nearest(TENANT, 'patterns', draw(), patternQuestion('EURUSD', 'M15'));
      answers.push(performance.now() - begun);
    }),
  );
  last.push(performance.now() - begun);
  going = false;
}

console.log(`${'milliseconds'.padEnd(52)}${['p50', 'p90', 'p99', 'most'].map((name) => name.padStart(9)).join('')}`);
for (const count of [10_000, 100_000]) {
  await using here = await temporaryFolder();
  await using there = await temporaryFolder();
  const stores = {
    'on the loop': await EmbeddedPatterns.open(here.path, systemClock),
    'in a thread': await PatternThread.open(there.path),
  };
  const measured = new Map<string, Times>();
  for (const [way, store] of Object.entries(stores)) {
    await fill(store, count);
    await round(store, { answers: [], turns: [], last: [] });
    measured.set(way, { answers: [], turns: [], last: [] });
  }
  for (let at = 0; at < ROUNDS; at++)
    for (const [way, store] of Object.entries(stores)) await round(store, measured.get(way) as Times);
  for (const [way, { answers, turns, last }] of measured) {
    console.log(line(`${count.toLocaleString('en')} patterns, ${way}: an answer`, answers));
    console.log(line('  all thirty', last));
    console.log(line('  timers of the loop meanwhile, late by', turns));
  }
  for (const store of Object.values(stores)) await store.close();
}
