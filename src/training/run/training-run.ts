/**
 * A training from files to models, in a thread of its own: rows, parts, fits, maps, and then, once all that is fitted is final and
 * kept, the test part, read once. What was stopped at any instant goes on from its checkpoints and ends with the same models: a fit
 * goes on from its state, and what is fitted is not fitted anew.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError } from '../../errors.js';
import { CATALOGUE_STAMP } from '../../features/catalogue-version.js';
import { TIMEFRAME_MS } from '../../market/timeframe.js';
import { CANDLE_STEPS } from '../../models/candle-window.js';
import { SPOKEN_HORIZONS } from '../../models/model-card.js';
import { HORIZONS_MS } from '../../features/labels.js';
import type { Clock } from '../../runtime/clock.js';
import { canonicalJson, sha256Hex } from '../../runtime/digest.js';
import { type Random, seededRandom } from '../../runtime/random.js';
import { splitOf, modelFileName, type TrainingFacts } from '../make-card.js';
import { type MetaMember, fitSets, type FittedSet } from '../meta.js';
import { CNN_TRAINING } from '../cnn-training.js';
import { LSTM_TRAINING } from '../lstm-training.js';
import type { Dataset } from '../dataset.js';
import { examples, type SplitPlan, Splits } from '../splits.js';
import type { FitProgress, HeldOut, ModelTraining, Pulse, TrainedModel, TrainingSetup } from '../trained-model.js';
import { TREES_TRAINING } from '../trees-model.js';
import { Checkpoints } from './checkpoints.js';
import { type ReadSymbols, readSymbols, refuseOverlap } from './read-symbols.js';
import type { TrainedFile, TrainedKind, TrainingReport, TrainingSummary, TrainingTask } from './training-task.js';
import { type HeldOutRows, writeEnsemble, writeModel } from './write-models.js';

export interface RunOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicNs'>;
  readonly heard: (report: TrainingReport) => void;
}

type FittedKind = Exclude<TrainedKind, 'meta'>;

const TRAININGS: Readonly<Record<FittedKind, ModelTraining>> = {
  trees: TREES_TRAINING as ModelTraining,
  lstm: LSTM_TRAINING as ModelTraining,
  cnn: CNN_TRAINING as ModelTraining,
};

/** Examples that a part has at least: fewer tell nothing. */
const PART_LEAST = 50;
/** Quick ones are over before that, and keep every step. */
const SAVED_EVERY_NS = { full: 10_000_000_000n, quick: 0n } as const;
const HEARD_EVERY_NS = 100_000_000n;

/** What holds for the whole of a training, however often it is taken up again. */
interface Begun {
  readonly fingerprint: string;
  readonly trainedAtMs: number;
  readonly versions: Readonly<Record<string, number>>;
}

interface FitState {
  readonly kind: 'under way' | 'fitted';
  readonly value: unknown;
  readonly cutOff: boolean;
}

interface Kept {
  readonly kind: FittedKind;
  readonly model: TrainedModel;
}

export async function runTraining(task: TrainingTask, options: RunOptions): Promise<TrainingSummary> {
  return new TrainingRun(task, options).run();
}

class TrainingRun {
  readonly #task: TrainingTask;
  readonly #options: RunOptions;
  readonly #stop: Int32Array;
  readonly #startedNs: bigint;
  readonly #random: Random;
  readonly #cutOff = new Set<TrainedKind>();
  #heardNs = 0n;

  constructor(task: TrainingTask, options: RunOptions) {
    this.#task = task;
    this.#options = options;
    this.#stop = new Int32Array(task.stop);
    this.#startedNs = options.clock.monotonicNs();
    this.#random = seededRandom(task.seed);
  }

