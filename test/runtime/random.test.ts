import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entropyRandom, type Random, seededRandom } from '../../src/runtime/random.js';

const DRAWS = process.env.SUHO_PROOF ? 2_000_000 : 200_000;

function draws(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

test('one seed gives one stream, another seed another; a number and its text are the same seed', () => {
  assert.deepEqual(draws(seededRandom(7), 100), draws(seededRandom(7), 100));
  assert.deepEqual(draws(seededRandom(7), 100), draws(seededRandom('7'), 100));
  assert.notDeepEqual(draws(seededRandom(7), 4), draws(seededRandom(8), 4));
  assert.notDeepEqual(draws(entropyRandom(), 4), draws(entropyRandom(), 4));
});

test('a fork depends on the seed and its label alone, not on what was drawn before or beside it', () => {
  const quiet = seededRandom('seed').fork('part');
  const parent = seededRandom('seed');
  draws(parent, 1_000);
  draws(parent.fork('other'), 1_000);
  const busy = parent.fork('part');
  assert.deepEqual(draws(quiet, 50), draws(busy, 50));
  assert.notDeepEqual(draws(seededRandom('seed').fork('a'), 4), draws(seededRandom('seed').fork('b'), 4));
  assert.notDeepEqual(draws(seededRandom('seed').fork('a').fork('b'), 4), draws(seededRandom('seed').fork('b').fork('a'), 4));
});

test('forks of neighbouring labels do not run alike', () => {
  const streams = Array.from({ length: 40 }, (_, at) => draws(seededRandom(1).fork(`symbol ${at}`), 2_000));
  for (let one = 0; one < streams.length; one++) {
    for (let other = 0; other < one; other++) {
      let sum = 0;
      for (let at = 0; at < 2_000; at++) sum += ((streams[one]?.[at] ?? 0) - 0.5) * ((streams[other]?.[at] ?? 0) - 0.5);
      // Correlation of independent uniforms: standard error 1 / √2000; six of them.
      assert.ok(Math.abs((12 * sum) / 2_000) < 6 / Math.sqrt(2_000), `${one} and ${other}`);
    }
  }
});

test('next is uniform in [0, 1), by chi-square over 100 cells, and uses all 53 bits', () => {
  const random = seededRandom('uniform');
  const cells = new Array<number>(100).fill(0);
  let oddBits = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const value = random.next();
    assert.ok(value >= 0 && value < 1);
    const cell = Math.floor(value * 100);
    cells[cell] = (cells[cell] as number) + 1;
    oddBits += (value * 2 ** 53) % 2;
  }
  const expected = DRAWS / 100;
  const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 99 degrees of freedom: one stream in a million is above 180.
  assert.ok(chiSquare < 180, `chi-square ${chiSquare}`);
  assert.ok(Math.abs(oddBits / DRAWS - 0.5) < 5 / (2 * Math.sqrt(DRAWS)));
});

test('int stays below its bound and reaches every value; chance comes as often as it says', () => {
  const random = seededRandom('int');
  const seen = new Set<number>();
  for (let draw = 0; draw < 2_000; draw++) seen.add(random.int(7));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(random.int(1), 0);
  let hits = 0;
  for (let draw = 0; draw < DRAWS; draw++) if (random.chance(0.2)) hits += 1;
  assert.ok(Math.abs(hits / DRAWS - 0.2) < 5 * Math.sqrt((0.2 * 0.8) / DRAWS));
  assert.equal(random.chance(0), false);
  assert.equal(random.chance(1), true);
});

test('normal has the moments of the standard normal', () => {
  const random = seededRandom('normal');
  const moments = [0, 0, 0, 0, 0];
  for (let draw = 0; draw < DRAWS; draw++) {
    const value = random.normal();
    for (let power = 1; power <= 4; power++) moments[power] = (moments[power] as number) + value ** power / DRAWS;
  }
  const within = (power: number, wanted: number, variance: number): void =>
    assert.ok(
      Math.abs((moments[power] as number) - wanted) < 5 * Math.sqrt(variance / DRAWS),
      `moment ${power}: ${moments[power]}`,
    );
  within(1, 0, 1);
  within(2, 1, 2);
  within(3, 0, 15);
  within(4, 3, 96);
});

test('words are four unsigned 32-bit numbers', () => {
  const random = seededRandom('words');
  const bits = [0, 0, 0, 0];
  for (let draw = 0; draw < 200; draw++) {
    for (const [at, word] of random.words().entries()) {
      assert.ok(Number.isInteger(word) && word >= 0 && word < 2 ** 32);
      bits[at] = ((bits[at] as number) | word) >>> 0;
    }
  }
  assert.deepEqual(bits, [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]);
});
