import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AlertBook, type AlertBookOptions, type Escalation } from '../../src/alerts/alert-book.js';
import type { Notice } from '../../src/alerts/alert.js';
import { QuietHours, WEEKDAYS } from '../../src/alerts/quiet-hours.js';
import { ALERT_SEVERITIES, type AlertRule, type AlertSeverity } from '../../src/alerts/rule.js';
import { ALERT_RULES } from '../../src/alerts/rules.js';
import { LIMITS } from '../../src/limits.js';
import { proofCount } from '../support/price-paths.js';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const RULE: AlertRule = {
  ...{ name: 'slow', severity: 'warning', of: 'node', says: 'It is slow.', advice: 'look', unit: 'ms', side: 'above' },
  ...{ limit: 30, clear: 20, forMs: 60 * SECOND, clearMs: 30 * SECOND, lapseMs: null },
};
const STEPS: Escalation = {
  steps: [
    { afterMs: 0, to: ['chat'] },
    { afterMs: 10 * MINUTE, to: ['mail', 'hook'] },
  ],
  repeatMs: 20 * MINUTE,
};
const NOBODY: Escalation = { steps: [], repeatMs: HOUR };

function bookOf(options: Partial<AlertBookOptions> = {}): AlertBook {
  return new AlertBook({
    rules: [RULE],
    escalation: { info: NOBODY, warning: STEPS, critical: STEPS },
    quiet: () => false,
    idFor: (number) => `alert-${number}`,
    ...options,
  });
}

const told = (notices: readonly Notice[]): readonly string[] => notices.map(({ kind, to }) => `${kind} → ${to.join(' ')}`);
const read = (book: AlertBook, value: number, atMs: number, subject = 'node'): void =>
  book.read({ rule: 'slow', subject, value }, atMs);

