import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EmaChain } from '../../../src/indicators/parts/ema-chain.js';
import { EmaLine } from '../../../src/indicators/parts/ema-line.js';
import { RegressionLine } from '../../../src/indicators/parts/regression-line.js';
import { WmaLine } from '../../../src/indicators/parts/wma-line.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';

const price = fc.oneof(
  fc.double({ min: 1.0999, max: 1.1001, noNaN: true }),
  fc.double({ min: 1e-5, max: 1e6, noNaN: true }),
  fc.constantFrom(1.1, 1.1, 149.123, 2_345.67, 0.0001),
);
const prices = fc.array(price, { maxLength: 120 });

function weighted(window: readonly number[]): number {
  const sum = window.reduce((total, value, at) => total + (at + 1) * value, 0);
  return sum / window.reduce((total, _, at) => total + at + 1, 0);
}

test('a weighted average is that of its window, whatever left it before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), prices, (period, values) => {
      const line = new WmaLine(period);
      values.forEach((value, at) => {
        const average = line.update(value);
        if (at + 1 < period) assert.ok(Number.isNaN(average));
        else {
          const wanted = weighted(values.slice(at + 1 - period, at + 1));
          assert.ok(Math.abs(average - wanted) <= 1e-14 * wanted, `${average} beside ${wanted}`);
        }
      });
    }),
    { numRuns: proofCount(3_000) },
  );
});

const seed = freshSeed();

test(`a weighted average does not remember what passed through long ago, seed ${seed}`, () => {
  const random = seededRandom(seed);
  const line = new WmaLine(10);
  const window: number[] = [];
  let worst = 0;
  for (let at = 0; at < proofCount(2_000_000); at++) {
    const value = at % 5_000 === 4_000 ? 1e9 : 1 + random.next();
    window.push(value);
    if (window.length > 10) window.shift();
    const average = line.update(value);
    if (at % 500 === 499) worst = Math.max(worst, Math.abs(average / weighted(window) - 1));
  }
  assert.ok(worst < 1e-14, `an average is ${worst} off`);
});

test('every link of a chain is an average of the one before, begun when that one has values', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 6 }), prices, (period, links, values) => {
      const chain = new EmaChain(period, links);
      const lines = Array.from({ length: links }, () => new EmaLine(period));
      values.forEach((value, at) => {
        let wanted = value;
        const each = lines.map((line) => {
          if (!Number.isNaN(wanted)) wanted = line.update(wanted);
          return wanted;
        });
        const last = chain.update(value);
        assert.equal(Number.isNaN(last), at < links * (period - 1));
        assert.ok(Object.is(last, wanted));
        if (Number.isNaN(last)) return;
        for (const [order, line] of each.entries()) assert.equal(chain.line(order + 1), line);
      });
    }),
  );
});

test('the line through points that lie on one is that line', () => {
  const start = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const rise = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 30 }), start, rise, prices, (period, from, slope, before) => {
      const line = new RegressionLine(period);
      for (const value of before) line.update(value);
      for (let at = 0; at < period; at++) {
        assert.equal(line.update(from + slope * at), before.length + at + 1 >= period);
      }
      const allowed = 1e-14 * (Math.abs(from) + Math.abs(slope) * period) + Number.EPSILON ** 4;
      assert.ok(Math.abs(line.slope - slope) <= allowed, `slope ${line.slope} of ${slope}`);
      assert.ok(Math.abs(line.end - (from + slope * (period - 1))) <= allowed * period, `end ${line.end}`);
    }),
  );
});

test('prices that stand still have a line without any slope, and it is they', () => {
  fc.assert(
    fc.property(price, prices, (still, before) => {
      const line = new RegressionLine(14);
      for (const value of before) line.update(value);
      for (let at = 0; at < 14; at++) line.update(still);
      assert.deepEqual([line.slope + 0, line.end], [0, still]);
    }),
  );
});

test('no other line is nearer to the points, by the squares of its distances', () => {
  fc.assert(
    fc.property(fc.array(price, { minLength: 14, maxLength: 14 }), (values) => {
      const line = new RegressionLine(14);
      for (const value of values) line.update(value);
      const size = Math.max(...values);
      const off = (end: number, slope: number): number =>
        values.reduce((sum, value, at) => sum + ((value - (end + slope * (at - 13))) / size) ** 2, 0);
      const best = off(line.end, line.slope);
      for (const nudge of [-1e-3, 1e-3]) {
        assert.ok(best < off(line.end + nudge * size, line.slope));
        assert.ok(best < off(line.end, line.slope + nudge * size));
      }
    }),
  );
});
