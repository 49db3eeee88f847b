/** What analytics gives to the archive, over chDB and a real catalogue: copied once, before the tables forget it, and had back. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { ChdbEngine } from '../../../src/storage/analytics/chdb-engine.js';
import { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import { type ArchiveRun, Archiver, type ArchiverOptions } from '../../../src/storage/archive/archiver.js';
import { FolderArchive } from '../../../src/storage/archive/folder-archive.js';
import { type Retention, readRetention } from '../../../src/storage/retention-table.js';
import { emptyStore, rowsOf, sampleRow } from '../../contracts/analytics-world.js';
import { refuse, settle } from '../../contracts/ledger-world.js';
import { embeddedUnderTest, type SqlLedgerUnderTest } from '../../contracts/sql-ledger.js';
import { chdbMissing } from '../../support/chdb.js';
import { emptyFolder } from '../../support/ledger-folder.js';
import { Cut, cutting } from '../../support/cutting.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;
/** Noon of the day so many days ago, by the clock that the tables forget by: the machine's. */
const noon = (daysAgo: number): number => (Math.floor(Date.now() / DAY_MS) - daysAgo) * DAY_MS + DAY_MS / 2;

/** What is due, said in SQL: whole days that are over, past the table of periods. */
const DUE = {
  'suho.ticks': 'time < toStartOfDay(now()) - INTERVAL 90 DAY',
  'suho.inference_logs': 'time < toStartOfDay(now()) - INTERVAL 90 DAY',
  'suho.logs': "time < toStartOfDay(now()) - INTERVAL 30 DAY AND level IN ('info', 'warn', 'error', 'fatal')",
};

const KEPT: Readonly<Record<string, string>> = { 'suho.logs': "NOT (level = 'debug' AND time < now() - INTERVAL 7 DAY)" };

const NOTHING: ArchiveRun = { objects: 0, rows: 0, changed: 0, copied: 0, copies: 0, dropped: 0 };

