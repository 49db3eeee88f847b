/**
 * How late is the loop while a training runs beside it, and how much slower is an answer of a shipped model then?
 *
 * All kinds are trained by `--quick` rules on two walks of 6,000 candles, in the thread that `suho train` uses, while this process looks at
 * its loop each millisecond and asks the shipped trees and nets for one row every twenty. Beside it the same while nothing is trained, first
 * and last, for the machine's own noise.
 */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as soon } from 'node:timers/promises';
import { readStock, SHIPPED_MODELS } from '../src/inference/model-stock.js';
import { openInference } from '../src/inference/open-inference.js';
import { shelveStock } from '../src/inference/shelve-stock.js';
import { widthOf } from '../src/inference/batch-task.js';
import { systemClock } from '../src/runtime/clock.js';
import { silentLogger } from '../src/runtime/logger.js';
import { BAR_NUMBERS, type SymbolInput } from '../src/training/run/training-task.js';
import { trainInThread } from '../src/training/run/training-thread.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { walkOfCandles } from '../test/support/walk-of-candles.js';
import { percentile } from './support/compare.js';

const CANDLES = 6_000;
const EVERY_MS = 20;
const QUIET_MS = 5_000;

function inputOf(symbol: string, seed: number): SymbolInput {
  const values = new Float64Array(CANDLES * BAR_NUMBERS);
  for (const [at, { time, open, high, low, close, volume, spread }] of walkOfCandles(symbol, 'M1', CANDLES, seed).entries())
    values.set([time, open, high, low, close, volume, spread], at * BAR_NUMBERS);
  return { symbol, source: 'a walk', licence: 'CC0-1.0', from: { kind: 'bars', values } };
}

const stock = await readStock(SHIPPED_MODELS, '');
const { shelf, close } = openInference({
  clock: systemClock,
  deadlines: systemClock,
  machine: systemClock,
  logger: silentLogger,
  threads: 1,
});
await shelveStock(shelf, stock, silentLogger);
const rows = stock.models.map(({ card }) => [card.name, new Float64Array(widthOf(card.input.row)).fill(1.1)] as const);

function line(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => percentile(sorted, share).toFixed(2).padStart(9);
  console.log(`${what.padEnd(52)}${at(0.5)}${at(0.9)}${at(0.99)}${at(1)}`);
}

async function during(what: string, work: Promise<unknown>): Promise<void> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const answers: number[] = [];
  while (!over) {
    const before = performance.now();
    await Promise.all(rows.map(([name, row]) => shelf.ask(name, row)));
    answers.push(performance.now() - before);
    await soon(EVERY_MS);
  }
  delay.disable();
  await ended;
  const late = [50, 90, 99, 100].map((share) =>
    Math.max(0, delay.percentile(share) / 1e6 - 1)
      .toFixed(2)
      .padStart(9),
  );
  console.log(`${`${what}: how late the loop is`.padEnd(52)}${late.join('')}`);
  line('  an answer of all models', answers);
}

console.log(`${'milliseconds'.padEnd(52)}${['p50', 'p90', 'p99', 'most'].map((name) => name.padStart(9)).join('')}`);
await during('nothing is trained', soon(QUIET_MS));
await using folder = await temporaryFolder();
await during(
  'while all kinds are trained',
  trainInThread({
    symbols: [inputOf('EURUSD', 1), inputOf('GBPUSD', 2)],
    elsewhere: [],
    timeframe: 'M1',
    price: 'bid',
    horizon: '15m',
    models: ['trees', 'lstm', 'cnn', 'meta'],
    effort: 'quick',
    seed: 1,
    out: join(folder.path, 'out'),
    resume: false,
    minutesMost: undefined,
    expiryDays: 180,
    version: undefined,
    stop: new SharedArrayBuffer(4),
  }),
);
await during('nothing is trained any more', soon(QUIET_MS));
await close();
