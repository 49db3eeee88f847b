import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatencyRing } from '../../src/admin/latency-ring.js';
import { LIMITS } from '../../src/limits.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';

const { pointMs, points } = LIMITS.latency;
const START_MS = 1_772_409_600_000;
const ROW = {} as SignalRow;

function world() {
  let nowMs = START_MS;
  const clock = { nowMs: () => nowMs, monotonicNs: () => BigInt(nowMs) * 1_000_000n };
  const ring = new LatencyRing(clock as never);
  return {
    ring,
    pass: (ms: number) => {
      nowMs += ms;
    },
    sent: (tookMs: number) => ring.sent(ROW, BigInt(Math.round((nowMs - tookMs) * 1e6))),
  };
}

const about = (left: number | undefined, right: number): void =>
  assert.ok(left !== undefined && Math.abs(left - right) <= right / 100, `${left} is about ${right}`);

test('each ten seconds have their percentiles; those in which nothing was sent have none', () => {
  const { ring, pass, sent } = world();
  assert.deepEqual(ring.points(), []);
  for (let ms = 1; ms <= 100; ms++) sent(ms);
  ring.sent(ROW, undefined);
  pass(3 * pointMs);
  sent(7);
  const [first, second, ...others] = ring.points();
  assert.deepEqual(others, []);
  assert.deepEqual([first?.atMs, first?.count], [START_MS, 100]);
  for (const [told, expected] of [
    [first?.p50, 50],
    [first?.p90, 90],
    [first?.p99, 99],
    [first?.max, 100],
  ] as const)
    about(told, expected);
  assert.deepEqual([second?.atMs, second?.count], [START_MS + 3 * pointMs, 1]);
  about(second?.p50, 7);
});

test('an hour is kept, and what is older is forgotten, also while nothing is sent', () => {
  const { ring, pass, sent } = world();
  for (let at = 0; at < points + 10; at++) {
    sent(1);
    pass(pointMs);
  }
  assert.ok(ring.points().length <= points);
  assert.ok(ring.points().every(({ atMs }) => atMs > START_MS + 9 * pointMs));
  pass(pointMs * points);
  assert.deepEqual(ring.points(), []);
});
