/**
 * What does a candle cost the whole catalogue, and how does that compare with the libraries that others use?
 *
 * One symbol, M1 candles of a seeded walk, one core, one process, one run; ours and the peer take turns over the same candles:
 * - the whole catalogue, and each family of it alone;
 * - beside `trading-signals` and `technicalindicators`, both streaming like ours, on the columns that each shares with us;
 * - beside TA-Lib's C functions (where `test/oracles` is installed), each called once over the whole series: a batch has all
 *   candles at hand and keeps nothing for the next; the wrapper's copying in and out is in the time, as any user of it pays it.
 */
import type { CandleInput, IndicatorDefinition } from '../src/indicators/indicator.js';
import { loneStream } from '../src/indicators/candle-stream.js';
import { IndicatorSet } from '../src/indicators/indicator-set.js';
import { CATALOGUE, COLUMNS, definitionsFor } from '../src/indicators/registry.js';
import { priceSeries, withoutTaLib } from '../test/support/libraries/libraries.js';
import { PRICE_PATHS } from '../test/support/price-paths.js';
import { compare, percentile } from './support/compare.js';
import type { PeerIndicator } from './support/peer.js';
import { TA_LIB } from './support/ta-lib-peer.js';
import { TECHNICALINDICATORS } from './support/technicalindicators-peer.js';
import { TRADING_SIGNALS } from './support/trading-signals-peer.js';

const STREAM = { ...loneStream('USDJPY', 'M1'), closeBefore: () => 1 };
const CANDLES = PRICE_PATHS['a random walk']?.(40_000, 1) ?? [];
const ROUNDS = 9;

function stream(definitions: readonly IndicatorDefinition[]): () => void {
  return () => {
    const set = new IndicatorSet(definitions, STREAM);
    for (const candle of CANDLES) set.update(candle);
  };
}

/** Nanoseconds per candle, one figure per round, ascending. */
function perCandle(run: () => void): readonly number[] {
  const figures: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const before = process.hrtime.bigint();
    run();
    if (round >= 0) figures.push(Number(process.hrtime.bigint() - before) / CANDLES.length);
  }
  return figures.sort((left, right) => left - right);
}

function alone(): void {
  const families = [...new Set(CATALOGUE.map(({ family }) => family))];
  const rows = [
    ['all', CATALOGUE] as const,
    ...families.map((family) => [family, CATALOGUE.filter((definition) => definition.family === family)] as const),
  ];
  console.log(`Per candle, ${CANDLES.length.toLocaleString('en')} candles, ${ROUNDS} rounds; ns`);
  console.log(`${'family'.padEnd(12)}${['columns', 'p50', 'slowest'].map((title) => title.padStart(10)).join('')}`);
  for (const [family, definitions] of rows) {
    const figures = perCandle(stream(definitions));
    const columns = definitions.flatMap((definition) => definition.columns).length;
    const cells = [columns, percentile(figures, 0.5), percentile(figures, 1)].map((figure) => figure.toFixed(0).padStart(10));
    console.log(`${family.padEnd(12)}${cells.join('')}`);
  }
}

async function besideStreaming(name: string, peers: readonly PeerIndicator[]): Promise<void> {
  const shared = peers.filter(({ columns }) => columns.every((column) => COLUMNS.includes(column)));
  const columns = shared.flatMap((peer) => peer.columns);
  const theirs = (): void => {
    const feeds = shared.map((peer) => peer.create());
    for (const candle of CANDLES as readonly CandleInput[]) for (const feed of feeds) feed(candle);
  };
  const what = `${columns.length} columns shared with ${name}; candles`;
  await compare(what, CANDLES.length, stream(definitionsFor(columns)), theirs, { rounds: ROUNDS, peerName: name });
}

async function besideBatch(): Promise<void> {
  if (withoutTaLib !== false) {
    console.log(`TA-Lib left out: ${withoutTaLib}`);
    return;
  }
  const shared = TA_LIB.filter(({ columns }) => columns.every((column) => COLUMNS.includes(column)));
  const columns = shared.flatMap((batch) => batch.columns);
  const series = priceSeries(CANDLES);
  const theirs = (): void => {
    for (const batch of shared) batch.run(series);
  };
  const what = `${columns.length} columns of ${shared.length} functions that TA-Lib has; candles`;
  await compare(what, CANDLES.length, stream(definitionsFor(columns)), theirs, { rounds: ROUNDS, peerName: 'TA-Lib, batch' });
}

alone();
await besideStreaming('trading-signals', TRADING_SIGNALS);
await besideStreaming('technicalindicators', TECHNICALINDICATORS);
await besideBatch();
