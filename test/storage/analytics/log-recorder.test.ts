import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SuhoError } from '../../../src/errors.js';
import { LIMITS } from '../../../src/limits.js';
import { Activity, untilIdle } from '../../../src/runtime/activity.js';
import { SteppedClock, systemClock } from '../../../src/runtime/clock.js';
import { createLogger, type Logger, LogLines } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { AnalyticsWriter } from '../../../src/storage/analytics/analytics-writer.js';
import { ChdbEngine } from '../../../src/storage/analytics/chdb-engine.js';
import { LogRecorder } from '../../../src/storage/analytics/log-recorder.js';
import { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import { encodeRow } from '../../../src/storage/analytics/rows.js';
import type { RowOf } from '../../../src/storage/analytics/tables.js';
import { rowsOf } from '../../contracts/analytics-world.js';
import { chdbMissing } from '../../support/chdb.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

type LogRow = RowOf<'logs'>;
const { logLines, logText, logFields } = LIMITS.analytics;

/** A logger whose lines become rows. */
function recording(): {
  readonly log: Logger;
  readonly lines: LogLines;
  readonly rows: LogRow[];
  readonly recorder: LogRecorder;
} {
  const rows: LogRow[] = [];
  const lines = new LogLines('hidden');
  const recorder = new LogRecorder({
    record: (table, row) => {
      assert.equal(table, 'logs');
      encodeRow(table, row);
      return rows.push(row as LogRow) > 0;
    },
  });
  lines.hear((line) => recorder.line(line));
  return { log: createLogger('debug', lines), lines, rows, recorder };
}

describe('what is logged', () => {
  it('is a row with its level, its time by the machine’s clock, who said it, and its fields as texts', () => {
    const { log, rows } = recording();
    const before = Date.now();
    log.child({ actor: '/root/accounts' }).warn({ err: 'no', tries: 3, at: { x: [1] } }, 'it did not go');
    log.info({ job: 'archive', tookMs: 12.5, came: 'all well' }, 'a job is done');
    log.error({ tenantId: 'acme', accountId: 'a-1', signalId: 's-1' }, 'a signal is lost');
    log.debug({ tenantId: "x' OR 1" }, 'a stranger’s tenant');
    const [warned, done, lost, strange] = rows as [LogRow, LogRow, LogRow, LogRow];
    assert.ok(warned.time >= before && warned.time <= Date.now());
    assert.deepEqual(
      { ...warned, time: 0 },
      {
        time: 0,
        tenantId: '',
        service: 'actors',
        level: 'warn',
        traceId: '',
        accountId: '',
        action: '',
        durationMs: null,
        success: false,
        message: 'it did not go',
        metadata: { actor: '/root/accounts', err: 'no', tries: '3', at: '{"x":[1]}' },
        line: 1,
      },
    );
    assert.deepEqual([done.service, done.action, done.durationMs, done.success], ['jobs', 'archive', 12.5, true]);
    assert.deepEqual([lost.tenantId, lost.accountId, lost.traceId, lost.level], ['acme', 'a-1', 's-1', 'error']);
    assert.deepEqual([strange.tenantId, strange.line], ['', 4]);
  });

  it('has no secret in its row either', () => {
    const { log, rows } = recording();
    log.info({ token: 'hunter2', account: { apiKey: 'hunter2' } }, 'an account came');
    assert.doesNotMatch(JSON.stringify(rows), /hunter2/);
    assert.deepEqual(rows[0]?.metadata, { token: '[secret]', account: '{"apiKey":"[secret]"}' });
  });

  it('is cut to its bounds: a message, a field, and how many fields', () => {
    const { log, rows } = recording();
    const fields = Object.fromEntries(Array.from({ length: logFields + 5 }, (_, at) => [`f${at}`, '\u{1f600}'.repeat(logText)]));
    log.info(fields, `a${'\u{1f600}'.repeat(logText)}`);
    const { message = '', metadata = {} } = rows[0] ?? {};
    assert.deepEqual([message.length, Object.keys(metadata).length, metadata.f0?.length], [logText, logFields, logText]);
    assert.doesNotMatch(message, /\p{Surrogate}/u, 'no half of a pair is left at the cut');
  });

  it('is kept up to so many lines of a second, and a line tells how many more there were', () => {
    const { log, lines, rows, recorder } = recording();
    const line = (second: number, msg: string) =>
      lines.write(JSON.stringify({ level: 'info', time: `2026-01-01T00:00:0${second}.5Z`, msg }));
    for (let at = 0; at < logLines + 7; at++) line(1, `${at}`);
    assert.equal(rows.length, logLines);
    line(2, 'next');
    assert.deepEqual(
      rows.slice(logLines).map(({ message, level }) => [level, message]),
      [
        ['warn', '7 more lines of this second are not kept here'],
        ['info', 'next'],
      ],
    );
    for (let at = 0; at < logLines; at++) line(2, `${at}`);
    recorder.close();
    assert.match(rows.at(-1)?.message ?? '', /^1 more lines/);
    assert.equal(rows.at(-1)?.time, Date.parse('2026-01-01T00:00:02.999Z'));
    log.info({}, 'of the present');
  });

  it('about the rows that analytics refuses makes no more such rows, and other writers’ lines do', async () => {
    await using folder = await temporaryFolder();
    const shown: string[] = [];
    const lines = new LogLines({ write: (line: string) => void shown.push(line) });
    const log = createLogger('info', lines);
    const store = new SqlAnalytics({
      run: async () => '',
      insert: ({ table }) =>
        table === 'suho.logs' ? Promise.reject(new SuhoError('ANALYTICS_FAILED', 'Code: 27. no')) : Promise.resolve(),
      close: async () => {},
    });
    const clock = new SteppedClock(0);
    const activity = new Activity();
    const from = { store, folder: folder.path, clock, random: seededRandom(1), logger: log, activity };
    const writer = await AnalyticsWriter.open(from);
    const recorder = new LogRecorder(writer);
    lines.hear((line) => recorder.line(line));
    log.warn({ writer: 'account history' }, 'does not write: it is away');
    for (let round = 1; round <= 5; round++) {
      clock.advanceTo(round * LIMITS.writer.flushMs);
      await untilIdle(activity);
    }
    assert.equal(writer.figures.droppable.refused, 1);
    assert.equal(shown.filter((line) => /refused for good/.test(line)).length, 1);
    await writer.close();
  });

  it('is in its table line by line, also of one millisecond and of the same words', { skip: chdbMissing() }, async () => {
    await using folder = await temporaryFolder();
    const engine = await ChdbEngine.start({ folder: `${folder.path}/analytics`, timers: systemClock });
    const store = new SqlAnalytics(engine);
    const { lines, rows } = recording();
    const time = new Date().toISOString();
    for (const err of ['one', 'two', 'half a pair: \ud800', 'a "quoted" \\ text\n'])
      lines.write(JSON.stringify({ level: 'error', time, actor: 'a', err, msg: 'an actor failed' }));
    try {
      await store.migrate();
      await store.insert('logs', rows);
      await store.insert('logs', rows);
      const found = await rowsOf(store, "SELECT message, metadata['err'] FROM suho.logs FINAL ORDER BY line");
      assert.deepEqual(
        found,
        ['one', 'two', 'half a pair: \ufffd', 'a "quoted" \\ text\n'].map((err) => ['an actor failed', err]),
      );
    } finally {
      await store.close();
    }
  });
});
