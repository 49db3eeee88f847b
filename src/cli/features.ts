import { Command, Option } from 'commander';
import { SuhoError } from '../errors.js';
import { FeatureRows } from '../features/feature-rows.js';
import { CandleSource, type CandleSourceOptions, unusedNotice } from '../feeds/candle-source.js';
import { CATALOGUE } from '../indicators/registry.js';
import type { Candle } from '../market/candle.js';
import type { PriceSide } from '../market/candle-builder.js';
import { canonicalSymbol } from '../market/instrument.js';
import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import type { Streams } from './candles.js';
import { HeldOutput } from './held-output.js';
import { symbolOf, timeframesOf } from './market-flags.js';
import { ROW_FORMATS, type RowFormatName, rowFormat } from './row-format.js';
import { WholeFile } from './whole-file.js';

interface Flags {
  readonly input?: readonly string[];
  readonly symbol?: string;
  readonly timeframes?: string;
  readonly with?: readonly string[];
  readonly labels?: boolean;
  readonly format?: RowFormatName;
  readonly json?: boolean;
  readonly output?: string;
  readonly price: PriceSide;
  readonly formatIn?: string;
  readonly clock?: string;
  readonly list?: boolean;
}

const NOTES = `
A row is a closed candle: the columns of suho candles up to volume, then the catalogue in its order (--list), then with
--labels what became of the price. What has no value (not warm yet, or no label) is empty in CSV, null in NDJSON and Parquet.
Columns that read other symbols take them from --with; a candle reads only others' candles that started before it.
Labels are made of M1 candles, so they need an input of ticks, or of bars no longer than a minute.`;

export function featuresCommand(streams: Streams = process): Command {
  const command = new Command('features')
    .description('the columns of the feature catalogue for each candle of files of ticks or bars')
    .option('--input <files...>', 'files, plain, gz or zip, or - for standard input')
    .option('--symbol <symbol>', 'symbol of the input, such as EURUSD')
    .option('--timeframe, --timeframes <list>', `one or more of ${TIMEFRAMES.join(',')}`)
    .option('--with <symbol=file>', "another symbol's file, for the columns that read it; as often as needed", gathered)
    .option('--labels', 'also the label columns, for training')
    .addOption(new Option('--format <name>', 'format of the rows (default: csv)').choices(ROW_FORMATS))
    .option('--json', 'the same as --format ndjson')
    .option('--output <file>', 'write into a file, which appears when it is whole')
    .addOption(new Option('--price <side>', 'side to build from').choices(['bid', 'ask', 'mid']).default('bid'))
    .option('--format-in <name>', 'format of the inputs where it is not recognised')
    .option('--clock <clock>', 'clock of the inputs where their format does not fix it: utc, est, eet or +HH:MM')
    .addOption(
      new Option('--list', 'tell the columns of the catalogue instead, as CSV, or with --json a line each').conflicts([
        'input',
        'symbol',
        'timeframes',
        'with',
        'labels',
      ]),
    )
    .addHelpText('after', NOTES);
  return command.action((flags: Flags) => (flags.list ? writeList(flags, streams) : writeRows(flags, streams, command)));
}

function gathered(one: string, before: readonly string[] = []): readonly string[] {
  return [...before, one];
}

function formatOf({ format, json }: Flags): RowFormatName {
  if (json && format !== undefined && format !== 'ndjson')
    throw new SuhoError('USAGE', `--json and --format ${format} cannot both be had.`);
  return json ? 'ndjson' : (format ?? 'csv');
}

/** Where results go: held back and then streamed on standard output, or a file that is there whole or not at all. */
async function written(flags: Flags, { stdout }: Streams, write: (output: HeldOutput) => Promise<boolean>): Promise<void> {
  if (flags.output === undefined) {
    const output = new HeldOutput(stdout);
    if (await write(output)) await output.end();
    return;
  }
  await using file = await WholeFile.open(flags.output);
  const output = new HeldOutput(file.stream, 0);
  if (!(await write(output))) return;
  await output.end();
  await file.keep();
}

async function writeList(flags: Flags, streams: Streams): Promise<void> {
  const format = formatOf(flags);
  if (format === 'parquet') throw new SuhoError('USAGE', '--list is told as csv or ndjson.');
  const rows = CATALOGUE.flatMap(({ family, source, volume, columns }) =>
    columns.map(({ name, definition, warmup, unit }) => ({ name, family, definition, source, warmup, unit, volume })),
  );
  await written(flags, streams, async (output) => {
    if (format === 'csv') output.add(LIST_COLUMNS.join(','));
    for (const row of rows)
      output.add(format === 'ndjson' ? JSON.stringify(row) : LIST_COLUMNS.map((name) => cell(row[name])).join(','));
    return true;
  });
}

const LIST_COLUMNS = ['name', 'family', 'definition', 'source', 'warmup', 'unit', 'volume'] as const;

function cell(value: string | number | boolean): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface RowsRequest {
  readonly symbol: string;
  readonly timeframes: readonly Timeframe[];
  readonly labels: boolean;
  readonly format: RowFormatName;
  readonly files: readonly string[];
  /** Files of the other symbols. */
  readonly others: ReadonlyMap<string, readonly string[]>;
}

