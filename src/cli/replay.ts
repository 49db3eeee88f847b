import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { SuhoError, sentence } from '../errors.js';
import type { InputBatch } from '../feeds/batches.js';
import { readInput } from '../feeds/input.js';
import type { Candle } from '../market/candle.js';
import type { CandleCounts, PriceSide } from '../market/candle-builder.js';
import { clockNamed } from '../market/formats/clock.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import { canonicalLine, LineDigest } from '../runtime/digest.js';
import { Replay } from '../signals/replay.js';
import { DEFAULT_THRESHOLDS } from '../signals/score.js';
import type { Decision } from '../signals/signal.js';
import { TESTER_FILE_HEADER, type TesterFileTerms, testerLine } from '../signals/tester-file.js';
import type { Streams } from './candles.js';
import { symbolOf, timeframesOf } from './market-flags.js';

interface Flags {
  readonly input: readonly string[];
  readonly symbol: string;
  readonly timeframes?: string;
  readonly price?: PriceSide;
  readonly formatIn?: string;
  readonly clock?: string;
  readonly testerFile?: string;
  readonly volume: string;
  readonly brokerName?: string;
  readonly brokerClock: string;
  readonly rangePips: string;
  readonly json?: boolean;
}

/** Counts and digests what a replay tells, keeping none of it. */
class Tally {
  readonly candles: Partial<Record<Timeframe, number>>;
  signals = 0;
  gaps = 0;
  readonly digest = new LineDigest();
  #shortest: Timeframe | undefined;

  constructor(
    timeframes: readonly Timeframe[],
    readonly onDecision: (decision: Decision) => void,
  ) {
    this.candles = Object.fromEntries(timeframes.map((timeframe) => [timeframe, 0]));
  }

