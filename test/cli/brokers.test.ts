import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/runtime/clock.js';
import { ChdbEngine } from '../../src/storage/analytics/chdb-engine.js';
import { openAnalytics } from '../../src/storage/analytics/open.js';
import { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import { sampleRow } from '../contracts/analytics-world.js';
import { chdbMissing } from '../support/chdb.js';
import { suho } from '../support/command.js';
import { emptyFolder } from '../support/ledger-folder.js';

test('brokers are compared without a node, as a table and as JSON, of the tenant that is named', {
  skip: chdbMissing(),
}, async () => {
  await using folder = await emptyFolder();
  await using elsewhere = await emptyFolder();
  const opened = await openAnalytics({ analytics: 'embedded', folder: folder.path, timers: systemClock });
  assert.ok(opened.kind === 'open' && opened.store instanceof SqlAnalytics && opened.store.engine instanceof ChdbEngine);
  const { store } = opened;
  await store.migrate();
  const atMs = systemClock.nowMs() - 3_600_000;
  const of = { tenantId: 'acme', broker: 'Harbour FX Ltd', server: 'Harbour-Demo', symbol: 'EURUSD', accountId: 'one' };
  const quote = { ...of, bid: 1.1, deviation: 0.00002, deviationBid: 0.00001, deviationAsk: 0.00003 };
  await store.insert('brokerQuotes', [
    sampleRow('brokerQuotes', { ...quote, time: atMs, ask: 1.1001 }),
    sampleRow('brokerQuotes', { ...quote, time: atMs + 12_000, ask: 1.1003 }),
    sampleRow('brokerQuotes', { ...quote, time: atMs, tenantId: 'other', ask: 1.2 }),
    sampleRow('brokerQuotes', { ...quote, time: atMs - 10 * 86_400_000, accountId: 'old', ask: 1.2 }),
  ]);
  const order = { ...of, kind: 'OPEN', requestedVolume: 1, filledVolume: 1, orderMs: 80, resultMs: 120 } as const;
  await store.insert('executions', [
    sampleRow('executions', { ...order, time: atMs, signalId: 'a', outcome: 'EXECUTED', slippagePips: 0.4 }),
    sampleRow('executions', {
      ...order,
      time: atMs,
      signalId: 'b',
      outcome: 'REJECTED',
      slippagePips: null,
      retcode: 10_019,
      sentence: 'No money',
    }),
  ]);
  await store.insert('executions', [
    ...(
      [
        [0, 10, 30],
        [1, 20, 40],
        [5, 90, 140],
      ] as const
    ).map(([slippagePips, orderMs, resultMs]) => {
      const row = { ...order, tenantId: 'beta', time: atMs, signalId: `${orderMs}`, outcome: 'EXECUTED' } as const;
      return sampleRow('executions', { ...row, slippagePips, orderMs, resultMs });
    }),
    ...[atMs, atMs - 10 * 86_400_000].flatMap((time) =>
      ['USDJPY', 'GBPUSD', 'EURUSD'].map((symbol) => {
        const row = { ...order, tenantId: 'beta', symbol, time, signalId: `${symbol} ${time}`, outcome: 'REJECTED' } as const;
        return sampleRow('executions', { ...row, filledVolume: 0, slippagePips: null, retcode: 10_019, sentence: 'No money' });
      }),
    ),
  ]);
  await store.insert(
    'brokerQuotes',
    [0.00002, 0.00006].map((deviation, at) =>
      sampleRow('brokerQuotes', { ...quote, tenantId: 'beta', time: atMs + at * 1_000, ask: 1.1001, deviation }),
    ),
  );
  await store.close();

  const run = (...words: string[]) => suho(['brokers', '--data', folder.path, ...words], { cwd: elsewhere.path });
  const json = await run('--tenant', 'acme', '--symbol', 'EUR/USD', '--json');
  assert.equal(json.code, 0, json.stderr);
  const { prices, fills, rejects } = JSON.parse(json.stdout) as Record<string, readonly Record<string, unknown>[]>;
  assert.deepEqual([prices?.length, prices?.[0]?.quotes, prices?.[0]?.gaps, prices?.[0]?.longestGapS], [1, 2, 1, 12]);
  assert.deepEqual([fills?.[0]?.answered, fills?.[0]?.fillRatio, fills?.[0]?.slippageMean], [2, 0.5, 0.4]);
  assert.deepEqual([rejects?.[0]?.retcode, rejects?.[0]?.rejects], [10_019, 1]);

  const text = (await run('--tenant', 'acme', '--since', '2h')).stdout;
  assert.match(
    text,
    /^symbol {2}broker +server +quotes {2}spread {3}p50 {3}p95 {2}deviation +± {2}most {2}pauses {2}longest s$/m,
  );
  assert.match(
    text,
    /^EURUSD {2}Harbour FX Ltd {2}Harbour-Demo +2 {4}2\.00 {2}2\.00 {2}2\.90 +0\.20 {2}0\.00 {2}0\.20 +1 +12\.0$/m,
  );
  assert.match(text, /^EURUSD {2}Harbour FX Ltd {2}Harbour-Demo +2 +50\.0 +100\.0 +0\.40 +0\.40 +0\.40 +80 +80 +120 +120$/m);
  assert.match(text, /^EURUSD {2}Harbour FX Ltd {2}Harbour-Demo +10019 +1 {2}No money$/m);

  const beta = await run('--tenant', 'beta', '--since', new Date(atMs - 60_000).toISOString());
  assert.match(beta.stdout, /^EURUSD .*Harbour-Demo +2 .* 0\.40 +\S+ +0\.60 +0 +1\.0$/m, 'the mean and the greatest deviation');
  assert.match(beta.stdout, /^EURUSD .*Harbour-Demo +4 +75\.0 +\S+ +2\.00 +1\.00 +4\.60 +50 +89 +80 +137$/m);
  assert.match(beta.stdout, /^USDJPY .*Harbour-Demo +1 +0\.0 +– +– +– +– /m, 'of what was not filled there is no slippage');
  const counts = async (...words: string[]): Promise<readonly number[]> => {
    const told = JSON.parse((await run('--tenant', 'beta', '--json', ...words)).stdout) as Record<string, readonly unknown[]>;
    return [told.prices?.length ?? -1, told.fills?.length ?? -1, told.rejects?.length ?? -1];
  };
  assert.deepEqual(await counts('--symbol', 'USD/JPY,GBPUSD', '--since', '90m'), [0, 2, 2]);
  assert.deepEqual(await counts('--symbol', 'USDJPY', '--symbol', 'EURUSD', '--since', '30m'), [0, 0, 0]);
  assert.deepEqual(await counts('--symbol', 'USDJPY', '--symbol', 'EURUSD', '--since', '2d'), [1, 2, 2]);
  const refused = async (since: string): Promise<unknown> => {
    const told = JSON.parse((await run('--tenant', 'beta', '--json', '--symbol', 'USDJPY', '--since', since)).stdout);
    return (told as { rejects: readonly { rejects: unknown }[] }).rejects[0]?.rejects;
  };
  assert.deepEqual([await refused('9d'), await refused('11d')], [1, 2]);
  assert.equal((await run('--tenant', 'beta', '--symbol', 'EURUSD,!!')).code, 2);

  const nobody = await run('--tenant', 'nobody');
  assert.deepEqual([nobody.code, nobody.stdout.match(/: none$/gm)?.length], [0, 3]);
  assert.equal((await run()).code, 2);
  assert.equal((await run('--tenant', 'acme', '--since', 'yesterday')).code, 2);
  assert.equal((await run('--tenant', 'a’ OR 1')).code, 3);
});