  async run(): Promise<TrainingSummary> {
    const { out, models } = this.#task;
    const own = await this.#read('reading');
    const elsewhere = this.#task.elsewhere.length === 0 ? undefined : await this.#read('elsewhere');
    if (elsewhere !== undefined) refuseOverlap(own.dataset, elsewhere.dataset);
    const plan = this.#plan();
    const splits = new Splits(own.dataset, plan);
    this.#refuseFew(splits);
    await mkdir(out, { recursive: true });
    const checkpoints = await Checkpoints.open(out);
    const begun = await this.#begin(checkpoints, own, elsewhere);
    const setup = (kind: TrainedKind): TrainingSetup => ({
      dataset: own.dataset,
      train: splits.train,
      validation: splits.validation,
      plan,
      timeframe: this.#task.timeframe,
      horizons: plan.horizons as TrainingSetup['horizons'],
      horizon: this.#task.horizon,
      effort: this.#task.effort,
      random: this.#random.fork(kind),
    });
    const kept: Kept[] = [];
    const kinds = models.filter((kind): kind is FittedKind => kind !== 'meta');
    for (const [at, kind] of kinds.entries())
      kept.push({ kind, model: await this.#fit(kind, setup(kind), checkpoints, kinds.length - at) });
    const members = this.#members(kept);
    const sets = models.includes('meta') ? await fitSets(setup('meta'), members) : [];
    const test = splits.readTest();
    const facts: TrainingFacts = {
      timeframe: this.#task.timeframe,
      data: own.symbols.map(({ symbol, candles }) => this.#data(symbol, candles, this.#task.symbols)),
      split: splitOf(own.dataset, { train: splits.train, validation: splits.validation, test }, splits.purged),
      trainedAtMs: begun.trainedAtMs,
      expiryDays: this.#task.expiryDays,
    };
    const held = this.#heldOut(own.dataset, test.rows, elsewhere, plan);
    const files = await this.#write({ setup: setup('meta'), kept, members, sets, facts, begun, held });
    await checkpoints.clear();
    return {
      models: files,
      symbols: own.symbols.map(({ symbol, candles }) => ({ symbol, candles })),
      rows: {
        train: splits.train.rows.length,
        validation: splits.validation.rows.length,
        test: test.rows.length,
        purged: splits.purged,
      },
      elsewhere: elsewhere?.symbols.map(({ symbol, candles }) => ({ symbol, candles })) ?? [],
      cutOff: [...this.#cutOff],
      seconds: Number((Number(this.#options.clock.monotonicNs() - this.#startedNs) / 1e9).toFixed(3)),
    };
  }

  /** Every model is trained on the same rows, with the longest window of all, so that their averages can be calibrated. */
  #plan(): SplitPlan {
    const spanMs = TIMEFRAME_MS[this.#task.timeframe];
    return { horizons: SPOKEN_HORIZONS.filter((horizon) => HORIZONS_MS[horizon] >= spanMs), steps: CANDLE_STEPS };
  }

  #refuseFew({ train, validation, testRows }: Splits): void {
    const [least, name] = [
      [train.rows.length, 'train on'] as const,
      [validation.rows.length, 'validate on'] as const,
      [testRows, 'test on'] as const,
    ].reduce((few, part) => (part[0] < few[0] ? part : few));
    if (least >= PART_LEAST) return;
    throw new SuhoError(
      'INPUT_INVALID',
      `there are only ${least} rows to ${name}, with whole windows and labels; ${PART_LEAST} are the least.`,
    );
  }

  async #read(stage: 'reading' | 'elsewhere'): Promise<ReadSymbols> {
    const { symbols, elsewhere, timeframe, price } = this.#task;
    let before = 0;
    let last = '';
    let behind = 0;
    return readSymbols(stage === 'reading' ? symbols : elsewhere, {
      timeframe,
      price,
      heard: (symbol, candles) => {
        if (symbol !== last) behind += before;
        [last, before] = [symbol, candles];
        this.#refuseToGoOn();
        this.#tell(`${stage} ${symbol}`, { done: behind + candles, of: 0, validationLoss: Number.NaN });
      },
    });
  }

  #refuseToGoOn(): void {
    if (Atomics.load(this.#stop, 0) === 1) throw new SuhoError('INTERRUPTED', 'the training was stopped');
  }

  #tell(stage: string, { done, of, validationLoss }: FitProgress): void {
    const nowNs = this.#options.clock.monotonicNs();
    if (nowNs - this.#heardNs < HEARD_EVERY_NS) return;
    this.#heardNs = nowNs;
    this.#options.heard({ kind: 'progress', stage, done, of, loss: Number.isFinite(validationLoss) ? validationLoss : null });
  }

  /** Takes up what was begun, where it is told to and it is of the same data and settings. */
  async #begin(checkpoints: Checkpoints, own: ReadSymbols, elsewhere: ReadSymbols | undefined): Promise<Begun> {
    const { timeframe, price, horizon, models, effort, seed, expiryDays, resume, out } = this.#task;
    const settings = { timeframe, price, horizon, models, effort, seed, expiryDays, catalogue: CATALOGUE_STAMP };
    const data = [own, elsewhere].map((read) => read?.symbols.map(({ symbol, digest }) => `${symbol} ${digest}`) ?? []);
    const fingerprint = sha256Hex(canonicalJson({ settings, data }));
    const before = (await checkpoints.load('begun')) as Begun | undefined;
    if (resume && before !== undefined) {
      if (before.fingerprint === fingerprint) return before;
      throw new SuhoError(
        'INPUT_INVALID',
        `what was stopped in ${out} was of other data or settings; without --resume it starts anew.`,
      );
    }
    if (resume) this.#options.heard({ kind: 'said', sentence: `nothing was stopped in ${out}: it starts from the beginning` });
    else if (before !== undefined)
      this.#options.heard({
        kind: 'said',
        sentence: `what was stopped in ${out} is given up; --resume would have gone on with it`,
      });
    await checkpoints.startAnew();
    const begun: Begun = { fingerprint, trainedAtMs: this.#options.clock.nowMs(), versions: await this.#versions() };
    checkpoints.save('begun', begun);
    return begun;
  }

  /** One more than the version that lies in the folder. */
  async #versions(): Promise<Readonly<Record<string, number>>> {
    const { models, timeframe, out, version } = this.#task;
    const versions: Record<string, number> = {};
    for (const kind of models) {
      const name = modelFileName(kind, timeframe);
      versions[name] = version ?? (await versionIn(join(out, `${name}.json`))) + 1;
    }
    return versions;
  }

  async #fit(kind: FittedKind, setup: TrainingSetup, checkpoints: Checkpoints, left: number): Promise<TrainedModel> {
    const training = TRAININGS[kind];
    const before = (await checkpoints.load(kind)) as FitState | undefined;
    let cutOff = before?.cutOff ?? false;
    let fitted = before?.kind === 'fitted' ? before.value : undefined;
    if (fitted === undefined) {
      const untilNs = this.#untilNs(left);
      fitted = await training.fit(
        setup,
        before?.value,
        this.#pulse(kind, checkpoints, untilNs, () => {
          cutOff = true;
        }),
      );
      checkpoints.save(kind, { kind: 'fitted', value: fitted, cutOff } satisfies FitState);
    }
    if (cutOff) this.#cutOff.add(kind);
    return training.trained(setup, fitted);
  }

