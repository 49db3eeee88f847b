import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { ClickHouseEngine } from '../../../src/storage/analytics/clickhouse-engine.js';
import { until } from '../../support/actors.js';
import { chdbMissing } from '../../support/chdb.js';
import { proofCount } from '../../support/price-paths.js';
import { startAnalytics } from '../../support/store-servers.js';

const WRITERS = 4;
const LINES = Array.from({ length: 2_000 }, (_, at) => `[${at},"some text of a row ${at}"]\n`).join('');

test('an embedded engine whose process was killed at work lets go of its folder, and the next one opens it', {
  skip: chdbMissing(),
}, async () => {
  await using server = await startAnalytics();
  const engine = new ClickHouseEngine(server.url);
  try {
    await engine.run({ sql: 'CREATE DATABASE tried' });
    await engine.run({ sql: 'CREATE TABLE tried.rows (number UInt32, text String) ENGINE = MergeTree ORDER BY number' });
    for (let round = 0; round < proofCount(30); round++) {
      let writing = true;
      const write = async (): Promise<void> => {
        while (writing)
          await engine
            .insert({ table: 'tried.rows', columns: ['number', 'text'], lines: LINES, settings: {} })
            .catch(() => pass(20));
      };
      const writers = Array.from({ length: WRITERS }, write);
      await pass(100 + 30 * (round % 10));
      await server.kill();
      writing = false;
      await Promise.all(writers);
      await server.start();
      await until(
        () =>
          engine.run({ sql: 'SELECT 1' }).then(
            () => true,
            () => pass(100, false),
          ),
        'the next engine opens the folder',
        15_000,
      );
    }
    assert.ok(Number(JSON.parse(await engine.run({ sql: 'SELECT count() FROM tried.rows' }))[0]) > 0);
  } finally {
    await engine.close();
  }
});
