import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PairCorrelation } from '../../src/features/correlation.js';
import { type CorrelationWindow, CORRELATION_LAGS, PERSISTENCE_CANDLES } from '../../src/features/correlation-window.js';
import { MOST_LAG } from '../../src/features/pair-returns.js';
import { seededRandom } from '../../src/runtime/random.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';
import { correlationAt, logReturns, populationDeviation } from './correlation-oracle.js';

const seed = freshSeed();
const LAGS = Array.from({ length: CORRELATION_LAGS }, (_, place) => place - MOST_LAG);
const SAME = 1e-9;

const closesOf = (path: string, length: number, of: number): number[] =>
  (PRICE_PATHS[path]?.(length, of) ?? []).map(({ close }) => close);

function fed(first: readonly number[], second: readonly number[], periods: readonly number[]): PairCorrelation {
  const pair = new PairCorrelation(periods);
  for (const [at, close] of first.entries()) pair.update(close, second[at] as number);
  return pair;
}

/** Feeds the pair, and holds every window against the oracle whenever it is looked at. */
function assertRight(first: readonly number[], second: readonly number[], periods: readonly number[], every: number): void {
  const pair = new PairCorrelation(periods);
  const [a, b] = [logReturns(first), logReturns(second)];
  first.forEach((close, at) => {
    pair.update(close, second[at] as number);
    if (at % every !== 0 && at !== first.length - 1) return;
    for (const window of pair.windows) assertWindow(window, a, b, at - 1);
  });
}

function assertWindow(window: CorrelationWindow, a: readonly number[], b: readonly number[], at: number): void {
  const { period } = window;
  assert.equal(window.ready, at + 1 >= period + MOST_LAG);
  if (window.ready) {
    for (const lag of LAGS) {
      const [ours, exact] = [window.vector[MOST_LAG + lag] as number, correlationAt(a, b, at, period, lag)];
      assert.ok(Math.abs(ours - exact) <= SAME, `${ours} at lag ${lag} of ${period} at ${at}, exact ${exact}`);
      assert.ok(ours >= -1 && ours <= 1);
    }
  }
  if (at + 1 < period + PERSISTENCE_CANDLES - 1) assert.ok(Number.isNaN(window.persistence));
  else {
    const last = Array.from({ length: PERSISTENCE_CANDLES }, (_, ago) => correlationAt(a, b, at - ago, period, 0));
    assert.ok(Math.abs(window.persistence - (1 - populationDeviation(last))) <= SAME);
  }
}

const PATHS = Object.keys(PRICE_PATHS);

test(`on all kinds of prices, at every lag, the correlation is Pearson's over the window in two passes, seed ${seed}`, () => {
  PATHS.forEach((path, at) => {
    const [first, second] = [closesOf(path, 420, seed), closesOf(PATHS[(at * 5 + 1) % PATHS.length] as string, 420, seed + 1)];
    assertRight(first, second, [20, 100], 23);
    assertRight(closesOf('a random walk', 420, seed + 2), first, [20, 100], 29);
  });
});

test('so it is for any period and any prices, jumps and pauses among them', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -1_000, max: 1_000 }).map((each) => each * 1e-6) },
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(0.3, -0.3, 1e-6, -1e-6) },
  );
  const closes = fc.array(step, { minLength: 40, maxLength: 120 }).map((steps) => {
    let close = 1.1;
    return steps.map((each) => (close *= Math.exp(each)));
  });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 30 }), closes, closes, (period, first, second) => {
      const length = Math.min(first.length, second.length);
      assertRight(first.slice(0, length), second.slice(0, length), [period], 7);
    }),
    { numRuns: proofCount(1_500) },
  );
});

for (const lead of [-30, -7, -1, 0, 1, 12, 30]) {
  test(`a series that is the other's of ${Math.abs(lead)} candles ${lead < 0 ? 'later' : 'before'} has its lag found: ${lead}, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const returns = Array.from({ length: 400 }, () => 1e-4 * random.normal());
    const closes = (shift: number, sign: number): number[] => {
      let close = 1.1;
      return returns.slice(100 - shift, 350 - shift).map((each) => (close *= Math.exp(sign * each)));
    };
    for (const sign of [1, -1]) {
      // What the leader does, the other does `lead` candles afterwards.
      for (const { vector, lag } of fed(closes(0, 1), closes(lead, sign), [20, 100]).windows) {
        assert.equal(lag, lead);
        assert.ok(Math.abs((vector[MOST_LAG + lead] as number) - sign) < 1e-9);
      }
    }
  });
}

test('a flat series, and one that grows evenly, goes with nothing: 0 at every lag', () => {
  const walk = closesOf('a random walk', 300, seed);
  for (const path of ['flat prices', 'a steady rise']) {
    for (const pair of [fed(walk, closesOf(path, 300, seed), [20, 100]), fed(closesOf(path, 300, seed), walk, [20, 100])]) {
      for (const { vector, lag, persistence } of pair.windows) {
        assert.deepEqual(vector, new Float64Array(CORRELATION_LAGS));
        assert.equal(lag, 0);
        assert.equal(persistence, 1);
      }
    }
  }
});

test('after many candles, with jumps now and then, the error is that after few: nothing drifts', () => {
  const random = seededRandom(seed);
  const pair = new PairCorrelation([20, 100]);
  const [first, second]: [number[], number[]] = [[], []];
  let [a, b] = [1.1, 150];
  let worst = 0;
  for (let at = 0; at < proofCount(2_000_000); at++) {
    const jump = at % 5_000 === 4_000 ? 0.5 : at % 5_000 === 4_001 ? -0.5 : 0;
    const common = random.normal();
    a *= Math.exp(1e-6 * (common + random.normal()) + jump);
    b *= Math.exp(1e-6 * (common + random.normal()) - jump);
    first.push(a);
    second.push(b);
    if (first.length > 150) for (const closes of [first, second]) closes.shift();
    pair.update(a, b);
    if (at < 200 || (at % 5_000 !== 4_140 && at % 5_000 !== 4_025)) continue;
    const [returnsA, returnsB] = [logReturns(first), logReturns(second)];
    for (const { period, vector } of pair.windows) {
      if (at % 5_000 === 4_025 && period === 100) continue;
      for (const lag of [-30, -3, 0, 3, 30]) {
        const exact = correlationAt(returnsA, returnsB, returnsA.length - 1, period, lag);
        worst = Math.max(worst, Math.abs((vector[MOST_LAG + lag] as number) - exact));
      }
    }
  }
  assert.ok(worst < SAME, `${worst} off`);
});

test(`a restored snapshot goes on bit for bit, and a reset pair is as a fresh one, seed ${seed}`, () => {
  const [first, second] = [closesOf('a random walk', 400, seed), closesOf('prices on a grid of pips', 400, seed)];
  const random = seededRandom(seed);
  for (let round = 0; round < 12; round++) {
    const cut = random.int(400);
    const original = fed(first.slice(0, cut), second, [20, 100]);
    const restored = fed(second.slice(0, random.int(300)), first, [20, 100]);
    restored.restore(original.snapshot());
    for (let at = cut; at < 400; at++) {
      original.update(first[at] as number, second[at] as number);
      restored.update(first[at] as number, second[at] as number);
    }
    assert.deepEqual(restored.snapshot(), original.snapshot());
    assert.deepEqual(restored.snapshot(), fed(first, second, [20, 100]).snapshot());
    restored.reset();
    assert.deepEqual(restored.snapshot(), new PairCorrelation().snapshot());
  }
  assert.throws(() => new PairCorrelation([20]).restore(new PairCorrelation([21]).snapshot()), /numbers/);
});
