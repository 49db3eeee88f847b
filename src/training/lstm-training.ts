import { CATALOGUE_STAMP } from '../features/catalogue-version.js';
import { COLUMNS } from '../indicators/registry.js';
import type { Calibration } from '../models/calibration.js';
import { inputDistance, SCALED_COUNT, writeScaledInputs } from '../models/input-scale.js';
import { INPUT_COUNT } from '../models/model-inputs.js';
import type { SpokenHorizon } from '../models/model-card.js';
import { SuhoError } from '../errors.js';
import { sidesOf } from '../signals/model-output.js';
import type { Dataset } from './dataset.js';
import { returnInRanges } from './nets/lstm-batches.js';
import { LSTM_HORIZONS, LSTM_LEVELS, LSTM_STEPS } from './nets/lstm-net.js';
import { type LstmCheckpoint, type LstmRules, lstmQuantiles, pinball, type TrainedLstm, trainLstm } from './nets/train-lstm.js';
import { lstmModel } from './onnx/lstm-graph.js';
import { encodeOnnx } from './onnx/onnx-model.js';
import { fitSides, judgeSides, type SidedRows, sidedRows, sidePrior } from './sides.js';
import { calibratedSides, outlierMost } from './told.js';
import type {
  CardDetails,
  CardMetric,
  HeldOut,
  ModelTraining,
  ModelVerdict,
  Pulse,
  TrainedModel,
  TrainingSetup,
} from './trained-model.js';
import { metric, sideVerdict, told } from './verdicts.js';

export interface FittedLstm {
  readonly net: TrainedLstm;
  readonly tried: readonly TriedLstm[];
  /** One per horizon. */
  readonly calibrations: readonly Calibration[];
  readonly outlierMost: number;
}

interface TriedLstm {
  readonly rules: LstmRules;
  readonly epoch: number;
  readonly validationLoss: number;
}

/** The search where it stands. */
interface LstmSearchState {
  readonly tried: readonly TriedLstm[];
  readonly best: TrainedLstm | undefined;
  readonly current: LstmCheckpoint | undefined;
}

type Sides = Pick<SidedRows, 'buys' | 'sells'>;

const LEVELS = LSTM_LEVELS.length;
const TOLD = LSTM_HORIZONS.length * LEVELS;

function candidatesOf({ effort }: TrainingSetup): readonly LstmRules[] {
  const rules: LstmRules = {
    projected: 24,
    hidden: 24,
    rate: 0.001,
    rateKept: 0.7,
    decay: 0.01,
    gradientMost: 1,
    epochsMost: 10,
    patience: 3,
    stretchWindows: 8,
    batchStretches: 32,
    epochStretchesMost: 6_000,
    heldStretchesMost: 1_500,
  };
  // Short stretches cost more, and each epoch sees more of the market in windows that are less alike.
  const short = { stretchWindows: 4, batchStretches: 64, epochStretchesMost: 3_000, heldStretchesMost: 3_000 };
  if (effort === 'quick')
    return [{ ...rules, projected: 4, hidden: 6, epochsMost: 1, epochStretchesMost: 40, heldStretchesMost: 20 }];
  return [rules, { ...rules, ...short, rate: 0.002 }];
}

export const LSTM_TRAINING: ModelTraining<FittedLstm> = { fit, trained };

/** Its time is up; what was learned so far is in the newest checkpoint. */
class TimeUp extends Error {}

