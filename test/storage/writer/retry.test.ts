import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { CircuitBreaker } from '../../../src/storage/writer/circuit-breaker.js';
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

test('a breaker opens after so many failures in a row, then lets one call decide', () => {
  const clock = new SteppedClock(0);
  const breaker = new CircuitBreaker(clock, { failures: 3, openMs: 5_000 });
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  assert.deepEqual([breaker.state, breaker.waitMs()], ['closed', 0]);
  breaker.failed();
  assert.deepEqual([breaker.state, breaker.waitMs()], ['open', 5_000]);
  clock.advanceTo(4_999);
  assert.deepEqual([breaker.state, breaker.waitMs()], ['open', 1]);
  clock.advanceTo(5_000);
  assert.deepEqual([breaker.state, breaker.waitMs()], ['half-open', 0]);
  breaker.failed();
  assert.deepEqual([breaker.state, breaker.waitMs()], ['open', 5_000]);
  clock.advanceTo(10_000);
  breaker.succeeded();
  assert.deepEqual([breaker.state, breaker.failures], ['closed', 0]);
});
