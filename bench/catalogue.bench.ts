/**
 * What does a candle cost the whole catalogue, and how does that compare with the libraries that others use?
 *
 * One symbol, M1 candles of a seeded walk, one core, one process, one run; ours and the peer take turns over the same candles:
 * - the whole catalogue, and each family of it alone;
 * - beside `trading-signals` and `technicalindicators`, both streaming like ours, on the columns that each shares with us;
 * - beside TA-Lib (where `test/oracles` is installed), each function called once over the whole series: a batch has all candles
 *   at hand and keeps nothing for the next. Once by Node's wrapper, whose copying in and out is in the time, as its users pay
 *   it, and once as C alone, in a process of its own, in turn with ours.
 */
import type { CandleInput, IndicatorDefinition } from '../src/indicators/indicator.js';
import { loneStream } from '../src/indicators/candle-stream.js';
import { IndicatorSet } from '../src/indicators/indicator-set.js';
import { CATALOGUE, COLUMNS, definitionsFor } from '../src/indicators/registry.js';
import { priceSeries, withoutTaLib } from '../test/support/libraries/libraries.js';
import { PRICE_PATHS } from '../test/support/price-paths.js';
import { compare, percentile } from './support/compare.js';
import type { PeerIndicator } from './support/peer.js';
import { CompiledTaLib, runWrapped, TA_LIB } from './support/ta-lib-peer.js';
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
function perCandle(run: () => void, rounds = ROUNDS): readonly number[] {
  const figures: number[] = [];
  for (let round = -2; round < rounds; round++) {
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
  const what = `${columns.length} columns of ${shared.length} functions that TA-Lib has`;
  const ours = stream(definitionsFor(columns));
  await compare(`${what}, by its wrapper; candles`, CANDLES.length, ours, () => runWrapped(shared, series), {
    rounds: ROUNDS,
    peerName: 'TA-Lib, wrapped',
  });
  if (!CompiledTaLib.available) return;
  using compiled = new CompiledTaLib(series);
  const ratios: number[] = [];
  const [streamed, batched]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const [theirs = Number.NaN] = compiled.run(shared, 1);
    const [mine = Number.NaN] = perCandle(ours, 1);
    streamed.push(mine);
    batched.push(theirs);
    ratios.push(mine / theirs);
  }
  for (const figures of [streamed, batched, ratios]) figures.sort((left, right) => left - right);
  console.log(`${what}, its C alone in a batch (${ROUNDS} rounds in turn)`);
  console.log(
    `  ours: p50 ${percentile(streamed, 0.5).toFixed(0)} ns a candle; TA-Lib: p50 ${percentile(batched, 0.5).toFixed(0)} ns`,
  );
  console.log(`  we take p10 ${percentile(ratios, 0.1).toFixed(2)}, p50 ${percentile(ratios, 0.5).toFixed(2)} times as long`);
}

alone();
await besideStreaming('trading-signals', TRADING_SIGNALS);
await besideStreaming('technicalindicators', TECHNICALINDICATORS);
await besideBatch();