describe('an alert', () => {
  it('fires once its figure has stayed beyond the limit for its time, and not at the limit', () => {
    const book = bookOf();
    read(book, 30, 0);
    assert.deepEqual(told(book.turn(2 * MINUTE)), []);
    read(book, 31, 2 * MINUTE);
    assert.deepEqual(told(book.turn(2 * MINUTE + 59 * SECOND)), []);
    read(book, 25, 2 * MINUTE + 59 * SECOND);
    read(book, 31, 3 * MINUTE);
    assert.deepEqual(told(book.turn(3 * MINUTE + 59 * SECOND)), [], 'a figure that came back begins anew');
    assert.deepEqual(told(book.turn(4 * MINUTE)), ['fired → chat']);
  });

  it('goes on between its two limits, and is over when the figure has been good for a while', () => {
    const book = bookOf();
    read(book, 40, 0);
    book.turn(MINUTE);
    read(book, 25, 2 * MINUTE);
    book.turn(9 * MINUTE);
    assert.equal(book.standing().length, 1);
    read(book, 20, 9 * MINUTE);
    read(book, 21, 9 * MINUTE + 20 * SECOND);
    book.turn(9 * MINUTE + 40 * SECOND);
    assert.equal(book.standing().length, 1, 'a moment of good figures is not the end');
    read(book, 20, 9 * MINUTE + 40 * SECOND);
    assert.deepEqual(told(book.turn(9 * MINUTE + 70 * SECOND)), ['resolved → chat']);
    const [alert] = book.list();
    assert.deepEqual([alert?.worst, alert?.value, alert?.resolvedMs], [40, 20, 9 * MINUTE + 70 * SECOND]);
  });

  it('is told step by step, then again and again, to all, until it is acknowledged', () => {
    const book = bookOf();
    read(book, 40, 0);
    const at = (ms: number): readonly string[] => told(book.turn(ms));
    assert.deepEqual(at(1 * MINUTE), ['fired → chat']);
    assert.deepEqual(at(10 * MINUTE), []);
    assert.deepEqual(at(11 * MINUTE), ['escalated → mail hook']);
    assert.deepEqual(at(30 * MINUTE), []);
    assert.deepEqual(at(31 * MINUTE), ['escalated → chat mail hook']);
    assert.deepEqual(at(51 * MINUTE), ['escalated → chat mail hook']);
    const acknowledged = book.acknowledge('#1', 'anna', 'on it', 52 * MINUTE);
    assert.equal(acknowledged?.acknowledged?.by, 'anna');
    assert.deepEqual(at(52 * MINUTE), ['acknowledged → chat mail hook']);
    assert.deepEqual(at(24 * HOUR), []);
    assert.equal(book.acknowledge('alert-1', 'boris', '', 25 * HOUR)?.acknowledged?.by, 'anna', 'the first stays');
    assert.equal(book.acknowledge('99', 'anna', '', 0), undefined);
    read(book, 10, 25 * HOUR);
    assert.deepEqual(at(25 * HOUR + MINUTE), ['resolved → chat mail hook']);
  });

  it('of an event is over when nothing more is told of it', () => {
    const rule: AlertRule = { ...RULE, forMs: 0, lapseMs: HOUR };
    const book = bookOf({ rules: [rule] });
    read(book, 40, 0);
    read(book, 40, 30 * MINUTE);
    book.turn(89 * MINUTE);
    assert.equal(book.standing().length, 1);
    book.turn(90 * MINUTE);
    assert.equal(book.standing().length, 0);
  });

  it('stands again after a restart, its steps where they were', () => {
    const before = bookOf();
    read(before, 40, 0);
    before.turn(1 * MINUTE);
    before.turn(11 * MINUTE);
    const state = JSON.parse(JSON.stringify(before.snapshot()));
    const after = bookOf();
    after.restore(state, 12 * MINUTE);
    assert.deepEqual(after.list(), before.list());
    assert.deepEqual(told(after.turn(30 * MINUTE)), []);
    assert.deepEqual(told(after.turn(31 * MINUTE)), ['escalated → chat mail hook']);
    read(after, 40, 31 * MINUTE, 'other');
    after.turn(33 * MINUTE);
    assert.deepEqual(
      after.list().map(({ number }) => number),
      [2, 1],
    );
    const without = bookOf({ rules: [] });
    without.restore(state, 12 * MINUTE);
    assert.deepEqual(told(without.turn(12 * MINUTE)), ['resolved → chat mail hook'], 'its rule is no more');
  });

  it('that finds no room in the list makes an alert of that', () => {
    const many = ALERT_RULES.find(({ name }) => name === 'alerts-many') as AlertRule;
    const book = bookOf({ rules: [{ ...RULE, forMs: 0 }, many] });
    for (let at = 0; at < LIMITS.alerts.open + 5; at++) read(book, 40, 0, `subject ${at}`);
    assert.equal(book.standing().length, LIMITS.alerts.open + 1);
    assert.equal(book.standing().at(-1)?.rule, 'alerts-many');
  });
});

const severities = fc.constantFrom(...ALERT_SEVERITIES);
const escalations = fc.record({
  steps: fc
    .array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 60 }).map((minutes) => minutes * MINUTE),
        to: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((steps) => [...steps].sort((a, b) => a.afterMs - b.afterMs)),
  repeatMs: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * MINUTE),
});
const acts = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 1, max: 45 }).map((minutes) => minutes * MINUTE),
    readings: fc.array(fc.record({ subject: fc.constantFrom('x', 'y', 'z'), value: fc.constantFrom(10, 25, 40, 50) }), {
      maxLength: 3,
    }),
    acknowledge: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 6 }),
  }),
  { minLength: 5, maxLength: 80 },
);
const spans = fc.array(
  fc.record({
    days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
    fromMinute: fc.integer({ min: 0, max: 1_439 }),
    toMinute: fc.integer({ min: 0, max: 1_439 }),
    below: severities,
  }),
  { maxLength: 3 },
);

/** Each notice that the book gave, as an outsider sees it. */
class Witness {
  readonly lastMs = new Map<string, number>();
  readonly heard = new Map<string, Set<string>>();

