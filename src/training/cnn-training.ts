import { CANDLE_NUMBERS } from '../features/candle-numbers.js';
import { CANDLE_STEPS, CANDLES_STAMP } from '../models/candle-window.js';
import type { Dataset } from './dataset.js';
import { type Agreement, judgeEmbedding } from './judge-embedding.js';
import { CANDLE_CLIP, SHAPES, shapesOf, WINDOW_LENGTH, writeRowWindow } from './nets/candle-windows.js';
import { EMBEDDING } from './nets/cnn-net.js';
import { type CnnCheckpoint, type CnnRules, cnnTold, type TrainedCnn, trainCnn } from './nets/train-cnn.js';
import { cnnModel } from './onnx/cnn-graph.js';
import { encodeOnnx } from './onnx/onnx-model.js';
import { outlierMost } from './told.js';
import type { CardDetails, HeldOut, ModelTraining, ModelVerdict, Pulse, TrainedModel, TrainingSetup } from './trained-model.js';
import { metric, told } from './verdicts.js';

export interface FittedCnn {
  readonly net: TrainedCnn;
  readonly rules: CnnRules;
  readonly outlierMost: number;
}

/** What the ten nearest windows agree in, by what the card calls it; the first is what the embedding is taught. */
const NEIGHBOURS = {
  drawnShape: 'of the same drawn shape',
  confirmedShape: 'of the same confirmed shape',
  nextSide: 'gone the same way 15m',
  nextSize: 'gone as far 15m',
  pastSize: 'come from as far 15m',
} as const;
const FEW = { windows: 200, drawings: 110 } as const;
/** Rows with a shape, and without, that a shape's ranking is judged on at least. */
const RANKED_LEAST = 10;

function rulesOf({ effort }: TrainingSetup): CnnRules {
  const rules: CnnRules = {
    channels: [24, 32, 48],
    batch: { drawnShapes: 32, drawnNone: 12, confirmed: 20, any: 32 },
    epochBatches: 150,
    heldBatches: 12,
    nearness: 0.5,
    warmth: 0.15,
    rate: 0.003,
    rateKept: 0.85,
    decay: 0.01,
    gradientMost: 1,
    epochsMost: 16,
    patience: 4,
  };
  if (effort === 'full') return rules;
  const batch = { drawnShapes: 6, drawnNone: 3, confirmed: 3, any: 6 };
  return { ...rules, channels: [4, 4, 6], batch, epochBatches: 3, heldBatches: 1, epochsMost: 1 };
}

export const CNN_TRAINING: ModelTraining<FittedCnn> = { fit, trained };

class TimeUp extends Error {}

async function fit(setup: TrainingSetup, from: unknown, pulse: Pulse): Promise<FittedCnn> {
  const { dataset, train, validation, random } = setup;
  const rules = rulesOf(setup);
  let current = from as CnnCheckpoint | undefined;
  const learn = (epochsMost: number, resume: CnnCheckpoint | undefined): Promise<TrainedCnn> =>
    trainCnn(dataset, { train, validation }, { ...rules, epochsMost }, random, {
      ...(resume === undefined ? {} : { resume }),
      stepped: ({ epoch, done, of }) => void pulse(progressOf(rules, epoch - 1 + done / of, current), () => current),
      checkpoint: (checkpoint) => {
        current = checkpoint;
        if (!pulse(progressOf(rules, checkpoint.epoch, current), () => current)) throw new TimeUp();
      },
    });
  let net: TrainedCnn;
  try {
    net = await learn(rules.epochsMost, current);
  } catch (error) {
    const kept = current;
    if (!(error instanceof TimeUp) || kept === undefined) throw error;
    // From where it stands, with no epoch left: what was best is made into a net.
    net = await learn(kept.epoch, kept);
  }
  return { net, rules, outlierMost: outlierMost(distances(dataset, validation.rows)) };
}

function progressOf({ epochsMost }: CnnRules, done: number, checkpoint: CnnCheckpoint | undefined) {
  return { done, of: epochsMost, validationLoss: checkpoint?.best?.validationLoss ?? Number.NaN };
}

/** Of a window as it is scaled: every price of it has a value. */
function distances(dataset: Dataset, rows: Int32Array): Float64Array {
  const window = new Float32Array(WINDOW_LENGTH);
  return Float64Array.from(rows, (row) => {
    writeRowWindow(dataset, row, window, 0);
    return Math.min(CANDLE_CLIP, Math.sqrt(window.reduce((sum, value) => sum + value * value, 0) / WINDOW_LENGTH));
  });
}

