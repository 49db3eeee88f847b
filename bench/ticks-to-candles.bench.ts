/**
 * How many ticks a second become candles of all six timeframes on one core?
 *
 * Load: days of the synthetic market, 30 symbols interleaved in time order, false ticks among them, held in memory; each
 * builder filters, builds and hands out M1 to D1. Peer: the builder one would write first, a map of candle objects by
 * timeframe and start, which filters nothing but non-positive and crossed quotes. Both run in turn, several rounds; a batch
 * is what travels in one message.
 */
import { CandleBuilder } from '../src/market/candle-builder.js';
import { INSTRUMENTS } from '../src/market/instrument.js';
import { SyntheticMarket } from '../src/market/synthetic.js';
import { candleStart, TIMEFRAMES, type Timeframe } from '../src/market/timeframe.js';
import { LIMITS } from '../src/limits.js';

const TICKS = Number(process.argv[2] ?? 2_000_000);
const ROUNDS = 3;
const BATCH = LIMITS.market.tickBatch;

const symbols = INSTRUMENTS.map(({ symbol }) => symbol);
const owner = new Uint8Array(TICKS);
const times = new Float64Array(TICKS);
const bids = new Float64Array(TICKS);
const asks = new Float64Array(TICKS);

function record(): void {
  const market = new SyntheticMarket({ seed: 1, startMs: Date.UTC(2024, 0, 8) });
  const index = new Map(symbols.map((symbol, at) => [symbol, at]));
  let count = 0;
  while (count < TICKS) {
    market.advanceTo(market.nextTimeMs() + 60_000, (symbol, timeMs, bid, ask) => {
      if (count === TICKS) return;
      owner[count] = index.get(symbol) as number;
      times[count] = timeMs;
      bids[count] = bid;
      asks[count] = ask;
      count += 1;
    });
  }
}

interface Subject {
  readonly name: string;
  tick(owner: number, timeMs: number, bid: number, ask: number): void;
  closed(): number;
}

function suho(): Subject {
  let closed = 0;
  const builders = symbols.map((symbol) => new CandleBuilder({ symbol }, () => (closed += 1)));
  return {
    name: 'CandleBuilder',
    tick: (at, timeMs, bid, ask) => (builders[at] as CandleBuilder).onTick(timeMs, bid, ask),
    closed: () => closed,
  };
}

interface NaiveCandle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

function naive(): Subject {
  let closed = 0;
  const tables = symbols.map(
    () => new Map<Timeframe, Map<number, NaiveCandle>>(TIMEFRAMES.map((timeframe) => [timeframe, new Map()])),
  );
  return {
    name: 'map of objects',
    tick: (at, timeMs, bid, ask) => {
      if (bid <= 0 || ask < bid) return;
      for (const [timeframe, table] of tables[at] as Map<Timeframe, Map<number, NaiveCandle>>) {
        const time = candleStart(timeMs, timeframe);
        const candle = table.get(time);
        if (candle === undefined) {
          closed += table.size;
          table.clear();
          table.set(time, { time, open: bid, high: bid, low: bid, close: bid, volume: 1 });
          continue;
        }
        candle.high = Math.max(candle.high, bid);
        candle.low = Math.min(candle.low, bid);
        candle.close = bid;
        candle.volume += 1;
      }
    },
    closed: () => closed,
  };
}

interface Result {
  readonly seconds: number;
  readonly batchNsPerTick: readonly number[];
  readonly closed: number;
}

function measure(subject: Subject): Result {
  const batchNsPerTick: number[] = [];
  const started = process.hrtime.bigint();
  for (let from = 0; from < TICKS; from += BATCH) {
    const to = Math.min(TICKS, from + BATCH);
    const before = process.hrtime.bigint();
    for (let at = from; at < to; at++)
      subject.tick(owner[at] as number, times[at] as number, bids[at] as number, asks[at] as number);
    batchNsPerTick.push(Number(process.hrtime.bigint() - before) / (to - from));
  }
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9, batchNsPerTick, closed: subject.closed() };
}

function row(name: string, results: readonly Result[]): number {
  const all = results.flatMap(({ batchNsPerTick }) => batchNsPerTick).sort((a, b) => a - b);
  const quantile = (share: number): string =>
    (all[Math.min(all.length - 1, Math.floor(all.length * share))] as number).toFixed(0);
  const best = TICKS / Math.min(...results.map(({ seconds }) => seconds));
  const cells = [(best / 1e6).toFixed(2), quantile(0.5), quantile(0.99), quantile(0.999), results[0]?.closed ?? 0];
  process.stdout.write(`${name.padEnd(16)}${cells.map((cell) => String(cell).padStart(12)).join('')}\n`);
  return best;
}

record();
measure(suho());
measure(naive());
const ours: Result[] = [];
const theirs: Result[] = [];
for (let round = 0; round < ROUNDS; round++) {
  ours.push(measure(suho()));
  theirs.push(measure(naive()));
}
process.stdout.write(`${TICKS} ticks, ${symbols.length} symbols, M1 to D1, ${ROUNDS} rounds, batches of ${BATCH}\n`);
process.stdout.write(
  `${''.padEnd(16)}${['M ticks/s', 'p50 ns', 'p99 ns', 'p99.9 ns', 'candles'].map((cell) => cell.padStart(12)).join('')}\n`,
);
const ratio = row('CandleBuilder', ours) / row('map of objects', theirs);
process.stdout.write(`ratio ${ratio.toFixed(1)}; ns are per tick, of whole batches\n`);
