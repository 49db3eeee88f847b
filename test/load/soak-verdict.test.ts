import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fitLine } from '../../load-tests/load/line-fit.js';
import { judgeSizes, leastOf, type SizeSample } from '../../load-tests/load/soak-verdict.js';
import { seededRandom } from '../../src/runtime/random.js';

function samples(count: number, sizes: (at: number) => Readonly<Record<string, number>>): SizeSample[] {
  return Array.from({ length: count }, (_, at) => ({ atSeconds: at * 2, messages: at * 10_000, ...sizes(at) }));
}

function growing(all: readonly SizeSample[]): readonly string[] {
  return judgeSizes(all)
    .filter(({ grows }) => grows)
    .map(({ name }) => name);
}

describe('a line through sizes', () => {
  it('is the line where the values stand on one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: -900, max: 900 }),
        fc.integer({ min: 3, max: 90 }),
        (slope, base, count) => {
          const xs = Array.from({ length: count }, (_, at) => at);
          const fitted = fitLine(
            xs,
            xs.map((x) => base + slope * x),
          );
          assert.ok(Math.abs(fitted.slope - slope) < 1e-6);
          assert.ok(fitted.low <= slope + 1e-6 && fitted.high >= slope - 1e-6);
          assert.ok(Math.abs(fitted.rise - slope * (count - 1)) < 1e-4);
        },
      ),
    );
  });

  it('has an interval that holds the true slope about 99 times of 100', () => {
    const random = seededRandom('line');
    let missed = 0;
    for (let round = 0; round < 400; round++) {
      const xs = Array.from({ length: 60 }, (_, at) => at);
      const { low, high } = fitLine(
        xs,
        xs.map((x) => 100 + 0.5 * x + 20 * (random.next() + random.next() + random.next() - 1.5)),
      );
      if (low > 0.5 || high < 0.5) missed += 1;
    }
    assert.ok(missed <= 14, `${missed} of 400 intervals missed`);
  });
});

describe('sizes of a soak', () => {
  it('that are noise around a level do not grow', () => {
    const random = seededRandom('level');
    const flat = samples(60, () => ({ 'heap MB': 120 + 4 * random.next(), 'commits pending': Math.floor(30 * random.next()) }));
    assert.deepEqual(growing(flat), []);
  });

  it('that only warmed up in the first half do not grow', () => {
    assert.deepEqual(growing(samples(60, (at) => ({ 'heap MB': at < 30 ? 60 + 2 * at : 120 + (at % 3) / 10 }))), []);
  });

  it('that leak are named, also through noise, and told by the million messages', () => {
    const random = seededRandom('leak');
    const leaking = samples(60, (at) => ({ 'heap MB': 120 + 0.4 * at + 2 * random.next(), 'tenant offers': 5 + at, steady: 40 }));
    assert.deepEqual(growing(leaking), ['heap MB', 'tenant offers']);
    const offers = judgeSizes(leaking).find(({ name }) => name === 'tenant offers');
    assert.ok(Math.abs((offers?.perMillionMessages ?? 0) - 100) < 1e-6, 'one in each 10,000 messages');
  });

  it('that leapt once, at the end, do not grow: a line through that is too unsure of itself', () => {
    const queue = judgeSizes(samples(60, (at) => ({ 'messages waiting': at >= 57 ? 300 : 0 }))).find(
      ({ name }) => name === 'messages waiting',
    );
    assert.ok(queue !== undefined && queue.rise > queue.least && queue.riseLow < 0);
    assert.equal(queue.grows, false);
  });

  it('that are queues grow only where they still stand once all is at rest', () => {
    const all = samples(60, (at) => ({ 'commits pending': 2 * at, 'heap MB': 100 + at }));
    const named = (rest: SizeSample): readonly string[] =>
      judgeSizes(all, rest)
        .filter(({ grows }) => grows)
        .map(({ name }) => name);
    assert.deepEqual(named({ 'commits pending': 0, 'heap MB': 160 }), ['heap MB']);
    assert.deepEqual(named({ 'commits pending': 118, 'heap MB': 100 }), ['commits pending']);
  });

  it('that are bounded by nature grow past their bound alone', () => {
    const files = (most: number): readonly string[] =>
      growing(samples(60, (at) => ({ 'files snapshots/': Math.round((most * at) / 59) })));
    assert.deepEqual(files(180), []);
    assert.deepEqual(files(2_000), ['files snapshots/']);
  });

  it('that rise by less than their least size, however surely, do not grow', () => {
    const heap = judgeSizes(samples(60, (at) => ({ 'heap MB': 200 + 0.01 * at }))).find(({ name }) => name === 'heap MB');
    assert.ok(heap !== undefined && heap.riseLow > 0 && heap.rise < leastOf('heap MB', 200));
    assert.equal(heap.grows, false);
  });
});