  /** The time that is left is shared by the models that are left. */
  #untilNs(left: number): bigint | undefined {
    const { minutesMost } = this.#task;
    if (minutesMost === undefined) return undefined;
    const nowNs = this.#options.clock.monotonicNs();
    const endNs = this.#startedNs + BigInt(Math.round(minutesMost * 60e9));
    return nowNs + (endNs > nowNs ? (endNs - nowNs) / BigInt(left) : 0n);
  }

  #pulse(kind: FittedKind, checkpoints: Checkpoints, untilNs: bigint | undefined, cut: () => void): Pulse {
    let savedNs = this.#options.clock.monotonicNs();
    return (progress, state) => {
      const nowNs = this.#options.clock.monotonicNs();
      const stop = Atomics.load(this.#stop, 0) === 1;
      if (stop || nowNs - savedNs >= SAVED_EVERY_NS[this.#task.effort]) {
        checkpoints.save(kind, { kind: 'under way', value: state(), cutOff: false } satisfies FitState);
        savedNs = nowNs;
      }
      if (stop) throw new SuhoError('INTERRUPTED', `the training was stopped; --resume goes on with it`);
      this.#tell(kind, progress);
      if (untilNs === undefined || nowNs < untilNs) return true;
      cut();
      return false;
    };
  }

  /** Those that tell sides; what one told of some rows is kept, for several sets and parts ask for it. */
  #members(kept: readonly Kept[]): readonly MetaMember[] {
    const members = kept.flatMap(({ kind, model: { sides } }): MetaMember[] => {
      if (sides === undefined) return [];
      const known = new Map<Int32Array, ReturnType<typeof sides>>();
      const remembered = (dataset: Dataset, rows: Int32Array) => {
        const told = known.get(rows) ?? sides(dataset, rows);
        known.set(rows, told);
        return told;
      };
      return [{ name: modelFileName(kind, this.#task.timeframe), sides: remembered }];
    });
    if (this.#task.models.includes('meta') && members.length < 2)
      throw new SuhoError('USAGE', '--models meta needs two more that tell sides, such as trees,lstm,meta.');
    return members;
  }

  #heldOut(own: Dataset, testRows: Int32Array, elsewhere: ReadSymbols | undefined, plan: SplitPlan): HeldOutRows {
    const random = this.#random.fork('judgement');
    const test: HeldOut = { dataset: own, rows: testRows, random: random.fork('test') };
    if (elsewhere === undefined) return { test, elsewhere: undefined };
    const { dataset, symbols } = elsewhere;
    const data = symbols.map(({ symbol, candles }) => this.#data(symbol, candles, this.#task.elsewhere));
    return { test, elsewhere: { dataset, rows: examples(dataset, plan), random: random.fork('elsewhere'), data } };
  }

  #data(symbol: string, candles: number, inputs: TrainingTask['symbols']): TrainingFacts['data'][number] {
    const { source, licence } = inputs.find((input) => input.symbol === symbol) ?? { source: 'unknown', licence: 'unknown' };
    return { symbol, source, licence, candles };
  }

  async #write({ setup, kept, members, sets, facts, begun, held }: Results): Promise<readonly TrainedFile[]> {
    const { out, timeframe } = this.#task;
    const files: TrainedFile[] = [];
    for (const { kind, model } of kept) {
      this.#tell(`judging ${kind}`, { done: 0, of: 0, validationLoss: Number.NaN });
      const name = modelFileName(kind, timeframe);
      const target = { folder: out, name, version: begun.versions[name] as number };
      files.push(await writeModel(target, model, facts, held, { cutOff: this.#cutOff.has(kind) }));
    }
    if (sets.length > 0) {
      const name = modelFileName('meta', timeframe);
      const target = { folder: out, name, version: begun.versions[name] as number };
      files.push(await writeEnsemble(target, { setup, members, sets, models: files }, facts, held));
    }
    return files;
  }
}

interface Results {
  readonly setup: TrainingSetup;
  readonly kept: readonly Kept[];
  readonly members: readonly MetaMember[];
  readonly sets: readonly FittedSet[];
  readonly facts: TrainingFacts;
  readonly begun: Begun;
  readonly held: HeldOutRows;
}

async function versionIn(card: string): Promise<number> {
  try {
    const { version } = JSON.parse(await readFile(card, 'utf8')) as { readonly version?: unknown };
    return typeof version === 'number' && Number.isInteger(version) ? version : 0;
  } catch {
    // No card, or none that can be read: nothing stands in the way of the first version.
    return 0;
  }
}
