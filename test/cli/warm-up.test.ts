import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import type { NodeStatus } from '../../src/admin/control-methods.js';
import { TIMEFRAMES } from '../../src/market/timeframe.js';
import { enterNode } from '../support/admin-session.js';
import { Running, suho } from '../support/command.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

interface Tree {
  readonly name: string;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly children: readonly Tree[];
}

/** A file as `suho candles` writes it. */
function candlesFile(count: number): string {
  const rows = walkOfCandles('EURUSD', 'M1', count).map(({ time, open, high, low, close, volume }) =>
    [new Date(time).toISOString().replace('.000', ''), 'EURUSD', 'M1', open, high, low, close, volume, 0].join(','),
  );
  return ['time,symbol,timeframe,open,high,low,close,volume,gap_before', ...rows, ''].join('\n');
}

const PORTS = ['--http-port', '0', '--ea-port', '0', '--ws-port', '0'];

async function startBare(folder: string, words: readonly string[]): Promise<Running> {
  const started = new Running(['start', '--demo', 'false', '--json', '--data', folder, ...PORTS, ...words], { cwd: folder });
  await started.until(async () => (await status(folder)) !== undefined, 'the node answers');
  return started;
}

async function status(folder: string): Promise<NodeStatus | undefined> {
  return (await callNode<NodeStatus>(folder, 'status', null))?.result;
}

/** What the indicators' actors of a symbol say, by timeframe. */
async function streams(folder: string, symbol: string): Promise<Readonly<Record<string, Tree['figures']>>> {
  const path = `/engine/symbols/${symbol}`;
  const headers = await enterNode(folder);
  const { root } = (await (await fetch(`${(await status(folder))?.http}/v1/actors?path=${path}`, { headers })).json()) as {
    root: Tree;
  };
  return Object.fromEntries(root.children.map(({ name, figures }) => [name, figures]));
}

test('a node warms up from a file at start, goes on from its snapshots after a kill, and takes only what is newer', async () => {
  await using folder = await ledgerFolder();
  writeFileSync(join(folder.path, 'first.csv'), candlesFile(700));
  writeFileSync(join(folder.path, 'longer.csv'), candlesFile(900));
  await using first = await startBare(folder.path, ['--history', `EURUSD=${join(folder.path, 'first.csv')}`]);
  // 700 minutes from midnight on; what was in progress at the end of the file ended long ago by the node's clock.
  await first.until(async () => (await streams(folder.path, 'EURUSD')).D1?.candles === 1, 'the clock closes the day');
  const warm = await streams(folder.path, 'EURUSD');
  const counts = Object.fromEntries(TIMEFRAMES.map((timeframe) => [timeframe, warm[timeframe]?.candles]));
  assert.deepEqual(counts, { M1: 700, M5: 140, M15: 47, H1: 12, H4: 3, D1: 1 });
  assert.equal(warm.M1?.newest, '2026-01-05T11:39:00.000Z');
  assert.deepEqual((await streams(folder.path, 'USDJPY')).M1?.candles, 0);
  await first.end('SIGKILL');

  await using second = await startBare(folder.path, []);
  // Vectors are counted by a run; all else goes on.
  const still = Object.entries(warm).map(([timeframe, figures]) => [timeframe, { ...figures, vectors: 0 }]);
  assert.deepEqual(await streams(folder.path, 'EURUSD'), Object.fromEntries(still));
  await second.end('SIGKILL');

  await using third = await startBare(folder.path, ['--history', `EURUSD=${join(folder.path, 'longer.csv')}`]);
  assert.equal((await streams(folder.path, 'EURUSD')).M1?.candles, 900);
  await third.end('SIGTERM');
});

test('a history that is wrong is refused in one sentence that names it', async () => {
  await using folder = await ledgerFolder();
  const tell = async (words: readonly string[]) => {
    const { code, stderr } = await suho(['start', '--data', folder.path, ...PORTS, ...words], { cwd: folder.path });
    return [code, stderr.trim().split('\n').at(-1)];
  };
  assert.deepEqual(await tell(['--history', 'EURUSD=x.csv']), [
    2,
    'suho: history warms up a node that has no demo: set demo to false as well',
  ]);
  assert.deepEqual(await tell(['--demo', 'false', '--history', 'x.csv']), [
    2,
    'suho: history has x.csv, which is not SYMBOL=FILE',
  ]);
  const missing = await tell(['--demo', 'false', '--history', 'EURUSD=nowhere.csv']);
  assert.equal(missing[0], 3);
  assert.match(String(missing[1]), /nowhere\.csv/);
});
