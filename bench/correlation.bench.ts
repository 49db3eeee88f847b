/**
 * What does a candle cost the rolling correlation of two symbols, does that grow with the window, and how long do all pairs of
 * thirty symbols take where their candles close in the same instant?
 *
 * Seeded walks on one core, all in one run:
 * - a pair, 61 lags, over windows of 20, 100 and 500; in batches of 100 candles, and each candle by itself for the longest;
 * - the peer one would write first, which recomputes each lag's window in two passes;
 * - the matrix of thirty symbols (435 pairs, windows 20 and 100): the whole boundary, and what runs without a pause, which is
 *   one symbol's candle with its pairs.
 */
import { PairCorrelation } from '../src/features/correlation.js';
import { CorrelationMatrix } from '../src/features/correlation-matrix.js';
import { INSTRUMENTS } from '../src/market/instrument.js';
import { seededRandom } from '../src/runtime/random.js';
import { correlationAt, logReturns } from '../test/features/correlation-oracle.js';
import { percentile } from './support/compare.js';

const CANDLES = 60_000;
const PEER_CANDLES = 600;
const BATCH = 100;
const BOUNDARIES = 600;
const SPAN = 300_000;
const random = seededRandom(1);

function walk(length: number): Float64Array {
  let close = 1.1;
  return Float64Array.from({ length }, () => (close *= Math.exp(1e-4 * random.normal())));
}

const [first, second] = [walk(CANDLES), walk(CANDLES)];
const ascending = (figures: number[]): number[] => figures.sort((left, right) => left - right);

function nanoseconds(run: () => void): number {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started);
}

const row = (cells: readonly string[]): string =>
  `${cells.map((cell, at) => (at === 0 ? cell.padEnd(44) : cell.padStart(12))).join('')}\n`;
const shown = (figures: readonly number[]): string[] =>
  [0.5, 0.99, 0.999, 1].map((share) => percentile(figures, share).toLocaleString('en', { maximumFractionDigits: 0 }));

function pairCost(periods: readonly number[]): void {
  const pair = new PairCorrelation(periods);
  const feed = (at: number): void => pair.update(first[at] as number, second[at] as number);
  const warm = CANDLES / 6;
  for (let at = 0; at < warm; at++) feed(at);
  const batches: number[] = [];
  for (let from = warm; from + BATCH <= CANDLES / 2; from += BATCH) {
    batches.push(nanoseconds(() => Array.from({ length: BATCH }, (_, at) => feed(from + at))) / BATCH);
  }
  const singles: number[] = [];
  for (let at = CANDLES / 2; at < CANDLES; at++) singles.push(nanoseconds(() => feed(at)));
  const name = `windows ${periods.join(' and ')}`;
  process.stdout.write(row([`${name}, in batches`, ...shown(ascending(batches))]));
  process.stdout.write(row([`${name}, candle by candle`, ...shown(ascending(singles))]));
  process.stdout.write(row([`${name}, bytes kept`, (8 * pair.snapshot().length).toLocaleString('en')]));
}

function peerCost(period: number): void {
  const [a, b] = [logReturns([...first.subarray(0, PEER_CANDLES)]), logReturns([...second.subarray(0, PEER_CANDLES)])];
  const singles: number[] = [];
  for (let at = period + 31; at < a.length; at++) {
    singles.push(
      nanoseconds(() => {
        for (let lag = -30; lag <= 30; lag++) correlationAt(a, b, at, period, lag);
      }),
    );
  }
  process.stdout.write(row([`window ${period}, each lag in two passes`, ...shown(ascending(singles))]));
}

function matrixCost(): void {
  const symbols = INSTRUMENTS.map(({ symbol }) => symbol);
  const matrix = new CorrelationMatrix(symbols, 'M5');
  const closes = symbols.map(() => walk(BOUNDARIES));
  let rows = 0;
  const totals: number[] = [];
  const stretches: number[] = [];
  for (let boundary = 0; boundary < BOUNDARIES; boundary++) {
    let total = 0;
    for (const [place, symbol] of symbols.entries()) {
      const close = closes[place]?.[boundary] as number;
      const stretch = nanoseconds(() => matrix.post(symbol, boundary * SPAN, close, () => (rows += 1)));
      total += stretch;
      if (boundary >= BOUNDARIES / 2) stretches.push(stretch / 1_000);
    }
    if (boundary >= BOUNDARIES / 2) totals.push(total / 1_000);
  }
  const pairs = (symbols.length * (symbols.length - 1)) / 2;
  const bytes = matrix.snapshot().pairs.reduce((sum, state) => sum + 8 * state.length, 0);
  process.stdout.write(`\n${symbols.length} symbols, ${pairs} pairs, ${rows.toLocaleString('en')} rows; microseconds.\n`);
  process.stdout.write(row(['', 'p50', 'p99', 'p99.9', 'most']));
  process.stdout.write(row(['all pairs at one boundary', ...shown(ascending(totals))]));
  process.stdout.write(row(["without a pause: one symbol's candle", ...shown(ascending(stretches))]));
  process.stdout.write(row(['megabytes kept', (bytes / 1e6).toFixed(1)]));
}

process.stdout.write(
  `A pair, 61 lags, ${CANDLES.toLocaleString('en')} candles of seeded walks, one core; nanoseconds per candle.\n`,
);
process.stdout.write(row(['', 'p50', 'p99', 'p99.9', 'most']));
for (const periods of [[20], [100], [500], [20, 100]]) pairCost(periods);
for (const period of [20, 100]) peerCost(period);
matrixCost();