function requestOf(flags: Flags, streams: Streams, command: Command): RowsRequest {
  const files = needed(flags.input, '--input <files...>', command);
  const symbol = symbolOf(needed(flags.symbol, '--symbol <symbol>', command));
  const timeframes = timeframesOf(needed(flags.timeframes, '--timeframe, --timeframes <list>', command));
  const others = othersOf(flags.with ?? [], symbol);
  if ([...files, ...[...others.values()].flat()].filter((file) => file === '-').length > 1)
    throw new SuhoError('USAGE', 'Standard input can be read once.');
  const format = formatOf(flags);
  if (format === 'parquet' && flags.output === undefined && isTerminal(streams.stdout))
    throw new SuhoError('USAGE', '--format parquet is binary and nothing for a terminal; --output takes a file for it.');
  return { symbol, timeframes, labels: flags.labels ?? false, format, files, others };
}

function needed<T>(value: T | undefined, option: string, command: Command): T {
  return value ?? command.error(`error: required option '${option}' not specified`);
}

function isTerminal(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}

function othersOf(pairs: readonly string[], symbol: string): ReadonlyMap<string, readonly string[]> {
  const others = new Map<string, readonly string[]>();
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=');
    const other = canonicalSymbol(name);
    const file = rest.join('=');
    if (other === undefined || file === '')
      throw new SuhoError('USAGE', `--with ${pair} is not a symbol and its file, such as USDJPY=usdjpy.csv.`);
    if (other === symbol) throw new SuhoError('USAGE', `--with ${pair}: ${symbol} is read by --input already.`);
    others.set(other, [...(others.get(other) ?? []), file]);
  }
  return others;
}

async function writeRows(flags: Flags, streams: Streams, command: Command): Promise<void> {
  const request = requestOf(flags, streams, command);
  await written(flags, streams, (output) => pourRows(request, sourceOptions(request, flags, streams), output, streams));
}

type SharedOptions = Omit<CandleSourceOptions, 'symbol' | 'files'>;

function sourceOptions({ timeframes, labels }: RowsRequest, flags: Flags, { stdin }: Streams): SharedOptions {
  const built = TIMEFRAMES.filter((timeframe) => timeframes.includes(timeframe) || (labels && timeframe === 'M1'));
  return {
    timeframes: built,
    finest: built[0] ?? 'M1',
    price: flags.price,
    stdin,
    ...(flags.formatIn === undefined ? {} : { format: flags.formatIn }),
    ...(flags.clock === undefined ? {} : { clock: flags.clock }),
  };
}

/** Rows from the input to the output as they come about; false when the reader of the output has gone. */
async function pourRows(
  { symbol, timeframes, labels, format, files, others }: RowsRequest,
  shared: SharedOptions,
  output: HeldOutput,
  { stderr }: Streams,
): Promise<boolean> {
  const rows = rowFormat(format, output, labels);
  const features = new FeatureRows({ symbol, timeframes, labels }, (row) => rows.add(row));
  await using own = new CandleSource({ ...shared, symbol, files });
  await using beside = new OtherSymbols(
    [...others].map(([other, paths]) => new CandleSource({ ...shared, symbol: other, files: paths })),
  );
  for (let candles = await own.next(); candles !== undefined; candles = await own.next()) {
    for (const candle of candles) {
      if (beside.isDue(candle)) await beside.postBefore(candle, features);
      features.add(candle);
    }
    if (!(await output.flow())) return false;
  }
  features.end();
  rows.end();
  const notice = unusedNotice(own.counts);
  if (notice !== undefined) stderr.write(`suho: ${notice}\n`);
  return true;
}

function endOf({ time, timeframe }: Candle): number {
  return time + TIMEFRAME_MS[timeframe];
}

/** Another symbol's candles, read just as far as those of the symbol need. */
class OtherCandles {
  #read: readonly Candle[] | undefined = [];
  #next = 0;

  constructor(readonly source: CandleSource) {}

  isDue(own: Candle): boolean {
    if (this.#read === undefined) return false;
    const next = this.#read[this.#next];
    return next === undefined || endOf(next) < endOf(own);
  }

  async postBefore(own: Candle, features: FeatureRows): Promise<void> {
    while (this.#read !== undefined && this.isDue(own)) {
      const next = this.#read[this.#next];
      if (next === undefined) {
        this.#read = await this.source.next();
        this.#next = 0;
      } else {
        features.post(next);
        this.#next += 1;
      }
    }
  }
}

class OtherSymbols implements AsyncDisposable {
  readonly #others: readonly OtherCandles[];

  constructor(sources: readonly CandleSource[]) {
    this.#others = sources.map((source) => new OtherCandles(source));
  }

  /** Whether any of them may have closed something before the candle did. */
  isDue(own: Candle): boolean {
    return this.#others.some((other) => other.isDue(own));
  }

  /** Posts what closed before the candle did: all that started before it, and none that starts later. */
  async postBefore(own: Candle, features: FeatureRows): Promise<void> {
    for (const other of this.#others) await other.postBefore(own, features);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { source } of this.#others) await source[Symbol.asyncDispose]();
  }
}