async function fit(setup: TrainingSetup, from: unknown, pulse: Pulse): Promise<FittedLstm> {
  const { dataset, validation } = setup;
  const unknown = LSTM_HORIZONS.filter((horizon) => !setup.horizons.includes(horizon));
  if (unknown.length > 0)
    throw new SuhoError('USAGE', `the lstm tells of ${unknown[0]}, which ${setup.timeframe} has no label for.`);
  const candidates = candidatesOf(setup);
  let state: LstmSearchState = (from as LstmSearchState | undefined) ?? { tried: [], best: undefined, current: undefined };
  let goesOn = true;
  while (goesOn && state.tried.length < candidates.length) {
    const rules = candidates[state.tried.length] as LstmRules;
    const before = state;
    const one = await fitOne(setup, rules, before, candidates.length, pulse);
    goesOn = one.goesOn;
    const { validationLoss, epoch } = one.net;
    const best = before.best !== undefined && before.best.validationLoss <= validationLoss ? before.best : one.net;
    state = { tried: [...before.tried, { rules, epoch, validationLoss }], best, current: undefined };
  }
  const net = state.best as TrainedLstm;
  const quantiles = await lstmQuantiles(net, dataset, validation.rows);
  const calibrations = LSTM_HORIZONS.map((horizon) =>
    fitSides(sidedRows(dataset, validation.rows, horizon, sidesAt(quantiles, horizon))),
  );
  return { net, tried: state.tried, calibrations, outlierMost: outlierMost(distances(dataset, validation.rows, net)) };
}

interface FittedOne {
  readonly net: TrainedLstm;
  readonly goesOn: boolean;
}

/** One set of rules, up to its end, or to the epoch after which its time is up. */
async function fitOne(
  { dataset, train, validation, random }: TrainingSetup,
  rules: LstmRules,
  state: LstmSearchState,
  candidates: number,
  pulse: Pulse,
): Promise<FittedOne> {
  const own = random.fork(`candidate ${state.tried.length}`);
  let current = state.current;
  const progress = (epochs: number): { done: number; of: number; validationLoss: number } => ({
    done: state.tried.length * rules.epochsMost + epochs,
    of: candidates * rules.epochsMost,
    validationLoss: current?.best?.validationLoss ?? Number.NaN,
  });
  const now = (): LstmSearchState => ({ ...state, current });
  const learn = (epochsMost: number, resume: LstmCheckpoint | undefined): Promise<TrainedLstm> =>
    trainLstm(dataset, { train, validation }, { ...rules, epochsMost }, own, {
      ...(resume === undefined ? {} : { resume }),
      stepped: ({ epoch, done, of }) => void pulse(progress(epoch - 1 + done / of), now),
      checkpoint: (checkpoint) => {
        current = checkpoint;
        if (!pulse(progress(checkpoint.epoch), now)) throw new TimeUp();
      },
    });
  try {
    return { net: await learn(rules.epochsMost, current), goesOn: true };
  } catch (error) {
    const kept = current;
    if (!(error instanceof TimeUp) || kept === undefined) throw error;
    // From where it stands, with no epoch left: what was best is made into a net.
    return { net: await learn(kept.epoch, kept), goesOn: false };
  }
}

/** What quantiles tell of the sides, as whoever makes signals of them takes them. */
function sidesAt(quantiles: Float32Array, horizon: SpokenHorizon): Sides {
  const place = LSTM_HORIZONS.indexOf(horizon);
  const levels = [...LSTM_LEVELS];
  const both = Array.from({ length: quantiles.length / TOLD }, (_, row) => {
    const from = row * TOLD + place * LEVELS;
    return sidesOf({ kind: 'quantiles', levels, values: Array.from(quantiles.subarray(from, from + LEVELS)) });
  });
  return { buys: Float64Array.from(both, ({ BUY }) => BUY), sells: Float64Array.from(both, ({ SELL }) => SELL) };
}

function distances({ inputs }: Dataset, rows: Int32Array, { scale }: TrainedLstm): Float64Array {
  const scaled = new Float32Array(SCALED_COUNT);
  return Float64Array.from(rows, (row) => {
    writeScaledInputs(inputs, row * INPUT_COUNT, scale, scaled, 0);
    return inputDistance(scaled, 0, scale);
  });
}

