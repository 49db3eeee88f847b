import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { SuhoError } from '../../errors.js';
import { FeatureRows } from '../../features/feature-rows.js';
import { CandleSource } from '../../feeds/candle-source.js';
import type { Candle } from '../../market/candle.js';
import { CandleBuilder, type PriceSide } from '../../market/candle-builder.js';
import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../../market/timeframe.js';
import { type Dataset, DatasetBuilder } from '../dataset.js';
import { BAR_NUMBERS, type BarsOfSymbol, type FilesOfSymbol, type SymbolInput } from './training-task.js';

export interface ReadOptions {
  readonly timeframe: Timeframe;
  readonly price: PriceSide;
  /** Now and then: candles of a symbol so far. Throws when the reading is to stop. */
  readonly heard: (symbol: string, candles: number) => void;
}

export interface ReadSymbols {
  readonly dataset: Dataset;
  readonly symbols: readonly { readonly symbol: string; readonly candles: number; readonly digest: string }[];
}

/** Bars of a store at once. */
const BARS_AT_ONCE = 4_096;

/** Candles of each symbol, with the catalogue's columns and labels, as what is learned from. */
export async function readSymbols(inputs: readonly SymbolInput[], options: ReadOptions): Promise<ReadSymbols> {
  const { timeframe, heard } = options;
  const builder = new DatasetBuilder(TIMEFRAME_MS[timeframe]);
  const symbols: ReadSymbols['symbols'][number][] = [];
  for (const input of inputs) {
    const { symbol } = input;
    const digest = createHash('sha256');
    const features = new FeatureRows({ symbol, timeframes: [timeframe], labels: true }, (row) => builder.add(row));
    let candles = 0;
    for await (const closed of candlesOf(input, options)) {
      for (const candle of closed) {
        if (candle.timeframe === timeframe) candles += 1;
        digest.update(numbersOf(candle));
        features.add(candle);
      }
      heard(symbol, candles);
    }
    features.end();
    symbols.push({ symbol, candles, digest: digest.digest('hex') });
  }
  return { dataset: builder.build(), symbols };
}

/** Labels are made of minutes. */
function built(timeframe: Timeframe): readonly Timeframe[] {
  return TIMEFRAMES.filter((one) => one === 'M1' || one === timeframe);
}

function candlesOf({ symbol, from }: SymbolInput, options: ReadOptions): AsyncIterable<readonly Candle[]> {
  return from.kind === 'files' ? ofFiles(symbol, from, options) : ofBars(symbol, from, options);
}

async function* ofFiles(
  symbol: string,
  { files, format, clock }: FilesOfSymbol,
  { timeframe, price }: ReadOptions,
): AsyncGenerator<readonly Candle[]> {
  await using source = new CandleSource({
    symbol,
    files,
    timeframes: built(timeframe),
    finest: 'M1',
    price,
    // Standard input is the command's, which has none for a thread.
    stdin: Readable.from([]),
    ...(format === undefined ? {} : { format }),
    ...(clock === undefined ? {} : { clock }),
  });
  for (let closed = await source.next(); closed !== undefined; closed = await source.next()) yield closed;
}

async function* ofBars(symbol: string, { values }: BarsOfSymbol, { timeframe }: ReadOptions): AsyncGenerator<readonly Candle[]> {
  let closed: Candle[] = [];
  const builder = new CandleBuilder({ symbol, timeframes: built(timeframe) }, (candle) => closed.push(candle));
  const taken = (): readonly Candle[] => {
    const some = closed;
    closed = [];
    return some;
  };
  const count = values.length / BAR_NUMBERS;
  for (let at = 0; at < count; at++) {
    const [timeMs, open, high, low, close, volume, spread] = values.subarray(
      at * BAR_NUMBERS,
      (at + 1) * BAR_NUMBERS,
    ) as unknown as [number, number, number, number, number, number, number];
    builder.onBar({ timeMs, spanMs: TIMEFRAME_MS.M1, open, high, low, close, volume, spread });
    if (at % BARS_AT_ONCE === BARS_AT_ONCE - 1) yield taken();
  }
  builder.flush();
  yield taken();
}

function numbersOf({ time, open, high, low, close, volume, spread }: Candle): Uint8Array {
  return new Uint8Array(Float64Array.of(time, open, high, low, close, volume, spread).buffer);
}

/** What is judged elsewhere is in no part: of no instant that another symbol of the training has seen, for markets move together. */
export function refuseOverlap(own: Dataset, elsewhere: Dataset): void {
  const [ownFrom, ownTo] = spanOf(own);
  for (const [place, symbol] of elsewhere.symbols.entries()) {
    const [from, to] = spanOf(elsewhere, place);
    if (to < ownFrom || from > ownTo) continue;
    throw new SuhoError(
      'INPUT_INVALID',
      `--elsewhere ${symbol} is from ${day(from)} to ${day(to)}, and the training from ${day(ownFrom)} to ${day(ownTo)}: what was seen can judge nothing.`,
    );
  }
}

function spanOf({ startsMs, symbolPlaces }: Dataset, place?: number): readonly [number, number] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [row, startMs] of startsMs.entries()) {
    if (place !== undefined && symbolPlaces[row] !== place) continue;
    from = Math.min(from, startMs);
    to = Math.max(to, startMs);
  }
  return [from, to];
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
