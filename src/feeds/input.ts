import type { Readable } from 'node:stream';
import { SuhoError } from '../errors.js';
import type { PriceSide } from '../market/candle-builder.js';
import { clockNamed, type ToUtc } from '../market/formats/clock.js';
import { emptyRow, type Format, LineFault, type LineParser, type Row, type Sample } from '../market/formats/format.js';
import { FORMATS, formatNamed, recognise } from '../market/formats/formats.js';
import type { Timeframe } from '../market/timeframe.js';
import { BarGatherer, type InputBatch, lineError, TickGatherer } from './batches.js';
import { type ByteSource, openBytes } from './byte-source.js';
import { readLines } from './lines.js';

/** Market data files and standard input as batches of ticks or bars in UTC, file after file in the order given. */
export interface InputOptions {
  /** Paths, or `-` for standard input. */
  readonly files: readonly string[];
  readonly symbol: string;
  /** Which side of bars with both is read; bars with one side are bid. Ticks always come with both. */
  readonly price?: PriceSide;
  /** A name out of FORMATS; recognised per file where absent. */
  readonly format?: string;
  /** The clock of the files; wins over the one a format fixes, and is needed where it fixes none. */
  readonly clock?: string;
  /** The shortest candles that will be made of it. */
  readonly finest: Timeframe;
  readonly stdin: Readable;
}

const SAMPLE_LINES = 8;

export async function* readInput(options: InputOptions): AsyncGenerator<InputBatch> {
  for (const file of options.files) yield* readFile(file, options);
}

async function* readFile(file: string, options: InputOptions): AsyncGenerator<InputBatch> {
  const source = await openBytes(file, options.stdin);
  const chunks = readLines(source);
  try {
    yield* parsed(source, chunks, options);
  } finally {
    // Whoever stops reading early leaves no file open.
    await chunks.return(undefined);
  }
}

async function* parsed(source: ByteSource, chunks: AsyncGenerator<string[]>, options: InputOptions): AsyncGenerator<InputBatch> {
  const head = await firstLines(chunks);
  const sample: Sample = { names: source.names, lines: head.filter(isFilled).slice(0, SAMPLE_LINES) };
  if (sample.lines.length === 0) throw new SuhoError('INPUT_INVALID', `${source.title} is empty.`);
  const format = chosenFormat(source.title, sample, options);
  const toUtc = chosenClock(source.title, sample, format, options);
  const parse = format.parser({ sample, symbol: options.symbol, toUtc });
  const rows = new RowReader(source.title, parse);
  const gather =
    format.kind === 'ticks'
      ? new TickGatherer(options.symbol)
      : new BarGatherer(source.title, options.finest, format.bothSides ? (options.price ?? 'bid') : undefined);
  for (let lines: string[] | undefined = head; lines !== undefined; lines = (await chunks.next()).value ?? undefined) {
    for (const line of lines) {
      if (!rows.read(line)) continue;
      const batch = gather.add(rows.row, rows.lineNumber);
      if (batch !== undefined) yield batch;
    }
  }
  const last = gather.end();
  if (last !== undefined) yield last;
}

const isFilled = (line: string): boolean => line.trim() !== '';

/** Enough of the beginning to know the format by; the same lines are then read as data. */
async function firstLines(chunks: AsyncGenerator<string[]>): Promise<string[]> {
  const head: string[] = [];
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    for (const line of next.value) head.push(line);
    if (head.filter(isFilled).length >= SAMPLE_LINES) break;
  }
  return head;
}

function chosenFormat(title: string, sample: Sample, { format: name, price }: InputOptions): Format {
  const format = name === undefined ? recognise(sample) : formatNamed(name);
  if (format === undefined) {
    const names = FORMATS.map((known) => known.name).join(', ');
    throw name === undefined
      ? new SuhoError('INPUT_INVALID', `${title}: its format is not recognised; --format-in takes one of ${names}.`)
      : new SuhoError('USAGE', `--format-in ${name} is not known; it is one of ${names}.`);
  }
  if (format.kind === 'bars' && !format.bothSides && price !== undefined && price !== 'bid') {
    throw new SuhoError(
      'INPUT_INVALID',
      `${title} holds bars of one side, taken as bid; --price ${price} needs an input with both.`,
    );
  }
  return format;
}

function chosenClock(title: string, sample: Sample, format: Format, { clock: told }: InputOptions): ToUtc {
  const name = told ?? format.clock(sample);
  if (name === undefined) {
    throw new SuhoError(
      'INPUT_INVALID',
      `${title}: ${format.name} does not tell its clock; --clock takes utc, est, eet or +HH:MM.`,
    );
  }
  const clock = clockNamed(name);
  if (clock === undefined) throw new SuhoError('USAGE', `--clock ${name} is not known; it is utc, est, eet or +HH:MM.`);
  return clock;
}

/** Counts lines and says where one is bad. */
class RowReader {
  readonly row: Row = emptyRow();
  lineNumber = 0;

  constructor(
    readonly title: string,
    readonly parse: LineParser,
  ) {}

  /** Whether the line filled `row`. */
  read(line: string): boolean {
    this.lineNumber += 1;
    if (line.trim() === '') return false;
    try {
      return this.parse(line, this.row);
    } catch (error) {
      if (error instanceof LineFault) throw lineError(this.title, this.lineNumber, error.message);
      throw error;
    }
  }
}
