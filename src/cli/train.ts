import { basename } from 'node:path';
import { Command, Option } from 'commander';
import type { Config, SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { HORIZONS_MS } from '../features/labels.js';
import type { PriceSide } from '../market/candle-builder.js';
import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import { SPOKEN_HORIZONS, type SpokenHorizon } from '../models/model-card.js';
import { trainInThread } from '../training/run/training-thread.js';
import {
  type SymbolInput,
  TRAINED_KINDS,
  type TrainedKind,
  type TrainingSummary,
  type TrainingTask,
} from '../training/run/training-task.js';
import type { Streams } from './candles.js';
import { symbolOf, timeframesOf } from './market-flags.js';
import { ProgressLine } from './progress-line.js';
import { settingsOf, withSettings } from './settings.js';
import { storedBars } from './stored-candles.js';
import { filesBySymbol, textsBySymbol } from './symbol-words.js';

const USED: readonly SettingName[] = ['data', 'analytics', 'seed', 'modelDays'];

interface Flags extends Readonly<Record<string, unknown>> {
  readonly symbol?: string;
  readonly timeframe: string;
  readonly input?: readonly string[];
  readonly fromStore?: boolean;
  readonly models?: string;
  readonly horizon?: SpokenHorizon;
  readonly out: string;
  readonly resume?: boolean;
  readonly quick?: boolean;
  readonly minutes?: string;
  readonly modelVersion?: string;
  readonly price: PriceSide;
  readonly formatIn?: string;
  readonly clock?: readonly string[];
  readonly source?: readonly string[];
  readonly licence?: readonly string[];
  readonly elsewhere?: readonly string[];
  readonly elsewhereClock?: readonly string[];
  readonly elsewhereSource?: readonly string[];
  readonly elsewhereLicence?: readonly string[];
  readonly json?: boolean;
}

const NOTES = `
Rows are parted in the order of time: 70 of a hundred are learned from, 15 decide when to stop and calibrate, 15 are read once, at
the end, and judge. Around the cuts rows are left out, as far as labels and windows reach. Beside them, --elsewhere judges on other
symbols or years, which must not overlap with the training.
Files of one symbol follow one another in the order of time; a * in a file's name behind S= stands for any part of it.
A card, its graph and a plot of its reliability are written to --out for each model; suho models add puts one to use.
The same data, settings and seed give the same models, byte for byte, unless --minutes cuts one off, which its card tells. A training
that was stopped, or ended in whatever way, goes on with --resume. Ctrl-C stops it with exit code 130.`;

export function trainCommand(streams: Streams = process): Command {
  const command = new Command('train')
    .description('train models on candles, judge them on what they have not seen, and write them with their cards')
    .option('--symbol <list>', 'symbols, with commas (default: those of --input)')
    .requiredOption('--timeframe <timeframe>', `one of ${TIMEFRAMES.join(',')}`)
    .option(
      '--input <symbol=file...>',
      'files of ticks or bars, plain, gz or zip, of each symbol; the name may be left out of a sole one',
    )
    .option('--from-store', 'candles of the analytics store of the data folder instead')
    .option('--models <list>', `of ${TRAINED_KINDS.join(',')} (default: all at M1, else trees)`)
    .addOption(
      new Option(
        '--horizon <horizon>',
        'how far ahead signals look (default: 15m, or the timeframe where that is longer)',
      ).choices(SPOKEN_HORIZONS),
    )
    .option('--out <folder>', 'where models are written', 'trained')
    .option('--resume', 'go on with what was stopped in that folder')
    .option('--quick', 'one candidate and few rounds: to see that all is there')
    .option('--minutes <number>', 'stop fitting after so many, and make do with what there is')
    .option('--model-version <number>', 'version of all that is made (default: one more than what lies in the folder)')
    .addOption(new Option('--price <side>', 'side to build from').choices(['bid', 'ask', 'mid']).default('bid'))
    .option('--format-in <name>', 'format of the inputs where it is not recognised')
    .option('--clock <[symbol=]clock...>', 'clock of the inputs where their format does not fix it: utc, est, eet or +HH:MM')
    .option('--source <[symbol=]text...>', 'where the data is from, for the cards (default: the files’ names)')
    .option('--licence <[symbol=]text...>', 'its licence, for the cards')
    .option('--elsewhere <symbol=file...>', 'data that is in no part, judged on once')
    .option('--elsewhere-clock <[symbol=]clock...>', 'its clock, likewise')
    .option('--elsewhere-source <[symbol=]text...>', 'where it is from')
    .option('--elsewhere-licence <[symbol=]text...>', 'its licence')
    .option('--json', 'one JSON line: models symbols rows elsewhere cutOff seconds')
    .addHelpText('after', NOTES);
  return withSettings(command, USED).action((flags: Flags) => train(flags, streams));
}

async function train(flags: Flags, { stdout, stderr }: Streams): Promise<void> {
  const { config } = settingsOf(flags, USED);
  const startedNs = process.hrtime.bigint();
  const line = new ProgressLine(stderr, () => Number(process.hrtime.bigint() - startedNs) / 1e9);
  const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  using _interruption = whenInterrupted(stop);
  const say = (sentence: string): void => {
    line.clear();
    stderr.write(`suho: ${sentence}\n`);
  };
  try {
    const task = await taskOf(flags, config, stop, line);
    const summary = await trainInThread(task, {
      progress: ({ stage, done, of, loss }) =>
        line.show({ stage, done, of, ...(loss === null ? {} : { note: `validation loss ${loss.toFixed(5)}` }) }),
      said: say,
    });
    line.clear();
    stdout.write(flags.json ? `${JSON.stringify(summary)}\n` : told(summary));
  } finally {
    line.clear();
  }
}

/** The first time it stops when it can, and keeps what it has; the second time the process ends as it is. */
function whenInterrupted(stop: SharedArrayBuffer): Disposable {
  const end = (): void => {
    if (Atomics.exchange(new Int32Array(stop), 0, 1) === 1) process.exit(130);
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  return { [Symbol.dispose]: () => process.off('SIGINT', end).off('SIGTERM', end) };
}

async function taskOf(flags: Flags, config: Config, stop: SharedArrayBuffer, line: ProgressLine): Promise<TrainingTask> {
  const timeframe = timeframeOf(flags.timeframe);
  const asked = flags.symbol?.split(',').map((symbol) => symbolOf(symbol.trim()));
  if ((flags.input === undefined) === (flags.fromStore !== true))
    throw new SuhoError('USAGE', 'either --input or --from-store says what to train on.');
  const symbols = flags.input === undefined ? await ofStore(flags, asked, config, line) : ofFiles(flags, flags.input, asked);
  return {
    symbols,
    elsewhere: elsewhereOf(flags),
    timeframe,
    price: flags.price,
    horizon: horizonOf(flags.horizon, timeframe),
    models: modelsOf(flags.models, timeframe),
    effort: flags.quick ? 'quick' : 'full',
    seed: config.seed,
    out: flags.out,
    resume: flags.resume ?? false,
    minutesMost: flags.minutes === undefined ? undefined : numberOf('--minutes', flags.minutes),
    expiryDays: config.modelDays,
    version: flags.modelVersion === undefined ? undefined : wholeOf('--model-version', flags.modelVersion),
    stop,
  };
}

function timeframeOf(text: string): Timeframe {
  const [first, ...more] = timeframesOf(text);
  if (first === undefined || more.length > 0) throw new SuhoError('USAGE', `--timeframe ${text}: a model is of one timeframe.`);
  return first;
}

function horizonOf(asked: SpokenHorizon | undefined, timeframe: Timeframe): SpokenHorizon {
  const spanMs = TIMEFRAME_MS[timeframe];
  const possible = SPOKEN_HORIZONS.filter((horizon) => HORIZONS_MS[horizon] >= spanMs);
  const [shortest] = possible;
  if (shortest === undefined)
    throw new SuhoError('USAGE', `--timeframe ${timeframe} is longer than any horizon that a model tells of.`);
  if (asked === undefined) return possible.includes('15m') ? '15m' : shortest;
  if (!possible.includes(asked)) throw new SuhoError('USAGE', `--horizon ${asked} is shorter than a candle of ${timeframe}.`);
  return asked;
}

function modelsOf(list: string | undefined, timeframe: Timeframe): readonly TrainedKind[] {
  if (list === undefined) return timeframe === 'M1' ? TRAINED_KINDS : ['trees'];
  const names = list.split(',').map((name) => name.trim());
  const stranger = names.find((name) => !TRAINED_KINDS.includes(name as TrainedKind));
  if (stranger !== undefined)
    throw new SuhoError('USAGE', `--models ${stranger} is not known; there are ${TRAINED_KINDS.join(', ')}.`);
  if (names.includes('meta') && names.filter((name) => name === 'trees' || name === 'lstm').length < 2)
    throw new SuhoError('USAGE', '--models meta needs the two that tell a side beside it: trees,lstm,meta.');
  return TRAINED_KINDS.filter((kind) => names.includes(kind));
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new SuhoError('USAGE', `${flag} ${text} is no number above 0.`);
  return value;
}

function wholeOf(flag: string, text: string): number {
  const value = numberOf(flag, text);
  if (!Number.isSafeInteger(value)) throw new SuhoError('USAGE', `${flag} ${text} is no whole number.`);
  return value;
}

interface Words {
  readonly clock: readonly string[] | undefined;
  readonly source: readonly string[] | undefined;
  readonly licence: readonly string[] | undefined;
  readonly format: string | undefined;
}

function inputsOf(files: ReadonlyMap<string, readonly string[]>, { clock, source, licence, format }: Words): SymbolInput[] {
  const [clockOf, sourceOf, licenceOf] = [textsBySymbol(clock), textsBySymbol(source), textsBySymbol(licence)];
  return [...files].map(([symbol, paths]) => {
    const own = clockOf(symbol);
    return {
      symbol,
      source: sourceOf(symbol) ?? filesNamed(paths),
      licence: licenceOf(symbol) ?? 'not stated',
      from: {
        kind: 'files',
        files: paths,
        ...(format === undefined ? {} : { format }),
        ...(own === undefined ? {} : { clock: own }),
      },
    };
  });
}

function filesNamed(paths: readonly string[]): string {
  const [first = '', last = ''] = [paths[0], paths.at(-1)].map((path) => basename(path ?? ''));
  return paths.length === 1 ? first : `${first} to ${last}`;
}

function ofFiles(flags: Flags, words: readonly string[], asked: readonly string[] | undefined): readonly SymbolInput[] {
  const { clock, source, licence, formatIn: format } = flags;
  const files = filesBySymbol('--input', words, asked?.length === 1 ? asked[0] : undefined);
  const lacking = asked?.find((symbol) => !files.has(symbol));
  if (lacking !== undefined) throw new SuhoError('USAGE', `--symbol ${lacking} has no --input.`);
  const stranger = asked && [...files.keys()].find((symbol) => !asked.includes(symbol));
  if (stranger !== undefined) throw new SuhoError('USAGE', `--input ${stranger}= is none of --symbol.`);
  if ([...files.values()].flat().includes('-'))
    throw new SuhoError('USAGE', '--input - : a training reads files, not standard input.');
  return inputsOf(files, { clock, source, licence, format });
}

function elsewhereOf({ elsewhere, elsewhereClock, elsewhereSource, elsewhereLicence, formatIn }: Flags): readonly SymbolInput[] {
  if (elsewhere === undefined) return [];
  const words: Words = { clock: elsewhereClock, source: elsewhereSource, licence: elsewhereLicence, format: formatIn };
  return inputsOf(filesBySymbol('--elsewhere', elsewhere), words);
}

async function ofStore(
  { source, licence }: Flags,
  asked: readonly string[] | undefined,
  config: Config,
  line: ProgressLine,
): Promise<readonly SymbolInput[]> {
  if (asked === undefined) throw new SuhoError('USAGE', '--from-store needs --symbol.');
  const bars = await storedBars(config, asked, (symbol, done) => line.show({ stage: `from the store ${symbol}`, done, of: 0 }));
  const [sourceOf, licenceOf] = [textsBySymbol(source), textsBySymbol(licence)];
  return [...bars].map(([symbol, values]) => ({
    symbol,
    source: sourceOf(symbol) ?? 'the analytics store of this node',
    licence: licenceOf(symbol) ?? 'not stated',
    from: { kind: 'bars', values },
  }));
}

function told({ models, rows, cutOff, seconds }: TrainingSummary): string {
  const lines = [
    `${rows.train} rows learned from, ${rows.validation} to stop and calibrate by, ${rows.test} judged on, ${rows.purged} left out between; ${Math.round(seconds)} s`,
  ];
  for (const { name, version, card, graphBytes, metrics } of models) {
    const size = graphBytes === null ? '' : `, ${Math.ceil(graphBytes / 1_024)} KB`;
    lines.push(`${name}@${version}${size}: ${card}`);
    for (const { name: metric, model, baselines } of metrics.slice(0, 5)) {
      const beside = Object.entries(baselines).map(([baseline, value]) => `${baseline} ${value.toFixed(4)}`);
      lines.push(`  ${metric.padEnd(34)} ${model.toFixed(4)}${beside.length === 0 ? '' : ` (${beside.join(', ')})`}`);
    }
  }
  if (cutOff.length > 0) lines.push(`cut off by --minutes: ${cutOff.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
