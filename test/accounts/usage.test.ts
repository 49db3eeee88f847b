import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageCount } from '../../src/accounts/usage.js';
import type { UsageRow } from '../../src/storage/ledger/history.js';

const HOUR_MS = 3_600_000;

test('usage is counted by tenant, hour and what, and handed over once when its hour has ended', () => {
  const usage = new UsageCount();
  usage.add('north', 'frames', 10);
  usage.add('north', 'frames', HOUR_MS - 1, 4);
  usage.add('south', 'frames', 20);
  usage.add('north', 'sessions', HOUR_MS);
  const taken: UsageRow[] = [];
  const take = (row: UsageRow): boolean => taken.push(row) > 0;
  usage.handOver(HOUR_MS - 1, take);
  assert.deepEqual(taken, []);
  usage.handOver(HOUR_MS, take);
  usage.handOver(HOUR_MS, take);
  assert.deepEqual(taken, [
    { tenantId: 'north', hourMs: 0, what: 'frames', amount: 5 },
    { tenantId: 'south', hourMs: 0, what: 'frames', amount: 1 },
  ]);
  usage.handOver(Number.POSITIVE_INFINITY, take);
  assert.deepEqual(taken.slice(2), [{ tenantId: 'north', hourMs: HOUR_MS, what: 'sessions', amount: 1 }]);
});

test('what is charged or bounded is handed over within its hour, each time what came since', () => {
  const usage = new UsageCount();
  const taken: UsageRow[] = [];
  const take = (row: UsageRow): boolean => taken.push(row) > 0;
  for (const what of ['predictions', 'signals', 'requests', 'cost', 'frames'] as const) usage.add('north', what, 5, 2);
  usage.handOver(10, take);
  usage.add('north', 'predictions', 11);
  usage.handOver(12, take);
  usage.handOver(13, take);
  assert.deepEqual(
    taken.map(({ hourMs, what, amount }) => [hourMs, what, amount]),
    [
      [0, 'predictions', 2],
      [0, 'signals', 2],
      [0, 'requests', 2],
      [0, 'cost', 2],
      [0, 'predictions', 1],
    ],
  );
});

test('what finds no room is handed over again, with what was counted since', () => {
  const usage = new UsageCount();
  usage.add('north', 'frames', 0);
  usage.add('north', 'signals', 0);
  usage.handOver(HOUR_MS, ({ what }) => what === 'signals');
  usage.add('north', 'frames', 1);
  const taken: UsageRow[] = [];
  usage.handOver(HOUR_MS, (row) => taken.push(row) > 0);
  assert.deepEqual(taken, [{ tenantId: 'north', hourMs: 0, what: 'frames', amount: 2 }]);
});