  candle(candle: Candle): void {
    const { symbol, timeframe, time, gapBefore } = candle;
    // The shortest closes first; of bars of an hour there are no minutes to miss.
    this.#shortest ??= timeframe;
    if (timeframe === this.#shortest && gapBefore > 0) this.gaps += 1;
    this.candles[timeframe] = (this.candles[timeframe] ?? 0) + 1;
    this.digest.add(canonicalLine('candle', `${symbol}/${timeframe}`, time, candle));
  }

  decision(decision: Decision): void {
    const { symbol, timeframe, closeTime, kind } = decision;
    if (kind === 'OPEN') this.signals += 1;
    this.onDecision(decision);
    this.digest.add(canonicalLine('decision', `${symbol}/${timeframe}`, closeTime, decision));
  }
}

interface Summary extends Pick<CandleCounts, 'late' | 'duplicate' | 'outOfOrder' | 'absurd'> {
  readonly rows: number;
  readonly ticks: number;
  readonly candles: Readonly<Partial<Record<Timeframe, number>>>;
  readonly signals: number;
  readonly gaps: number;
  readonly seconds: number;
  readonly digest: string;
}

const NOTES = `
Signals are the OPEN decisions of a tenant with the default thresholds that follows each of the timeframes and whose
accounts hold nothing; the technical part alone speaks. Gaps are candles of the shortest timeframe (M1 for ticks) with whole
candles missing before them. The digest is SHA-256 over all candles and decisions in the order of closing: one input, one
digest. Candles unfinished at the end of the input are not counted.`;

export function replayCommand(streams: Streams = process): Command {
  return new Command('replay')
    .description('run files of ticks or bars through candles, indicators and decisions, and sum up')
    .requiredOption('--input <files...>', 'files, plain, gz or zip, or - for standard input')
    .requiredOption('--symbol <symbol>', 'symbol of the input, such as EURUSD')
    .option('--timeframe, --timeframes <list>', `only these of ${TIMEFRAMES.join(',')} (default: all that the input can give)`)
    .addOption(new Option('--price <side>', 'side to build from (default: bid)').choices(['bid', 'ask', 'mid']))
    .option('--format-in <name>', 'format of the input where it is not recognised')
    .option('--clock <clock>', 'clock of the input where its format does not fix it: utc, est, eet or +HH:MM')
    .option('--tester-file <file>', 'write the signals to a file that the EA reads in the strategy tester')
    .option('--volume <lots>', 'with --tester-file: lots of each signal', '0.1')
    .option('--broker-name <name>', 'with --tester-file: the symbol as the tester’s broker calls it (default: --symbol)')
    .option('--broker-clock <clock>', 'with --tester-file: clock of the tester’s broker: utc, est, eet or +HH:MM', 'eet')
    .option('--range-pips <n>', 'with --tester-file: how far from the close a signal may be executed', '5')
    .option('--json', 'one JSON line')
    .addHelpText('after', NOTES)
    .action((flags: Flags) => replayFiles(flags, streams));
}

async function replayFiles(flags: Flags, streams: Streams): Promise<void> {
  const startedNs = process.hrtime.bigint();
  const symbol = symbolOf(flags.symbol);
  const timeframes = TIMEFRAMES.filter((timeframe) => wanted(flags).includes(timeframe));
  const terms = flags.testerFile === undefined ? undefined : testerTerms(flags, symbol);
  const lines: string[] = [];
  const tally = new Tally(timeframes, (decision) => {
    const line = terms && testerLine(decision, terms);
    if (line !== undefined) lines.push(line);
  });
  const price = flags.price === undefined ? {} : { price: flags.price };
  const replay = new Replay(
    { symbol, timeframes, ...price, tenantId: 'replay', strategy: 'default-1', thresholds: DEFAULT_THRESHOLDS },
    tally,
  );
  const input = {
    files: flags.input,
    symbol,
    ...price,
    ...(flags.formatIn === undefined ? {} : { format: flags.formatIn }),
    ...(flags.clock === undefined ? {} : { clock: flags.clock }),
    // Not told which, any length of bar will do; told, none that is longer than what is to come of it.
    finest: flags.timeframes === undefined ? 'D1' : (timeframes[0] ?? 'M1'),
    stdin: streams.stdin,
  } as const;
  for await (const batch of readInput(input)) take(replay, batch);
  replay.end();
  if (flags.testerFile !== undefined) await writeLines(flags.testerFile, lines);
  const { ticks, bars, late, duplicate, outOfOrder, absurd } = replay.counts;
  const { candles, signals, gaps, digest } = tally;
  const seconds = Number((Number(process.hrtime.bigint() - startedNs) / 1e9).toFixed(3));
  const summary: Summary = {
    rows: ticks + bars,
    ticks,
    candles,
    signals,
    late,
    duplicate,
    outOfOrder,
    absurd,
    gaps,
    seconds,
    digest: digest.hex(),
  };
  streams.stdout.write(flags.json ? `${JSON.stringify(summary)}\n` : table(summary));
}

function testerTerms(flags: Flags, symbol: string): TesterFileTerms {
  const clock = clockNamed(flags.brokerClock);
  if (clock === undefined)
    throw new SuhoError('USAGE', `--broker-clock: ${flags.brokerClock} is no clock; write utc, est, eet or +HH:MM`);
  return {
    brokerName: flags.brokerName ?? symbol,
    clock,
    volume: positive('--volume', flags.volume),
    rangePips: positive('--range-pips', flags.rangePips),
  };
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new SuhoError('USAGE', `${flag} must be a number above 0, not ${text}`);
  return value;
}

async function writeLines(file: string, lines: readonly string[]): Promise<void> {
  try {
    await writeFile(file, `${[TESTER_FILE_HEADER, ...lines].join('\n')}\n`);
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be written: ${sentence(error)}`, { cause: error });
  }
}

function wanted({ timeframes }: Flags): readonly Timeframe[] {
  return timeframes === undefined ? TIMEFRAMES : timeframesOf(timeframes);
}

function take(replay: Replay, batch: InputBatch): void {
  if (batch.kind === 'ticks') replay.ticks(batch.ticks);
  else replay.bars(batch.bars);
}

function table(summary: Summary): string {
  const shown = (value: unknown): string =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([name, count]) => `${name} ${count}`)
          .join('  ')
      : String(value);
  return `${Object.entries(summary)
    .map(([name, value]) => `${name.padEnd(11)} ${shown(value)}`)
    .join('\n')}\n`;
}
