import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WallClock } from '../../src/cluster/wall-clock.js';
import { LIMITS } from '../../src/limits.js';

class Machine {
  wallMs = 1_000_000;
  ownMs = 5;

  nowMs(): number {
    return this.wallMs;
  }

  monotonicNs(): bigint {
    return BigInt(this.ownMs) * 1_000_000n;
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.ownMs += ms;
  }
}

test('a wall clock that goes as the machine does is steady; one that was set is not, either way, until it is back or agreed on', () => {
  const machine = new Machine();
  const wall = new WallClock(machine);
  machine.pass(3_600_000);
  machine.wallMs += LIMITS.cluster.clockMs;
  assert.ok(wall.isSteady);
  for (const jumpMs of [60_000, -60_000, LIMITS.cluster.clockMs + 1]) {
    machine.wallMs += jumpMs;
    assert.ok(!wall.isSteady);
    machine.wallMs -= jumpMs;
    assert.ok(wall.isSteady);
  }
  machine.wallMs += 60_000;
  wall.agreed(wall.apartMs);
  assert.ok(wall.isSteady);
});
