import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountTerms } from '../../../src/accounts/assessment.js';
import { AlertLook } from '../../../src/admin/alerts/alert-look.js';
import { AlertWatch } from '../../../src/admin/alerts/alert-watch.js';
import { RecentFigures } from '../../../src/admin/alerts/recent-figures.js';
import type { Readiness } from '../../../src/admin/routes/health.js';
import type { Reading } from '../../../src/alerts/rule.js';
import { ALERT_RULES } from '../../../src/alerts/rules.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { Metrics } from '../../../src/runtime/metrics.js';
import type { RiskEventRow } from '../../../src/storage/ledger/history.js';
import type { ExecutionRow, SignalRow } from '../../../src/storage/ledger/ledger.js';
import type { JobState } from '../../../src/storage/jobs/job-table.js';

const START_MS = 1_772_409_600_000;
const MINUTE = 60_000;
const TERMS = { account: { id: 'a1', tenantId: 'blue' } } as AccountTerms;

function watched() {
  const clock = new SteppedClock(START_MS);
  const watch = new AlertWatch(new Metrics(), clock);
  const told: Reading[] = [];
  const event = (kind: string, severity: RiskEventRow['severity'] = 'critical'): void =>
    watch.riskEvent({ tenantId: 'blue', accountId: 'a1', kind, severity, sentence: `${kind}.` } as RiskEventRow);
  return { clock, watch, told, event, attach: () => watch.attach((reading) => void told.push(reading)) };
}

describe('what the engine tells', () => {
  it('of EAs is one alert that begins and ends; of limits an event of its severity; the rest is told elsewhere', () => {
    const { told, event, attach } = watched();
    event('ea-silent');
    attach();
    event('ea-back', 'info');
    event('ea-goodbye', 'info');
    event('daily-loss');
    event('margin-short', 'warning');
    event('spread-wide', 'info');
    event('emergency-stop');
    event('price-deviation', 'warning');
    assert.deepEqual(
      told.map(({ rule, subject, value }) => `${rule} ${subject} ${value}`),
      [
        ...['ea-silent a1 1', 'ea-silent a1 0', 'ea-silent a1 0'],
        ...['risk-critical a1 daily-loss 1', 'risk-warning a1 margin-short 1'],
      ],
    );
    assert.ok(told.every(({ tenantId, accountId }) => tenantId === 'blue' && accountId === 'a1'));
  });

  it('of a broker off the reference is an alert of that symbol, until it is back', () => {
    const { watch, told, attach } = watched();
    attach();
    const episode = { symbol: 'EURUSD', beganMs: START_MS, greatestPercent: 0.08, deviationBid: 0, deviationAsk: 0, quotes: 1 };
    watch.deviated(TERMS, { ...episode, endedMs: undefined });
    watch.deviated(TERMS, { ...episode, endedMs: START_MS + 1 });
    assert.deepEqual(
      told.map(({ subject, value }) => [subject, value]),
      [
        ['a1 EURUSD', 1],
        ['a1 EURUSD', 0],
      ],
    );
  });

  it('of executions is their time, of those that were executed alone', () => {
    const { watch, told, attach } = watched();
    attach();
    const row = { createdAt: START_MS } as SignalRow;
    watch.executed(TERMS, row, { outcome: 'EXECUTED' } as ExecutionRow, START_MS + 600);
    watch.executed(TERMS, row, { outcome: 'REJECTED' } as ExecutionRow, START_MS + 900);
    assert.deepEqual(
      told.map(({ rule, value }) => [rule, value]),
      [['execution-slow', 600]],
    );
  });

  it('of models is the share of hits, once there are enough to mean anything', () => {
    const { watch, told, attach } = watched();
    attach();
    for (let at = 0; at < 199; at++) watch.outcome({ right: { 'trees@1': at % 2 === 0 } } as never);
    assert.deepEqual(told, []);
    watch.outcome({ right: { 'trees@1': false } } as never);
    assert.deepEqual(told, [{ rule: 'model-weak', subject: 'trees@1', value: 50 }]);
  });
});

