import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveControl } from '../../src/admin/control.js';
import { type ControlOptions, controlMethods } from '../../src/admin/control-methods.js';
import { openJobs } from '../../src/jobs/open-jobs.js';
import { systemClock } from '../../src/runtime/clock.js';
import { createLogger } from '../../src/runtime/logger.js';
import { entropyRandom } from '../../src/runtime/random.js';
import type { ArchivedObject } from '../../src/storage/archive/archive-catalogue.js';
import { ChdbEngine } from '../../src/storage/analytics/chdb-engine.js';
import { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import { openDataFolder } from '../../src/storage/data-folder.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import { rowsOf, sampleRow } from '../contracts/analytics-world.js';
import { hello, refuse, settle } from '../contracts/ledger-world.js';
import { chdbMissing } from '../support/chdb.js';
import { suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';

test('what has aged is moved, listed and verified without a node; a flipped bit ends with the code of a failed check', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const place = join(elsewhere.path, 'cold');
  const run = (...words: string[]) =>
    suho(['archive', ...words, '--data', folder.path, '--archive', place], { cwd: elsewhere.path });
  const ledger = await openLedger({ folder: folder.path });
  await settle(ledger, 1);
  await ledger.claim(hello(1));
  const old = Date.UTC(2020, 0, 1);
  await ledger.commit([1, 2, 3].map((number) => refuse(1, number, { createdAt: old + number }, 1)));
  await ledger.close();

  const ran = await run('run', '--json');
  assert.equal(ran.code, 0, ran.stderr);
  const report = JSON.parse(ran.stdout) as Record<string, unknown>;
  assert.deepEqual([report.name, report.outcome], ['archive', 'done']);
  assert.match(String(report.sentence), /^3 rows left for the archive in 1 new objects; 0 old objects dropped$/);

  const object = JSON.parse((await run('list', '--json')).stdout) as ArchivedObject;
  const { kind, tenantId, fromMs, toMs, rows, state } = object;
  assert.deepEqual(
    { kind, tenantId, fromMs, toMs, rows, state },
    {
      kind: 'signal_refusals',
      tenantId: 'north',
      fromMs: old + 1,
      toMs: old + 3,
      rows: 3,
      state: 'left',
    },
  );

  const file = join(place, object.name);
  const bytes = await readFile(file);
  bytes[40] = (bytes[40] as number) ^ 1;
  await writeFile(file, bytes);
  const found = await run('verify');
  assert.equal(found.code, 1);
  assert.match(
    found.stdout,
    /^the archive is not whole: 1 faults in 1 objects[^\n]*\nsignal_refusals\/north\/[^\n]* its checksum is another\n$/,
  );
});

test('what analytics has is copied, listed, printed and put back without a node', { skip: chdbMissing() }, async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(['archive', ...words, '--data', folder.path], { cwd: elsewhere.path });
  const opened = async () =>
    new SqlAnalytics(await ChdbEngine.start({ folder: join(folder.path, 'analytics'), timers: systemClock }));
  const analytics = await opened();
  await analytics.migrate();
  const time = Date.now() - 93 * 86_400_000;
  await analytics.insert('ticks', [sampleRow('ticks', { time, bid: 1.25, symbol: 'USDJPY' })]);
  await analytics.close();

  const ran = await run('run');
  assert.match(ran.stdout, /^archive: done, 0 rows left [^;]*; 1 rows of analytics were copied to it in 1; 0 old/, ran.stderr);
  const object = JSON.parse((await run('list', '--json')).stdout) as ArchivedObject;
  assert.match(object.name, /^analytics\.ticks\/_\/\d+-\d+-[0-9a-f]{16}\.parquet$/);
  assert.deepEqual([object.kind, object.state, object.fromMs], ['analytics.ticks', 'kept', time]);
  const printed = JSON.parse((await run('restore', object.name, '--print')).stdout) as Record<string, unknown>;
  assert.deepEqual([printed.time, printed.symbol, printed.bid], [time, 'USDJPY', 1.25]);

  const emptied = await opened();
  await emptied.engine.run({ sql: 'TRUNCATE TABLE suho.ticks' });
  await emptied.close();
  assert.match((await run('restore', object.name)).stdout, /1 of 1 rows put back into analytics\.ticks, until /);
  const full = await opened();
  assert.deepEqual(await rowsOf(full, 'SELECT symbol, bid FROM suho.ticks'), [['USDJPY', 1.25]]);
  await full.close();
});

test('where a node runs, it is asked: nothing is opened beside it', async () => {
  await using data = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const folder = await openDataFolder(data.path, { pid: process.pid, startedAt: 'now', version: 'this' });
  const ledger = await openLedger({ folder: folder.path });
  await settle(ledger, 1);
  await ledger.commit([refuse(1, 1, { createdAt: Date.UTC(2020, 0, 1) })]);
  const { runner, archiver } = await openJobs({
    ledger,
    analytics: { kind: 'off', reason: 'not here' },
    archive: 'embedded',
    folder: folder.path,
    clock: systemClock,
    random: entropyRandom(),
    log: createLogger('silent'),
    holder: 'this node',
  });
  const methods = controlMethods({ ledger, jobs: runner, archive: archiver } as unknown as ControlOptions);
  const control = await serveControl(folder.path, methods);
  try {
    const run = (...words: string[]) => suho([...words, '--data', data.path], { cwd: elsewhere.path });
    const empty = await run('archive', 'verify', '--json');
    assert.deepEqual(JSON.parse(empty.stdout), { ok: true, objects: 0, rows: 0, bytes: 0, faults: [], strays: [] });
    const ran = await run('archive', 'run');
    assert.match(ran.stdout, /^archive: done, 1 rows left for the archive in 1 new objects/, ran.stderr);
    const object = JSON.parse((await run('archive', 'list', '--json')).stdout) as ArchivedObject;
    const listed = await run('archive', 'list');
    assert.match(listed.stdout, /^left {4}2020-01-01 00:00 to [^\n]* {2}1 rows, \d+ bytes {2}signal_refusals\/north\//);
    assert.match((await run('archive', 'verify')).stdout, /^the archive is whole: 1 objects, 1 rows, /);
    assert.match((await run('archive', 'restore', object.name)).stdout, /1 of 1 rows put back into signal_refusals, until /);
    const restored = JSON.parse((await run('archive', 'restore', object.name, '--json')).stdout) as Record<string, unknown>;
    assert.deepEqual([restored.kind, restored.rows, restored.back], ['signal_refusals', 1, 0]);
    const printed = JSON.parse((await run('archive', 'restore', object.name, '--print')).stdout) as Record<string, unknown>;
    assert.deepEqual([printed.created_at_ms, printed.reason], [Date.UTC(2020, 0, 1), 'quote-stale']);
    for (const [words, code, why] of [
      [['restore', 'none'], 3, /^suho: the archive has no object none: see suho archive list/],
      [['restore'], 2, /missing required argument/],
    ] as const) {
      const refused = await run('archive', ...words);
      assert.deepEqual([refused.code, refused.stdout], [code, '']);
      assert.match(refused.stderr, why);
    }
    assert.match((await run('jobs', 'list')).stdout, /^archive +next [^\n]* done [^\n]*: 1 rows left/m);
    assert.equal((await ledger.listRefusals()).rows.length, 1);
  } finally {
    await control.close();
    await runner.close();
    await ledger.close();
    await folder.release();
  }
});
