import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScaledClock, SteppedClock, systemClock } from '../../src/runtime/clock.js';

test('a stepped clock fires timers in order of time, then of setting, each at its own instant', () => {
  const clock = new SteppedClock(1_000);
  const seen: string[] = [];
  clock.after(20, () => seen.push(`late@${clock.nowMs()}`));
  clock.after(10, () => {
    seen.push(`first@${clock.nowMs()}`);
    clock.after(0, () => seen.push(`nested@${clock.nowMs()}`));
  });
  clock.after(10, () => seen.push(`second@${clock.nowMs()}`));
  clock.after(15, () => seen.push('never'))();
  assert.equal(clock.nextDueMs(), 1_010);
  clock.advanceTo(1_050);
  assert.deepEqual(seen, ['first@1010', 'second@1010', 'nested@1010', 'late@1020']);
  assert.equal(clock.nowMs(), 1_050);
  assert.equal(clock.nextDueMs(), undefined);
});

test('a repeating timer keeps its period until cancelled', () => {
  const clock = new SteppedClock(0);
  const seen: number[] = [];
  const cancel = clock.every(100, () => seen.push(clock.nowMs()));
  clock.advanceTo(350);
  cancel();
  clock.advanceTo(1_000);
  assert.deepEqual(seen, [100, 200, 300]);
});

test('a scaled clock runs as many times faster as told', async () => {
  const clock = new ScaledClock(5_000_000, 100);
  const before = clock.monotonicNs();
  await new Promise<void>((done) => clock.after(2_000, done));
  const wallMs = Number(clock.monotonicNs() - before) / 1e6;
  const engineMs = clock.nowMs() - 5_000_000;
  assert.ok(Math.abs(engineMs / wallMs / 100 - 1) < 0.1, `engine ${engineMs} ms in ${wallMs} ms`);
});

test('steady time goes as the clock’s own does', async () => {
  const stepped = new SteppedClock(1_000);
  const before = stepped.steadyMs();
  stepped.advanceTo(61_000);
  assert.equal(stepped.steadyMs() - before, 60_000);
  for (const clock of [systemClock, new ScaledClock(5_000_000, 100)]) {
    const [fromMs, steadyMs] = [clock.nowMs(), clock.steadyMs()];
    await new Promise<void>((done) => clock.after(200, done));
    const [wallMs, wentMs] = [clock.nowMs() - fromMs, clock.steadyMs() - steadyMs];
    // They are read one after the other, and the wall clock in whole milliseconds.
    assert.ok(Math.abs(wentMs - wallMs) <= 2 + wallMs / 10, `${wentMs} ms in ${wallMs} ms`);
  }
});
