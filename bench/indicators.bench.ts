/**
 * What does a candle cost the indicators that a decision reads, and what is gained over computing them from the last bars?
 *
 * One symbol, M1 candles of a seeded walk, all on one core, in one run:
 * - streaming: `IndicatorSet` over the columns of a decision, then the decision itself;
 * - whole catalogue: the same set over every column there is so far;
 * - recompute: the same columns from the last 300 candles at each candle, as an engine without state would;
 * - TA-Lib: its C functions through their Node wrapper, which copies each column in and out, over the same 300 candles at each
 *   candle (where `test/oracles` is installed), and once over a whole series, as a backtest that has all candles could.
 */
import type { CandleInput } from '../src/indicators/indicator.js';
import { loneStream } from '../src/indicators/candle-stream.js';
import { IndicatorSet } from '../src/indicators/indicator-set.js';
import { CATALOGUE, definitionsFor } from '../src/indicators/registry.js';
import { type DeciderState, DECISION_COLUMNS, decide, INITIAL_DECIDER_STATE, readDecision } from '../src/signals/decider.js';
import { PRICE_PATHS } from '../test/support/price-paths.js';
import { priceSeries, taLibFunction, withoutTaLib } from '../test/support/libraries/libraries.js';

const SEED = 1;
const STREAM = loneStream('EURUSD', 'M1');
const BARS = 300;
const BATCH = 100;
const SETTINGS = {
  tenantId: 'bench',
  strategy: 'bench-1',
  symbol: 'EURUSD',
  timeframe: 'M1',
  thresholds: { strong: 75, moderate: 60 },
} as const;

interface Measured {
  readonly name: string;
  readonly candles: number;
  /** Nanoseconds per candle, one figure per batch, ascending. */
  readonly batches: readonly number[];
}

/** Times `each` over the candles in batches, after a tenth of them as warm-up. */
function measure(name: string, candles: number, each: (at: number) => void, batch = BATCH): Measured {
  const warm = Math.floor(candles / 10);
  for (let at = 0; at < warm; at++) each(at);
  const batches: number[] = [];
  for (let from = warm; from + batch <= candles; from += batch) {
    const started = process.hrtime.bigint();
    for (let at = from; at < from + batch; at++) each(at);
    batches.push(Number(process.hrtime.bigint() - started) / batch);
  }
  return { name, candles, batches: batches.sort((left, right) => left - right) };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const length = 400_000;
const candles = PRICE_PATHS['a random walk']?.(length, SEED) ?? [];
const candleAt = (at: number): CandleInput => candles[at] as CandleInput;
const lastBars = (at: number): CandleInput[] => candles.slice(Math.max(0, at + 1 - BARS), at + 1);

function streaming(): Measured {
  const set = new IndicatorSet(definitionsFor(DECISION_COLUMNS), STREAM);
  return measure('streaming, columns of a decision', length, (at) => set.update(candleAt(at)));
}

function deciding(): Measured {
  const set = new IndicatorSet(definitionsFor(DECISION_COLUMNS), STREAM);
  let state: DeciderState = INITIAL_DECIDER_STATE;
  return measure('streaming, with the decision', length, (at) => {
    const candle = candleAt(at);
    set.update(candle);
    state = decide(SETTINGS, state, {
      time: candle.time,
      close: candle.close,
      ...readDecision((column) => set.valueOf(column)),
    }).state;
  });
}

function catalogue(): Measured {
  const set = new IndicatorSet(CATALOGUE, STREAM);
  return measure(`streaming, all ${set.columns.length} columns so far`, length, (at) => set.update(candleAt(at)));
}

function recompute(): Measured {
  const definitions = definitionsFor(DECISION_COLUMNS);
  return measure(`recompute from the last ${BARS} candles`, 11_000, (at) => {
    const set = new IndicatorSet(definitions, STREAM);
    for (const candle of lastBars(at + BARS)) set.update(candle);
  });
}

const TA_LIB = [
  taLibFunction('EMA', { optInTimePeriod: 20 }),
  taLibFunction('EMA', { optInTimePeriod: 50 }),
  taLibFunction('MACD', { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 }),
  taLibFunction('RSI', { optInTimePeriod: 14 }),
  taLibFunction('PLUS_DI', { optInTimePeriod: 14 }),
  taLibFunction('MINUS_DI', { optInTimePeriod: 14 }),
  taLibFunction('ADX', { optInTimePeriod: 14 }),
  taLibFunction('ATR', { optInTimePeriod: 14 }),
  taLibFunction('BBANDS', { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: 0 }),
];

function taLibPerCandle(): Measured {
  return measure(`TA-Lib over the last ${BARS} candles, no supertrend`, 2_200, (at) => {
    const bars = priceSeries(lastBars(at + BARS));
    for (const run of TA_LIB) run(bars);
  });
}

function taLibBatch(): Measured {
  const all = priceSeries(candles.slice(0, 100_000));
  const batches = Array.from({ length: 5 }, () => {
    const started = process.hrtime.bigint();
    for (const run of TA_LIB) run(all);
    return Number(process.hrtime.bigint() - started) / 100_000;
  });
  return { name: 'TA-Lib once over 100,000 candles, no supertrend', candles: 100_000, batches: batches.sort((a, b) => a - b) };
}

const results = [
  streaming(),
  deciding(),
  catalogue(),
  recompute(),
  ...(withoutTaLib === false ? [taLibPerCandle(), taLibBatch()] : []),
];
const base = percentile(results[0]?.batches ?? [], 0.5);
const row = (cells: readonly string[]): string =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(52) : cell.padStart(12))).join('');
process.stdout.write(
  `One symbol, ${length.toLocaleString('en')} M1 candles of a seeded walk, one core; ns per candle, in batches of ${BATCH}.\n`,
);
process.stdout.write(`${row(['', 'candles', 'p50', 'p99', 'p99.9', 'ratio'])}\n`);
for (const { name, candles: count, batches } of results) {
  const figures = [0.5, 0.99, 0.999].map((share) => percentile(batches, share).toFixed(0));
  const ratio = `${(percentile(batches, 0.5) / base).toFixed(1)}×`;
  process.stdout.write(`${row([name, count.toLocaleString('en'), ...figures, ratio])}\n`);
}
if (withoutTaLib !== false) process.stdout.write(`TA-Lib left out: ${withoutTaLib}\n`);
