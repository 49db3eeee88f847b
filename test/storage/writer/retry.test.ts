import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/runtime/random.js';
import { retryDelayMs } from '../../../src/storage/writer/retry-delay.js';

test('a retry waits anywhere below a ceiling that doubles up to its most', () => {
  const random = seededRandom(1);
  const delays = { firstMs: 100, mostMs: 1_000 };
  for (const [failures, ceiling] of [
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [50, 1_000],
    [2_000, 1_000],
  ] as const) {
    const drawn = Array.from({ length: 2_000 }, () => retryDelayMs(failures, delays, random));
    assert.ok(Math.min(...drawn) >= 0 && Math.max(...drawn) < ceiling);
    assert.ok(Math.min(...drawn) < 0.01 * ceiling && Math.max(...drawn) > 0.99 * ceiling, 'all of it is used');
    const mean = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length;
    assert.ok(Math.abs(mean - ceiling / 2) < 0.05 * ceiling);
  }
});