  see(notices: readonly Notice[], nowMs: number, quiet: (severity: AlertSeverity, atMs: number) => boolean): void {
    for (const { alert, kind, to } of notices) {
      assert.ok(!quiet(alert.severity, nowMs), `${alert.severity} is told in quiet hours`);
      assert.ok(to.length > 0);
      if (kind === 'fired' || kind === 'escalated')
        assert.ok(alert.acknowledged === null && alert.resolvedMs === null, 'nobody is woken for what is in hand or over');
      const heard = this.heard.get(alert.id) ?? new Set();
      if (kind === 'resolved' || kind === 'acknowledged') assert.deepEqual(new Set(to), heard, 'who heard of it hears its end');
      for (const channel of to) heard.add(channel);
      this.heard.set(alert.id, heard);
      this.lastMs.set(alert.id, nowMs);
    }
  }
}

describe('every alert that stands', () => {
  it('is escalated until it is acknowledged or over, and never told in quiet hours below its severity', () => {
    fc.assert(
      fc.property(severities, escalations, spans, acts, (severity, escalation, quietSpans, steps) => {
        const hours = new QuietHours('Europe/Berlin', quietSpans);
        const quiet = (of: AlertSeverity, atMs: number): boolean => hours.holds(of, atMs);
        const rule: AlertRule = { ...RULE, severity, forMs: 0, clearMs: 0 };
        const all = { info: escalation, warning: escalation, critical: escalation };
        const book = bookOf({ rules: [rule], escalation: all, quiet });
        const witness = new Witness();
        let nowMs = Date.UTC(2026, 2, 27, 12);
        for (const { waitMs, readings, acknowledge } of steps) {
          nowMs += waitMs;
          for (const { subject, value } of readings) read(book, value, nowMs, subject);
          if (acknowledge !== null) book.acknowledge(String(acknowledge), 'anna', '', nowMs);
          witness.see(book.turn(nowMs), nowMs, quiet);
          if (quiet(severity, nowMs)) continue;
          for (const alert of book.standing()) {
            if (alert.acknowledged !== null) continue;
            const due = escalation.steps.filter(({ afterMs }) => alert.firedMs + afterMs <= nowMs);
            const heard = witness.heard.get(alert.id) ?? new Set();
            for (const { to } of due) for (const channel of to) assert.ok(heard.has(channel), `${channel} was to be told`);
            const last = witness.lastMs.get(alert.id);
            if (due.length === escalation.steps.length)
              assert.ok(last !== undefined && nowMs - last < escalation.repeatMs, 'it is told again in time');
          }
        }
      }),
      { numRuns: proofCount(5_000) },
    );
  });
});

describe('quiet hours', () => {
  it('hold by the clock of their zone, over midnight and over the change of summer time', () => {
    // An oracle of its own: the zone's wall clock as text, and each minute of a span written out.
    const wall = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    });
    const quietAt = (span: { days: readonly string[]; fromMinute: number; toMinute: number }, atMs: number): boolean => {
      const [date = '', time = ''] = wall.format(atMs).split(' ');
      const minute = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
      const dayOf = (back: number): string =>
        WEEKDAYS[(new Date(Date.parse(`${date}T00:00:00Z`) - back * 24 * HOUR).getUTCDay() + 6) % 7] as string;
      const overnight = span.toMinute <= span.fromMinute;
      if (!overnight) return span.days.includes(dayOf(0)) && minute >= span.fromMinute && minute < span.toMinute;
      return (
        (span.days.includes(dayOf(0)) && minute >= span.fromMinute) || (span.days.includes(dayOf(1)) && minute < span.toMinute)
      );
    };
    const instants = fc.integer({ min: 0, max: 14 * 24 * 60 }).map((minutes) => Date.UTC(2026, 2, 1) + minutes * MINUTE);
    fc.assert(
      fc.property(spans, instants, severities, (all, atMs, severity) => {
        const hours = new QuietHours('America/New_York', all);
        const rank = (of: AlertSeverity): number => ALERT_SEVERITIES.indexOf(of);
        const expected = all.some((span) => rank(severity) < rank(span.below) && quietAt(span, atMs));
        assert.equal(hours.holds(severity, atMs), expected, new Date(atMs).toISOString());
      }),
      { numRuns: proofCount(20_000) },
    );
  });
});