describe('recent figures', () => {
  it('have percentiles of the newest alone', () => {
    const clock = new SteppedClock(START_MS);
    const figures = new RecentFigures(clock);
    assert.equal(figures.percentile(99), undefined);
    figures.add(1_000);
    clock.advanceTo(START_MS + LIMITS.alerts.samplesMs);
    for (let at = 1; at <= 100; at++) figures.add(101 - at);
    assert.deepEqual([figures.percentile(99), figures.percentile(50), figures.percentile(0), figures.count], [99, 50, 1, 100]);
    for (let at = 0; at < LIMITS.alerts.samples; at++) figures.add(7);
    assert.deepEqual([figures.percentile(99), figures.count], [7, LIMITS.alerts.samples]);
  });
});

describe('a look', () => {
  it('tells of each part, job and figure by a rule that there is, and that what is gone is well', async () => {
    const clock = new SteppedClock(START_MS);
    const metrics = new Metrics();
    const crashes = metrics.counter('suho_actor_crashes_total', 'Crashes');
    metrics.gauge('suho_writer_spilled_bytes', 'Bytes', ['writer'], (gauge) =>
      gauge.set({ writer: 'history' }, (LIMITS.writer.segment * LIMITS.writer.segments) / 2),
    );
    metrics.gauge('suho_keeper_events', 'Events', ['keeper', 'event'], (gauge) => {
      gauge.set({ keeper: 'bus', event: 'waiting' }, 1_200);
      gauge.set({ keeper: 'bus', event: 'told' }, 9_000);
    });
    let parts: Readiness['parts'] = {
      ledger: { ok: false, detail: 'it does not answer' },
      cache: { ok: false, optional: true },
      trading: { ok: false, detail: 'emergency stop: a test', optional: true },
      journal: { ok: true },
    };
    const job = { name: 'anchors', everyMs: MINUTE, offsetMs: 0, dueAt: START_MS - 6 * MINUTE, failures: 3 } as JobState;
    const look = new AlertLook({
      ...{ metrics, clock, folder: '.', latencies: () => [{ rule: 'signals-late', subject: 'node', value: 12 }] },
      readiness: async () => ({ ready: false, parts }),
      jobs: async () => [{ ...job, outcome: 'failed', sentence: 'no room' }],
    });
    const valuesOf = async (): Promise<ReadonlyMap<string, Reading>> =>
      new Map((await look.look()).map((reading) => [`${reading.rule} ${reading.subject}`, reading]));
    await valuesOf();
    crashes.inc(2);
    clock.advanceTo(START_MS + MINUTE);
    const found = await valuesOf();
    const value = (key: string): number | undefined => found.get(key)?.value;
    assert.deepEqual(
      ['ledger-away ledger', 'part-down cache', 'emergency-stop trading', 'part-down journal'].map(value),
      [1, 1, 1, 0],
    );
    assert.equal(found.get('ledger-away ledger')?.sentence, 'ledger: it does not answer.');
    assert.deepEqual([value('job-behind anchors'), value('job-failing anchors')], [8, 3]);
    assert.equal(found.get('job-failing anchors')?.sentence, 'The job anchors fails: no room.');
    assert.deepEqual(
      [value('actors-crashing node'), value('bus-backlog node'), value('spill-filling history'), value('signals-late node')],
      [2, 1_200, 50, 12],
    );
    const disk = value('disk-filling node') ?? -1;
    const memory = value('memory-high node') ?? -1;
    assert.ok(disk > 0 && disk < 100 && memory > 0 && memory < 100);
    const names = new Set(ALERT_RULES.map(({ name }) => name));
    for (const { rule } of found.values()) assert.ok(names.has(rule), rule);
    parts = { ledger: { ok: true } };
    clock.advanceTo(START_MS + 12 * MINUTE);
    const later = await valuesOf();
    assert.deepEqual(
      ['ledger-away ledger', 'emergency-stop trading', 'actors-crashing node'].map((key) => later.get(key)?.value),
      [0, 0, 0],
    );
  });
});
