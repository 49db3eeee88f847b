import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../src/jobs/job.js';
import { type CorrelationsOptions, standingJobs } from '../../src/jobs/standing-jobs.js';
import { CorrelationBoard } from '../../src/patterns/correlation-board.js';
import { systemClock } from '../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../src/storage/patterns/embedded/embedded-patterns.js';
import type { LedgerUpkeep } from '../../src/storage/ledger/upkeep.js';

const TIME = Date.UTC(2026, 2, 2);
const NOTHING = {
  ledger: { anchorAudit: async () => 0 },
  upkeep: {} as LedgerUpkeep,
  archiver: { run: () => Promise.reject(new Error('not asked for')) },
  balancesMs: 0,
};

function correlationsJob(correlations: CorrelationsOptions) {
  const job = standingJobs({ ...NOTHING, correlations }).find(({ name }) => name === 'correlations');
  assert.ok(job);
  return job;
}

function filled(): CorrelationBoard {
  const board = new CorrelationBoard();
  for (const window of [20, 100])
    for (const [a, b] of [
      ['EURUSD', 'GBPUSD'],
      ['EURUSD', 'USDJPY'],
    ] as const) {
      const vector = new Float64Array(61).fill(0.25);
      board.correlated({
        time: TIME,
        a,
        b,
        timeframe: 'M15',
        window,
        lag: -2,
        correlation: 0.25,
        persistence: Number.NaN,
        vector,
      });
    }
  return board;
}

function run(signal = new AbortController().signal): Run {
  return { dueAt: TIME, nowMs: () => TIME, signal };
}

test('every six hours each tenant gets the pairs of its own symbols', async () => {
  const store = new EmbeddedPatterns(systemClock);
  const tenants = () => [
    { id: 'blue', symbols: ['EURUSD', 'GBPUSD', 'USDJPY'] },
    { id: 'green', symbols: ['GBPUSD', 'EURUSD'] },
    { id: 'red', symbols: ['EURUSD'] },
  ];
  const job = correlationsJob({ board: filled(), store, tenants });
  assert.equal(job.schedule.everyMs, 6 * 3_600_000);
  assert.equal(await job.run(run()), '3 pairs stored for 3 tenants, 0 taken out');
  const pairs = async (id: string) => (await store.page(id, 'correlations')).map(({ item }) => item.symbols.join('/')).sort();
  assert.deepEqual(await pairs('blue'), ['EURUSD/GBPUSD', 'EURUSD/USDJPY']);
  assert.deepEqual(await pairs('green'), ['EURUSD/GBPUSD']);
  assert.deepEqual(await pairs('red'), []);
  const [{ item } = { item: undefined }] = await store.page('green', 'correlations');
  assert.deepEqual([item?.lagMinutes, item?.strength, item?.persistence, item?.regime], [-30, 0.25, 0, '']);
});

test('a run that is told to stop goes to no further tenant; where nothing is correlated there is no such job', async () => {
  const store = new EmbeddedPatterns(systemClock);
  const ending = new AbortController();
  const board = filled();
  const tenants = () => ['blue', 'green'].map((id) => ({ id, symbols: ['EURUSD', 'GBPUSD'] }));
  const put = store.put.bind(store);
  store.put = async (...values: Parameters<typeof put>) => {
    ending.abort(new Error('stop'));
    return put(...values);
  };
  await assert.rejects(correlationsJob({ board, store, tenants }).run(run(ending.signal)), /stop/);
  assert.deepEqual(
    [(await store.page('blue', 'correlations')).length, (await store.page('green', 'correlations')).length],
    [1, 0],
  );
  assert.ok(standingJobs(NOTHING).every(({ name }) => name !== 'correlations'));
});
