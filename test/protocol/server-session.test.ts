/** A session on a machine whose clock is set: what it measures is how long something took, whatever the wall clock says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame } from '../../src/protocol/frame-text.js';
import type { Frame2, HeartbeatMessage } from '../../src/protocol/messages.js';
import { ServerSession } from '../../src/protocol/server-session.js';
import { SteppedClock } from '../../src/runtime/clock.js';

const HEARTBEAT_MS = 5_000;

class SetClock extends SteppedClock {
  aheadMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }
}

function opened() {
  const clock = new SetClock(1_000_000);
  const written: Uint8Array[] = [];
  const port = {
    remoteAddress: '',
    outboxBytes: 0,
    write: (bytes: Uint8Array) => void written.push(bytes.slice()),
    end: () => {},
  };
  const session = new ServerSession({
    id: '019b921c-d034-7312-9739-74825d676061',
    accountId: '00000000-0000-7000-8000-000000000001',
    instance: '00112233445566778899aabbccddeeff',
    epoch: 1,
    heartbeatMs: HEARTBEAT_MS,
    clock,
    port,
  });
  const beat = (change: Partial<HeartbeatMessage> = {}): void => {
    const flags = { brokerConnected: true, tradeAllowed: true, expertAllowed: true, synchronised: true, errorCount: 0 };
    const message = { kind: 'HEARTBEAT', ownTimeUs: 7, peerTimeUs: 0, heldUs: 0, ...flags, ...change } as const;
    const frame: Frame2 = { profile: 2, flags: 0, seq: 0, ack: 0, timeUs: 0, message };
    assert.ok(session.accept(frame));
  };
  return { clock, session, written, beat };
}

for (const aheadMs of [12 * 60_000, -12 * 60_000])
  test(`a clock that is set by ${aheadMs / 60_000} minutes silences nobody, and keeps nobody who is silent`, () => {
    const { clock, session, beat } = opened();
    beat();
    clock.aheadMs = aheadMs;
    clock.advanceTo(1_000_000 + 3 * HEARTBEAT_MS);
    assert.equal(session.dead, false);
    clock.advanceTo(1_000_001 + 3 * HEARTBEAT_MS);
    assert.equal(session.dead, true);
  });

test('since when a terminal is in step, and how long its beat was held, no clock that is set changes', () => {
  const { clock, session, written, beat } = opened();
  beat({ synchronised: false });
  assert.equal(session.synchronisedSinceMs, undefined);
  clock.advanceTo(1_002_000);
  beat();
  clock.aheadMs = 12 * 60_000;
  clock.advanceTo(1_003_000);
  beat({ ownTimeUs: 8 });
  assert.equal(clock.steadyMs() - (session.synchronisedSinceMs ?? 0), 1_000);
  clock.aheadMs = -12 * 60_000;
  clock.advanceTo(1_003_250);
  session.beat();
  const { message } = decodeFrame(written.at(-1) as Uint8Array) as Frame2;
  assert.ok(message.kind === 'HEARTBEAT');
  assert.deepEqual([message.peerTimeUs, message.heldUs], [8, 250_000]);
});
