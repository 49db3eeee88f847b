import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from '../../src/runtime/circuit-breaker.js';
import { SteppedClock } from '../../src/runtime/clock.js';

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