function trained(setup: TrainingSetup, fitted: FittedLstm): TrainedModel {
  const { net, tried, calibrations } = fitted;
  const place = LSTM_HORIZONS.indexOf(setup.horizon as (typeof LSTM_HORIZONS)[number]);
  return {
    graph: encodeOnnx(lstmModel(net, { name: 'lstm', metadata: {} })),
    card: {
      kind: 'lstm',
      columns: { set: 'catalogue', ...CATALOGUE_STAMP },
      input: { name: 'vectors', type: 'float64', row: [LSTM_STEPS, COLUMNS.length] },
      outputs: [
        { name: 'quantiles', type: 'float32', row: [LSTM_HORIZONS.length, LEVELS] },
        { name: 'distance', type: 'float32', row: [] },
      ],
      says: {
        kind: 'quantiles',
        output: 'quantiles',
        levels: [...LSTM_LEVELS],
        horizons: LSTM_HORIZONS.map((horizon, at) => ({ horizon, calibration: calibrations[at] as Calibration })),
      },
      outlier: { output: 'distance', most: fitted.outlierMost },
    },
    details: {
      search: tried.map(({ rules, epoch, validationLoss }) => ({
        rules: { ...rules },
        epoch,
        validationLoss: told(validationLoss),
        chosen: validationLoss === net.validationLoss,
      })),
      unconditionalLoss: told(net.unconditionalLoss),
    },
    sides: async (dataset, rows) =>
      calibratedSides(sidesAt(await lstmQuantiles(net, dataset, rows), setup.horizon), calibrations[place] as Calibration),
    judge: (heldOut) => judgeLstm(setup, fitted, heldOut),
  };
}

async function judgeLstm(
  setup: TrainingSetup,
  { net, calibrations }: FittedLstm,
  { dataset, rows, random }: HeldOut,
): Promise<ModelVerdict> {
  const quantiles = await lstmQuantiles(net, dataset, rows);
  const none = new Float64Array(setup.train.rows.length);
  const metrics: CardMetric[] = [];
  const details: Record<string, CardDetails> = {};
  // The horizon that signals are made of comes first: versions are compared by the first metric.
  for (const horizon of [setup.horizon, ...LSTM_HORIZONS.filter((one) => one !== setup.horizon)]) {
    const place = LSTM_HORIZONS.indexOf(horizon as (typeof LSTM_HORIZONS)[number]);
    const prior = sidePrior(sidedRows(setup.dataset, setup.train.rows, horizon, { buys: none, sells: none }));
    const sided = sidedRows(dataset, rows, horizon, sidesAt(quantiles, horizon));
    const sides = sideVerdict(horizon, judgeSides(sided, calibrations[place] as Calibration, prior, random.fork(horizon)));
    const { losses, covered } = judgedQuantiles(net, dataset, rows, quantiles, place);
    metrics.push(
      ...sides.metrics,
      ...metric(`pinball loss ${horizon}`, 'lower', losses.model, { unconditional: losses.unconditional }),
    );
    details[horizon] = { ...sides.details, coverage: covered };
  }
  const { [setup.horizon]: main, ...others } = details;
  return { metrics, details: { ...main, others } };
}

/** Mean loss over the levels, and how often what came lay under each of them. */
function judgedQuantiles(net: TrainedLstm, dataset: Dataset, rows: Int32Array, quantiles: Float32Array, place: number) {
  const horizon = LSTM_HORIZONS[place] as (typeof LSTM_HORIZONS)[number];
  const always = net.unconditional[place] as readonly number[];
  const below = new Float64Array(LEVELS);
  let [model, unconditional, count] = [0, 0, 0];
  for (const [at, row] of rows.entries()) {
    const came = returnInRanges(dataset, row, horizon);
    if (!Number.isFinite(came)) continue;
    const own = quantiles.subarray(at * TOLD + place * LEVELS, at * TOLD + (place + 1) * LEVELS);
    count += 1;
    model += pinball(own, came);
    unconditional += pinball(always, came);
    for (const [level, quantile] of own.entries()) if (came <= quantile) below[level] = (below[level] as number) + 1;
  }
  const covered: CardDetails = Object.fromEntries(
    LSTM_LEVELS.map((level, at) => [String(level), told((below[at] as number) / count)]),
  );
  return { losses: { model: model / count, unconditional: unconditional / count }, covered };
}
