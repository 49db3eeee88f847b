import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert, Notice, NoticeKind } from '../../src/alerts/alert.js';
import { type AlertMessage, Outbox } from '../../src/alerts/outbox.js';
import { ALERT_SEVERITIES, type AlertSeverity } from '../../src/alerts/rule.js';
import { LIMITS } from '../../src/limits.js';
import { proofCount } from '../support/price-paths.js';

const { groupMs, retryFirstMs, retryMostMs, giveUpMs, perMessage, waiting, failuresTold } = LIMITS.alerts;
const RATE = { most: 3, windowMs: 60_000 };

function alertOf(number: number, severity: AlertSeverity = 'warning'): Alert {
  return {
    ...{ id: `alert-${number}`, number, rule: 'slow', severity, subject: `node ${number}`, tenantId: null, accountId: null },
    ...{ sentence: 'It is slow.', advice: 'look', unit: 'ms', limit: 30, value: 40, worst: 40, sinceMs: 0, firedMs: 0 },
    ...{ acknowledged: null, resolvedMs: null, step: 1, dueMs: null, told: [] },
  };
}

const noticeOf = (number: number, atMs: number, kind: NoticeKind = 'fired', severity: AlertSeverity = 'warning'): Notice => ({
  ...{ kind, alert: alertOf(number, severity), atMs, to: ['chat'] },
});
const numbers = (message: AlertMessage | undefined): readonly number[] | undefined =>
  message?.notices.map(({ alert }) => alert.number);

describe('an outbox', () => {
  it('waits for others that go in the same message, and tells of each alert once, as it is', () => {
    const outbox = new Outbox(RATE);
    outbox.push(noticeOf(1, 0));
    outbox.push(noticeOf(2, 100));
    assert.equal(outbox.take(groupMs - 1), undefined);
    outbox.push(noticeOf(1, groupMs - 1, 'escalated'));
    const message = outbox.take(groupMs);
    assert.deepEqual(
      message?.notices.map(({ kind, alert }) => [kind, alert.number]),
      [
        ['fired', 1],
        ['fired', 2],
      ],
    );
    assert.equal(outbox.take(groupMs), undefined, 'one message at a time');
    outbox.sent();
    assert.equal(outbox.take(2 * groupMs), undefined);
  });

  it('tries again at growing intervals, the same message under the same id, and says that it is down', () => {
    const outbox = new Outbox({ most: 1_000, windowMs: 1 });
    outbox.push(noticeOf(1, 0));
    let nowMs = groupMs;
    const first = outbox.take(nowMs);
    for (let failures = 1; failures < 12; failures++) {
      outbox.push(noticeOf(1 + failures, nowMs));
      assert.equal(outbox.fault, failures > failuresTold ? 'it is away' : undefined);
      outbox.failed(nowMs, 'it is away');
      const pauseMs = Math.min(retryMostMs, retryFirstMs * 2 ** (failures - 1));
      assert.equal(outbox.take(nowMs + pauseMs - 1), undefined);
      nowMs += pauseMs;
      assert.deepEqual(outbox.take(nowMs), first);
    }
    outbox.sent();
    assert.equal(outbox.fault, undefined);
    assert.equal(numbers(outbox.take(nowMs))?.length, 11);
  });

  it('waits as long as the other side asks, within bounds', () => {
    const outbox = new Outbox(RATE);
    outbox.push(noticeOf(1, 0));
    outbox.take(groupMs);
    outbox.failed(groupMs, 'limited', 60_000);
    assert.equal(outbox.take(groupMs + 59_999), undefined);
    assert.ok(outbox.take(groupMs + 60_000));
    outbox.failed(70_000, 'limited', 1e12);
    assert.ok(outbox.take(70_000 + retryMostMs));
  });

  it('gives up after a day, and the next message that gets through tells how many', () => {
    const outbox = new Outbox(RATE);
    outbox.push(noticeOf(1, 0));
    outbox.push(noticeOf(2, 0));
    outbox.take(groupMs);
    outbox.failed(groupMs + giveUpMs, 'it is away');
    outbox.push(noticeOf(3, 2 * giveUpMs));
    const next = outbox.take(3 * giveUpMs);
    assert.deepEqual([numbers(next), next?.givenUp], [[3], 2]);
    outbox.sent();
    outbox.push(noticeOf(4, 3 * giveUpMs));
    assert.equal(outbox.take(4 * giveUpMs)?.givenUp, 0);
  });

  it('full, gives up the oldest that is not critical', () => {
    const outbox = new Outbox(RATE);
    outbox.push(noticeOf(0, 0, 'fired', 'critical'));
    for (let at = 1; at <= waiting; at++) outbox.push(noticeOf(at, 0));
    const message = outbox.take(groupMs);
    assert.deepEqual(numbers(message)?.slice(0, 2), [0, 2]);
    assert.deepEqual([message?.notices.length, message?.givenUp], [perMessage, 1]);
  });

  it('after a restart has what waited, and sends what was under way again', () => {
    const before = new Outbox(RATE);
    before.push(noticeOf(1, 0));
    const message = before.take(groupMs);
    before.push(noticeOf(2, groupMs));
    const after = new Outbox(RATE);
    after.restore(JSON.parse(JSON.stringify(before.snapshot())));
    assert.deepEqual(after.take(groupMs), message);
    after.sent();
    assert.deepEqual(numbers(after.take(2 * groupMs)), [2]);
  });
});

describe('whatever happens to a channel', () => {
  const acts = fc.array(
    fc.record({
      waitMs: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 7_200_000 })),
      pushes: fc.array(
        fc.record({
          number: fc.integer({ min: 1, max: 40 }),
          kind: fc.constantFrom<NoticeKind>('fired', 'escalated', 'acknowledged', 'resolved'),
          severity: fc.constantFrom(...ALERT_SEVERITIES),
        }),
        { maxLength: 30 },
      ),
      works: fc.boolean(),
    }),
    { minLength: 1, maxLength: 120 },
  );

  it('its rate is never exceeded, and no alert is lost: each is told, waits, or is counted as given up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), acts, (most, steps) => {
        const rate = { most, windowMs: 60_000 };
        const outbox = new Outbox(rate);
        const attempts: number[] = [];
        const owed = new Set<string>();
        let delivered = 0;
        let nowMs = 0;
        for (const { waitMs, pushes, works } of steps) {
          nowMs += waitMs;
          for (const { number, kind, severity } of pushes) {
            outbox.push(noticeOf(number, nowMs, kind, severity));
            owed.add(`alert-${number}`);
          }
          for (let message = outbox.take(nowMs); message !== undefined; message = outbox.take(nowMs)) {
            attempts.push(nowMs);
            if (works) {
              for (const { alert } of message.notices) owed.delete(alert.id);
              delivered += message.givenUp;
              outbox.sent();
            } else outbox.failed(nowMs, 'away');
          }
        }
        for (const [at, atMs] of attempts.entries())
          assert.ok(attempts.slice(0, at + 1).filter((one) => atMs - one < rate.windowMs).length <= most, 'too many in a window');
        const state = outbox.snapshot();
        const there = new Set([...state.waiting, ...(state.message?.notices ?? [])].map(({ alert }) => alert.id));
        const lost = [...owed].filter((id) => !there.has(id));
        assert.ok(lost.length <= state.givenUp + delivered, `${lost.length} are neither told nor waiting nor counted`);
      }),
      { numRuns: proofCount(5_000) },
    );
  });
});