describe('what analytics gives to the archive', { skip: chdbMissing() }, () => {
  let ledger: SqlLedgerUnderTest;
  let analyticsFolder: Awaited<ReturnType<typeof temporaryFolder>>;
  let analytics: SqlAnalytics;
  let folder: Awaited<ReturnType<typeof emptyFolder>>;
  let store: FolderArchive;
  let retention: Retention;
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  const archiver = (change: Partial<ArchiverOptions> = {}): Archiver =>
    new Archiver({ catalogue: ledger.ledger.archive, series: analytics.series, store, retention, clock, ...change });
  const run = (change: Partial<ArchiverOptions> = {}): Promise<ArchiveRun> => archiver(change).run(never);
  const sql = (text: string): Promise<string> => analytics.engine.run({ sql: text });

  /**
   * Every row that the tables have of what is archived, each as one text; of all time, or those that are due. Debug lines past their
   * own days are left out: analytics forgets them whenever it comes to it.
   */
  async function inTables(which: 'all' | 'due' = 'all'): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [table, due] of Object.entries(DUE)) {
      const rows = await rowsOf(
        analytics,
        `SELECT * EXCEPT held_until FROM ${table} FINAL WHERE ${which === 'due' ? due : (KEPT[table] ?? 'true')}`,
      );
      for (const row of rows) found.push(`${table} ${JSON.stringify(row)}`);
    }
    return found.sort();
  }

  /** Every row of every object, told as `inTables` tells it: an archived row is what the table said of it. */
  async function inObjects(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { name, kind } of await archiver().list()) {
      const table = kind.startsWith('logs.') ? 'suho.logs' : kind.replace('analytics.', 'suho.');
      for (const row of await archiver().rows(name)) {
        const cells = Object.entries(row).map(([column, cell]) => {
          if (column === 'time') return new Date(cell as number).toISOString().replace('T', ' ').replace('Z', '');
          return ['metadata', 'inputs', 'success', 'cache_hit', 'line'].includes(column) ? JSON.parse(String(cell)) : cell;
        });
        found.push(`${table} ${JSON.stringify(cells)}`);
      }
    }
    return found.sort();
  }

  /** Rows of three kinds over days, levels and tenants, some of them due. */
  async function fill(): Promise<void> {
    const ticks = [89, 91, 92, 100].flatMap((age) =>
      [1, 2, 3].map((at) => sampleRow('ticks', { time: noon(age) + at, bid: 1 / at, ask: 1e-7 * at })),
    );
    await analytics.insert('ticks', ticks);
    // Past its period, and its day is not.
    await analytics.insert('ticks', [sampleRow('ticks', { time: noon(90) - DAY_MS / 2 })]);
    const inferences = [10, 95].flatMap((age) =>
      ['acme', 'other'].map((tenantId) => sampleRow('inferenceLogs', { time: noon(age), tenantId })),
    );
    await analytics.insert('inferenceLogs', inferences);
    const lines = [3, 40].flatMap((age) =>
      ['debug', 'info', 'error', 'fatal'].flatMap((level, line) =>
        ['', 'acme'].map((tenantId) => sampleRow('logs', { time: noon(age) + 7, tenantId, level, line })),
      ),
    );
    await analytics.insert('logs', lines);
  }
  /** The objects that those make: a day of a kind and tenant each. */
  const DAYS_DUE = 3 + 2 + 3 * 2;

  before(async () => {
    retention = await readRetention();
    ledger = await embeddedUnderTest();
    analyticsFolder = await temporaryFolder();
    analytics = new SqlAnalytics(await ChdbEngine.start({ folder: analyticsFolder.path, timers: systemClock }));
    await analytics.migrate();
  });
  after(async () => {
    await analytics?.close();
    await analyticsFolder?.[Symbol.asyncDispose]();
    await ledger?.close();
  });
  beforeEach(async () => {
    await ledger.reset();
    await emptyStore(analytics);
    folder = await emptyFolder();
    store = new FolderArchive(folder.path);
    nowMs = Date.now();
  });
  afterEach(() => folder?.[Symbol.asyncDispose]());

  /** As a merge does some hours later at most. */
  async function merge(): Promise<void> {
    for (const table of Object.keys(DUE)) await sql(`OPTIMIZE TABLE ${table} FINAL`);
  }

  it('is each whole day of a kind and tenant that is past its warm period, once, as the tables have it', async () => {
    await fill();
    const [all, due] = [await inTables(), await inTables('due')];
    assert.deepEqual(await run(), { ...NOTHING, copied: due.length, copies: DAYS_DUE });
    assert.deepEqual(await inObjects(), due);
    const objects = await archiver().list();
    assert.ok(objects.every(({ state }) => state === 'kept'));
    assert.deepEqual(
      objects.filter(({ kind }) => kind === 'logs.fatal').map(({ tenantId, name }) => [tenantId, name.split('/')[1]]),
      [
        ['', '_'],
        ['acme', 'acme'],
      ],
    );
    assert.deepEqual(await inTables(), all, 'nothing has left');
    assert.deepEqual(await run(), NOTHING);
    const report = await archiver().verify();
    assert.deepEqual([report.ok, report.rows, report.strays], [true, due.length, []]);
  });

  it('of a day with more rows than an object takes makes more objects, and is exact about each row', async () => {
    const count = 2.5 * LIMITS.archive.seriesRows;
    await sql(`INSERT INTO suho.ticks (time, symbol, bid, ask) SELECT fromUnixTimestamp64Milli(toInt64(${noon(91)} + intDiv(number, 5)),
      'UTC'), 'EURUSD', number, number / 7 FROM numbers(${count})`);
    const ran = await run();
    assert.equal(ran.copied, count);
    const objects = await archiver().list();
    assert.ok(objects.length >= 3 && objects.every(({ rows }) => rows <= LIMITS.archive.seriesRows));
    assert.deepEqual(await inObjects(), await inTables());
  });

  it('takes more rows than an object has where they are of one millisecond', async () => {
    const count = LIMITS.archive.seriesRows + 1;
    await sql(`INSERT INTO suho.ticks (time, symbol, bid) SELECT fromUnixTimestamp64Milli(toInt64(${noon(91)}), 'UTC'), 'EURUSD', number
      FROM numbers(${count})`);
    assert.deepEqual(await run(), { ...NOTHING, copied: count, copies: 1 });
  });

  it('that came late is an object of its own, and what was copied before is not copied again', async () => {
    await fill();
    await run();
    await analytics.insert('ticks', [sampleRow('ticks', { time: noon(91) + 2, bid: 9 })]);
    await analytics.insert('logs', [sampleRow('logs', { time: noon(40), tenantId: 'late', level: 'info' })]);
    assert.deepEqual(await run(), { ...NOTHING, copied: 2, copies: 2 });
    assert.deepEqual(await inObjects(), await inTables('due'));
  });

  it('is never nowhere and never twice, wherever a run is cut off', async () => {
    await fill();
    await sql(`INSERT INTO suho.ticks (time, symbol, bid) SELECT fromUnixTimestamp64Milli(toInt64(${noon(93)} + number), 'UTC'), 'GBPUSD',
      number FROM numbers(${LIMITS.archive.seriesRows + 1})`);
    const [all, due] = [await inTables(), await inTables('due')];
    const dueRows = new Set(due);
    let cuts = 0;
    for (let at = 0, cut = true; cut; at += process.env.SUHO_PROOF ? 1 : 7) {
      const calls = { left: at };
      cut = await run({
        catalogue: cutting(ledger.ledger.archive, calls),
        store: cutting(store, calls),
        series: cutting(analytics.series, calls),
      }).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Cut) return true;
          throw error;
        },
      );
      cuts += cut ? 1 : 0;
      const copied = await inObjects();
      assert.equal(new Set(copied).size, copied.length, `cut ${at}: a row is in the archive twice`);
      assert.deepEqual(await inTables(), all, `cut ${at}: a row has left its table`);
      assert.ok(
        copied.every((row) => dueRows.has(row)),
        `cut ${at}: a row is not as its table has it`,
      );
    }
    assert.ok(cuts >= 5, `${cuts} cuts`);
    assert.deepEqual(await inObjects(), due);
    assert.ok((await archiver().verify()).ok);
  });

  it('is still in its table while archiving fails for the slack of the table of periods, and no longer', async () => {
    const slackDays = retention.slack / DAY_MS;
    await analytics.insert('ticks', [
      sampleRow('ticks', { time: noon(90 + slackDays - 1), symbol: 'kept' }),
      sampleRow('ticks', { time: noon(90 + slackDays + 1), symbol: 'gone' }),
    ]);
    await analytics.insert('logs', [
      sampleRow('logs', { time: noon(30 + slackDays - 1), level: 'info', message: 'kept' }),
      sampleRow('logs', { time: noon(30 + slackDays + 1), level: 'info', message: 'gone' }),
      sampleRow('logs', { time: noon(8), level: 'debug', message: 'gone' }),
    ]);
    await merge();
    assert.deepEqual(
      await rowsOf(analytics, 'SELECT symbol FROM suho.ticks UNION ALL SELECT message FROM suho.logs ORDER BY 1'),
      [['kept'], ['kept']],
    );
  });

  it('once forgotten by its table is in the archive alone, and comes back for the way back, as it was', async () => {
    await fill();
    const due = await inTables('due');
    await run();
    const forgetful = { retention: { ...retention, slack: 0 } };
    assert.deepEqual(await run(forgetful), NOTHING);
    assert.ok(
      (await archiver().list()).every(({ state }) => state === 'kept'),
      'not while its table has it',
    );
    const ttlOfTicks = 'toDateTime(time) + INTERVAL';
    await sql(`ALTER TABLE suho.ticks MODIFY TTL greatest(${ttlOfTicks} 90 DAY, held_until)`);
    try {
      await merge();
      await run();
      assert.ok(
        (await archiver().list()).every(({ state }) => state === 'kept'),
        'nobody asks before the time',
      );
      await run(forgetful);
      const left = (await archiver().list()).filter(({ state }) => state === 'left');
      assert.deepEqual([...new Set(left.map(({ kind }) => kind))], ['analytics.ticks']);
      assert.deepEqual(
        left.map(({ keepUntil }) => keepUntil),
        [null, null, null],
      );
      for (const { name } of left) {
        const { back, rows, heldUntil } = await archiver().restore(name);
        assert.deepEqual([back, rows, heldUntil], [3, 3, nowMs + LIMITS.archive.wayBackMs]);
      }
      await merge();
      assert.deepEqual(await inTables('due'), due, 'its table does not forget what was put back');
      assert.deepEqual((await archiver().restore(left[0]?.name ?? '')).back, 0);
      assert.deepEqual(await run(forgetful), NOTHING);
      assert.deepEqual(await inObjects(), due);
      await sql('TRUNCATE TABLE suho.ticks');
      await run(forgetful);
      assert.ok(
        (await archiver().list()).every(({ state }) => state === 'kept'),
        'held',
      );
      nowMs += LIMITS.archive.wayBackMs;
      await run(forgetful);
      assert.equal((await archiver().list()).filter(({ state }) => state === 'left').length, left.length);
    } finally {
      await sql(`ALTER TABLE suho.ticks MODIFY TTL greatest(${ttlOfTicks} 104 DAY, held_until)`);
    }
  });

  it('comes back with every value to its last bit, of every kind', async () => {
    await fill();
    const due = await inTables('due');
    await run();
    for (const table of Object.keys(DUE)) await sql(`TRUNCATE TABLE ${table}`);
    for (const { name } of await archiver().list()) await archiver().restore(name);
    assert.deepEqual(await inTables(), due);
  });

  it('goes for good at the end of its own time, and the way back after it', async () => {
    await analytics.insert('inferenceLogs', [sampleRow('inferenceLogs', { time: noon(91) })]);
    await run();
    await sql('TRUNCATE TABLE suho.inference_logs');
    await run({ retention: { ...retention, slack: 0 } });
    const coldMs = retention.analytics.inference_logs?.cold ?? 0;
    nowMs = noon(91) + coldMs + LIMITS.archive.wayBackMs - 1;
    assert.equal((await run()).dropped, 0);
    nowMs += 1;
    assert.equal((await run()).dropped, 1);
    assert.deepEqual(await store.list(''), []);
  });

  it('that is not what was written is found, and is not put back', async () => {
    await fill();
    await run();
    const { name } = (await archiver().list())[0] ?? assert.fail('there are objects');
    const file = join(folder.path, name);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    assert.deepEqual(
      (await archiver().verify()).faults.map((fault) => fault.name),
      [name],
    );
    await assert.rejects(archiver().restore(name), { code: 'ARCHIVE_FAILED', message: /checksum/ });
  });

  it('where analytics is off is listed, verified and printed, and says why it does not come back', async () => {
    await fill();
    await run();
    const { catalogue, ...rest } = { catalogue: ledger.ledger.archive, store, retention, clock };
    const off = new Archiver({ catalogue, ...rest });
    assert.deepEqual(await off.run(never), NOTHING);
    const [first] = await off.list();
    assert.ok((await off.verify()).ok);
    assert.equal((await off.rows(first?.name ?? '')).length, first?.rows);
    await assert.rejects(off.restore(first?.name ?? ''), { code: 'CONFLICT', message: /analytics, which is off/ });
  });

  it('does not hold up what leaves the ledger when it cannot be read', async () => {
    await settle(ledger.ledger, 1);
    await ledger.ledger.commit([refuse(1, 1, { createdAt: Date.UTC(2020, 0, 1) })]);
    const away = new SqlAnalytics({
      run: () => Promise.reject(new Error('it is away')),
      insert: () => Promise.reject(new Error('it is away')),
      close: () => Promise.resolve(),
    });
    await assert.rejects(run({ series: away.series }), /it is away/);
    assert.deepEqual(
      (await archiver().list()).map(({ kind, state }) => [kind, state]),
      [['signal_refusals', 'left']],
    );
  });
});