function trained(setup: TrainingSetup, { net, rules, outlierMost: most }: FittedCnn): TrainedModel {
  return {
    graph: encodeOnnx(cnnModel(net, { name: 'cnn', metadata: {} })),
    card: {
      kind: 'cnn',
      columns: { set: 'candles', ...CANDLES_STAMP },
      input: { name: 'candles', type: 'float64', row: [CANDLE_STEPS, CANDLE_NUMBERS.length] },
      outputs: [
        { name: 'distance', type: 'float32', row: [] },
        { name: 'embedding', type: 'float32', row: [EMBEDDING] },
        { name: 'probabilities', type: 'float32', row: [SHAPES.length] },
      ],
      says: { kind: 'shapes', output: 'probabilities', names: [...SHAPES], embedding: 'embedding' },
      outlier: { output: 'distance', most },
    },
    details: {
      search: [{ rules: { ...rules, channels: [...rules.channels], batch: { ...rules.batch } }, epoch: net.epoch, chosen: true }],
    },
    judge: (heldOut) => judgeCnn(setup, net, heldOut),
  };
}

async function judgeCnn(setup: TrainingSetup, net: TrainedCnn, { dataset, rows, random }: HeldOut): Promise<ModelVerdict> {
  const { probabilities } = await cnnTold(net, dataset, rows);
  const shapes = Int32Array.from(rows, (row) => shapesOf(dataset, row));
  const trainShapes = Int32Array.from(setup.train.rows, (row) => shapesOf(setup.dataset, row));
  const ranked = SHAPES.map((name, place) => ({ name, ...rankingOf(probabilities, shapes, place) }));
  const judged = ranked.filter(({ rows: count }) => Math.min(count, rows.length - count) >= RANKED_LEAST);
  const ranking = judged.reduce((sum, one) => sum + one.ranking, 0) / judged.length;
  const losses = shapeLosses(probabilities, shapes, trainShapes);
  const embedding = await judgeEmbedding(
    net,
    dataset,
    rows,
    random.fork('embedding'),
    setup.effort === 'quick' ? FEW : undefined,
  );
  const agreements = Object.entries(NEIGHBOURS).flatMap(([key, name]) => {
    const found = embedding[key as keyof typeof NEIGHBOURS];
    return found === undefined ? [] : [{ name, found }];
  });
  return {
    metrics: [
      ...metric('shape ranking', 'higher', ranking, { chance: 0.5 }),
      ...metric('shape log-loss', 'lower', losses.model, { always: losses.always }),
      ...agreements.flatMap(({ name, found }) => metric(`neighbours ${name}`, 'higher', found.nearest, { chance: found.chance })),
    ],
    details: {
      rows: rows.length,
      shapes: Object.fromEntries(
        ranked.map(({ name, rows: count, ranking: own }) => [name, { rows: count, ranking: told(own) }]),
      ),
      neighbours: Object.fromEntries(agreements.map(({ name, found }) => [name, toldAgreement(found)])),
    },
  };
}

function toldAgreement({ windows, above }: Agreement): CardDetails {
  return { windows, above: { low: told(above.low), high: told(above.high) } };
}

/** How often a window with the shape is told a higher probability of it than one without; equal ones count half. */
export function rankingOf(
  probabilities: Float32Array,
  shapes: Int32Array,
  place: number,
): { readonly rows: number; readonly ranking: number } {
  const order = Int32Array.from(shapes.keys());
  const toldOf = (row: number): number => probabilities[row * SHAPES.length + place] as number;
  order.sort((a, b) => toldOf(a) - toldOf(b));
  let [withShape, below, sum] = [0, 0, 0];
  for (let at = 0; at < order.length; ) {
    const value = toldOf(order[at] as number);
    let [here, others] = [0, 0];
    for (; at < order.length && toldOf(order[at] as number) === value; at++) {
      if (((shapes[order[at] as number] as number) >> place) & 1) here += 1;
      else others += 1;
    }
    sum += here * (below + others / 2);
    below += others;
    withShape += here;
  }
  return { rows: withShape, ranking: sum / (withShape * below) };
}

const LEAST_SHARE = 1e-6;

/** Mean over shapes and rows, beside telling each shape's share of the training part. */
function shapeLosses(probabilities: Float32Array, shapes: Int32Array, trainShapes: Int32Array) {
  const shares = SHAPES.map(
    (_, place) => (trainShapes.reduce((sum, bits) => sum + ((bits >> place) & 1), 0) + 1) / (trainShapes.length + 2),
  );
  let [model, always] = [0, 0];
  for (const [row, bits] of shapes.entries()) {
    for (const [place, share] of shares.entries()) {
      const there = ((bits >> place) & 1) === 1;
      const own = probabilities[row * SHAPES.length + place] as number;
      model -= Math.log(Math.max(LEAST_SHARE, there ? own : 1 - own));
      always -= Math.log(there ? share : 1 - share);
    }
  }
  const count = shapes.length * SHAPES.length;
  return { model: model / count, always: always / count };
}
