import type { Readable, Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { feedCandles, unusedNotice } from '../feeds/candle-source.js';
import { readInput } from '../feeds/input.js';
import type { Candle } from '../market/candle.js';
import { CandleBuilder, type PriceSide } from '../market/candle-builder.js';
import { CANDLE_COLUMNS } from '../market/formats/suho-candles.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import { HeldOutput } from './held-output.js';
import { symbolOf, timeframesOf } from './market-flags.js';

/** What `suho candles` is told, checked. */
export interface CandlesRequest {
  readonly files: readonly string[];
  readonly symbol: string;
  readonly timeframes: readonly Timeframe[];
  readonly price: PriceSide;
  readonly partial: boolean;
  readonly format?: string;
  readonly clock?: string;
}

export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

interface Flags {
  readonly input: readonly string[];
  readonly symbol: string;
  readonly timeframes: string;
  readonly partial?: boolean;
  readonly price: PriceSide;
  readonly formatIn?: string;
  readonly clock?: string;
}

export function candlesCommand(streams: Streams = process): Command {
  return new Command('candles')
    .description('candles of files of ticks or bars, as CSV')
    .requiredOption('--input <files...>', 'files, plain, gz or zip, or - for standard input')
    .requiredOption('--symbol <symbol>', 'symbol of the input, such as EURUSD')
    .requiredOption('--timeframe, --timeframes <list>', `one or more of ${TIMEFRAMES.join(',')}`)
    .option('--partial', 'also the candles still unfinished at the end')
    .addOption(new Option('--price <side>', 'side to build from').choices(['bid', 'ask', 'mid']).default('bid'))
    .option('--format-in <name>', 'format of the input where it is not recognised')
    .option('--clock <clock>', 'clock of the input where its format does not fix it: utc, est, eet or +HH:MM')
    .action((flags: Flags) => writeCandles(requestOf(flags), streams));
}

function requestOf(flags: Flags): CandlesRequest {
  return {
    files: flags.input,
    symbol: symbolOf(flags.symbol),
    timeframes: timeframesOf(flags.timeframes),
    price: flags.price,
    partial: flags.partial ?? false,
    ...(flags.formatIn === undefined ? {} : { format: flags.formatIn }),
    ...(flags.clock === undefined ? {} : { clock: flags.clock }),
  };
}

export async function writeCandles(request: CandlesRequest, streams: Streams): Promise<void> {
  const { symbol, timeframes, price } = request;
  const output = new HeldOutput(streams.stdout);
  const builder = new CandleBuilder({ symbol, timeframes, price }, (candle) => output.add(candleLine(candle)));
  output.add(CANDLE_COLUMNS);
  const finest = TIMEFRAMES.find((timeframe) => timeframes.includes(timeframe)) ?? 'M1';
  for await (const batch of readInput({ ...request, finest, stdin: streams.stdin })) {
    feedCandles(builder, batch);
    if (!(await output.flow())) return;
  }
  builder.flush();
  if (request.partial) for (const candle of builder.unfinished()) output.add(candleLine(candle));
  await output.end();
  const notice = unusedNotice(builder.counts);
  if (notice !== undefined) streams.stderr.write(`suho: ${notice}\n`);
}

/** Numbers print in JavaScript's own form, the shortest that reads back as the same. */
function candleLine(candle: Candle): string {
  const { time, symbol, timeframe, open, high, low, close, volume, gapBefore } = candle;
  const instant = new Date(time).toISOString().replace('.000Z', 'Z');
  return `${instant},${symbol},${timeframe},${open},${high},${low},${close},${volume},${gapBefore}`;
}
