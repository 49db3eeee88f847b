/** What the engines do when the process, the server or the platform is not as it should be. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SuhoError } from '../../../src/errors.js';
import { SteppedClock, systemClock } from '../../../src/runtime/clock.js';
import { ChdbEngine } from '../../../src/storage/analytics/chdb-engine.js';
import { ClickHouseEngine } from '../../../src/storage/analytics/clickhouse-engine.js';
import { isRefusal } from '../../../src/storage/analytics/engine.js';
import { openAnalytics } from '../../../src/storage/analytics/open.js';
import { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import { rowsOf, sampleRow } from '../../contracts/analytics-world.js';
import { chdbMissing } from '../../support/chdb.js';
import { startClickHouse } from '../../support/clickhouse-server.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const skip = chdbMissing();
const WORKER = fileURLToPath(new URL('../../../workers/analytics.js', import.meta.url));

describe('the embedded engine', { skip }, () => {
  it('killed, it fails the calls it had, and the next call finds what was acknowledged', async () => {
    await using folder = await temporaryFolder();
    const engine = await ChdbEngine.start({ folder: folder.path, timers: systemClock });
    const store = new SqlAnalytics(engine);
    await store.migrate();
    await store.insert('candles', [sampleRow('candles')]);
    const long = store.engine.run({ sql: 'SELECT sum(sleepEachRow(0.01)) FROM numbers(300) SETTINGS max_block_size = 1' });
    const failed = assert.rejects(
      long,
      (error) => error instanceof SuhoError && !isRefusal(error) && /SIGKILL/.test(error.message),
    );
    await engine.kill();
    await failed;
    assert.deepEqual(await rowsOf(store, 'SELECT count() FROM suho.candles'), [[1]]);
    await store.close();
  });

  it('many calls at once after its end start one engine', async () => {
    await using folder = await temporaryFolder();
    const engine = await ChdbEngine.start({ folder: folder.path, timers: systemClock });
    await engine.kill();
    // A second engine on the folder would be refused.
    const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => engine.run({ sql: `SELECT ${n}` })));
    assert.deepEqual(
      answers.map((text) => text.trim()),
      ['[0]', '[1]', '[2]', '[3]', '[4]'],
    );
    await engine.close();
    await assert.rejects(engine.run({ sql: 'SELECT 1' }), /ended/);
  });

  it('a call without an answer ends with its engine', async () => {
    await using folder = await temporaryFolder();
    const clock = new SteppedClock(0);
    const engine = await ChdbEngine.start({ folder: folder.path, timers: clock });
    const call = engine.run({ sql: 'SELECT sum(sleepEachRow(0.01)) FROM numbers(3000) SETTINGS max_block_size = 1' });
    const failed = assert.rejects(call, /SIGKILL/);
    // The call is on its way once a later one has been taken as well.
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advanceTo(60_000);
    await failed;
    await engine.close();
  });

  it('leaves signals of the terminal to the node, and goes at once when the node has gone', async () => {
    await using folder = await temporaryFolder();
    const child = fork(WORKER, [folder.path], { execArgv: [], serialization: 'advanced' });
    assert.deepEqual((await once(child, 'message'))[0], { kind: 'ready' });
    child.kill('SIGINT');
    child.kill('SIGTERM');
    child.send({ kind: 'run', id: 1, sql: 'SELECT 1', parameters: {} });
    assert.deepEqual((await once(child, 'message'))[0], { kind: 'done', id: 1, text: '[1]\n' });
    const ended = once(child, 'exit');
    child.disconnect();
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });
});

describe('opening analytics', () => {
  it('off by its setting says so', async () => {
    const opened = await openAnalytics({ analytics: 'off', folder: '', timers: systemClock });
    assert.deepEqual(opened, { kind: 'off', reason: 'Analytics is off by its setting.' });
  });

  it('without the library the node goes on without analytics, with a sentence that says why', async () => {
    await using folder = await temporaryFolder();
    await folder.write('package.json', '{}');
    // The worker's own file, somewhere from where no package is found.
    const alone = fork(await folder.write('start.mjs', STARTS_WITHOUT_PACKAGES), [WORKER, folder.path], { execArgv: [] });
    const [report] = await once(alone, 'message');
    assert.equal((report as { kind: string }).kind, 'missing');
    assert.match((report as { message: string }).message, /chdb/);
    await once(alone, 'exit');
  });

  it('a folder that another engine still holds is a fault until it lets go, and then all is well', { skip }, async () => {
    await using folder = await temporaryFolder();
    const open = () => openAnalytics({ analytics: 'embedded', folder: folder.path, timers: systemClock });
    const [first, second] = [await open(), await open()];
    assert.ok(first.kind === 'open' && second.kind === 'open');
    await assert.rejects(second.store.ping(), (error) => error instanceof SuhoError && error.code === 'ANALYTICS_FAILED');
    await first.store.close();
    assert.match(await second.store.ping(), /\d/);
    await second.store.close();
  });
});

/** Runs the worker with a loader of packages that knows none. */
const STARTS_WITHOUT_PACKAGES = `
import Module from 'node:module';
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => {
  if (name === 'chdb') throw Object.assign(new Error("Cannot find module 'chdb'"), { code: 'MODULE_NOT_FOUND' });
  return resolve(name, ...rest);
};
const [, , worker, folder] = process.argv;
process.argv[2] = folder;
await import(worker);
`;

describe('a ClickHouse server', { skip }, () => {
  it('that is not there, refuses the login, or fails is a fault that may pass', async () => {
    await using folder = await temporaryFolder();
    await using server = await startClickHouse(folder.path);
    const passes = (error: unknown): boolean =>
      error instanceof SuhoError && error.code === 'ANALYTICS_FAILED' && !isRefusal(error);
    const nobody = new SqlAnalytics(new ClickHouseEngine('http://127.0.0.1:1'));
    await assert.rejects(nobody.ping(), passes);
    await nobody.close();
    const stranger = new SqlAnalytics(new ClickHouseEngine(server.url.replace(/:[^:@]+@/, ':wrong@')));
    await assert.rejects(stranger.ping(), /Authentication failed/);
    await stranger.close();
    const store = new SqlAnalytics(new ClickHouseEngine(server.url));
    server.trouble = 503;
    await assert.rejects(store.ping(), passes);
    assert.match(store.fault ?? '', /Memory limit/);
    server.trouble = undefined;
    assert.match(await store.ping(), /^\d/);
    await store.close();
  });

  it('whose answer is lost has the batch once all the same', async () => {
    await using folder = await temporaryFolder();
    await using server = await startClickHouse(folder.path);
    const store = new SqlAnalytics(new ClickHouseEngine(server.url));
    await store.migrate();
    const row = sampleRow('logs');
    const { encodeRow, COLUMN_NAMES } = await import('../../../src/storage/analytics/rows.js');
    const batch = { table: 'logs', columns: COLUMN_NAMES.logs, lines: `${encodeRow('logs', row)}\n`, token: 'lost' } as const;
    const before = server.done;
    server.trouble = 'cut';
    await assert.rejects(store.insertText(batch), SuhoError);
    assert.ok(server.done > before, 'the server did the work');
    server.trouble = undefined;
    await store.insertText(batch);
    assert.deepEqual(await rowsOf(store, 'SELECT count() FROM suho.logs'), [[1]]);
    await store.close();
  });
});
