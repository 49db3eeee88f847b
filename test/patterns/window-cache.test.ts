import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { type Found, WindowCache, windowHash } from '../../src/patterns/window-cache.js';
import { seededRandom } from '../../src/runtime/random.js';
import { type PatternQuestion, patternQuestion } from '../../src/signals/pattern-part.js';
import { proofCount } from '../support/price-paths.js';

const PLACES = [patternQuestion('EURUSD', 'M15'), patternQuestion('EURGBP', 'M15'), patternQuestion('EURUSD', 'H1')];
const found = (id: string): Found => [
  { certainty: 0.9, item: { id, timeframe: 'M15', symbolClass: 'major', direction: 'BUY', trades: 9, wins: 3 } },
];

/** As plainly as can be: a list of what was kept, the newest last, searched from its end. */
class PlainCache {
  readonly #kept: { readonly hash: string; readonly place: PatternQuestion; readonly found: Found; readonly atMs: number }[] = [];

  keep(hash: string, place: PatternQuestion, what: Found, atMs: number): void {
    this.#drop((one) => one.hash === hash);
    this.#kept.push({ hash, place, found: what, atMs });
    while (this.#kept.length > LIMITS.patterns.cached) this.#kept.shift();
  }

  changed(place: PatternQuestion): void {
    this.#drop((one) => one.place === place);
  }

  get(hash: string, nowMs: number): Found | undefined {
    this.#drop((one) => one.hash === hash && nowMs - one.atMs >= 600_000);
    return this.#kept.find((one) => one.hash === hash)?.found;
  }

  #drop(of: (one: { readonly hash: string; readonly place: PatternQuestion; readonly atMs: number }) => boolean): void {
    for (let at = this.#kept.length - 1; at >= 0; at--) if (of(this.#kept[at] as never)) this.#kept.splice(at, 1);
  }
}

test('the cache is a list of bounded length that forgets after ten minutes and after a change of its place', () => {
  const random = seededRandom('window cache');
  for (let world = 0; world < proofCount(80); world++) {
    const [cache, plain] = [new WindowCache(), new PlainCache()];
    let nowMs = 0;
    for (let step = 0; step < 3_000; step++) {
      nowMs += random.int(2_000);
      const number = random.int(1_500);
      const hash = `window ${number}`;
      const place = PLACES[number % PLACES.length] as PatternQuestion;
      const what = random.int(400);
      if (what === 0) {
        cache.changed(place.filter);
        plain.changed(place);
      } else if (what < 300) {
        const answer = found(`${step}`);
        cache.keep(hash, place.filter, answer, cache.stamp(place.filter), nowMs);
        plain.keep(hash, place, answer, nowMs);
      } else assert.equal(cache.get(hash, nowMs), plain.get(hash, nowMs), `step ${step}`);
      assert.ok(cache.size <= LIMITS.patterns.cached);
    }
  }
});

test('what was asked for before a change and is found after it is not kept', () => {
  const [place, other] = [patternQuestion('EURUSD', 'M15').filter, patternQuestion('EURGBP', 'M15').filter];
  const cache = new WindowCache();
  const stamp = cache.stamp(place);
  cache.changed(other);
  cache.keep('one', place, found('one'), stamp, 0);
  assert.deepEqual(cache.get('one', 1), found('one'));
  cache.changed(place);
  cache.keep('two', place, found('two'), stamp, 2);
  assert.deepEqual([cache.get('one', 3), cache.get('two', 3)], [undefined, undefined]);
});

test('a window is another where one bit of its embedding, its timeframe or its class is another', () => {
  const embedding = new Float32Array(128).fill(0.5);
  const near = embedding.slice();
  near[127] = 0.5 + 2 ** -24;
  const [question, elsewhere, longer] = PLACES as [PatternQuestion, PatternQuestion, PatternQuestion];
  const hashes = [
    windowHash(embedding, question),
    windowHash(near, question),
    windowHash(embedding, elsewhere),
    windowHash(embedding, longer),
  ];
  assert.equal(new Set(hashes).size, 4);
  // A view into a larger array is the numbers that it shows.
  const view = Float32Array.of(9, ...embedding, 9).subarray(1, 129);
  assert.equal(windowHash(view, patternQuestion('GBPUSD', 'M15')), hashes[0]);
});
