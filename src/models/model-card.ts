/** What is told of a model, beside its graph: what it reads and says, what it was made of, and how good it was where it counts. */
import { z } from 'zod';
import { SuhoError, sentence } from '../errors.js';
import { CATALOGUE_STAMP, type CatalogueStamp } from '../features/catalogue-version.js';
import { TIMEFRAMES } from '../market/timeframe.js';
import { type Calibration, calibrationFault } from './calibration.js';
import { CANDLES_STAMP } from './candle-window.js';

export const MODEL_KINDS = ['lstm', 'cnn', 'trees', 'meta'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What a model may be given the columns of; a card tells which it was trained on. */
export const COLUMN_SETS = { catalogue: CATALOGUE_STAMP, candles: CANDLES_STAMP } as const satisfies Readonly<
  Record<string, CatalogueStamp>
>;
export type ColumnSet = keyof typeof COLUMN_SETS;

/** How far ahead a prediction may look. */
export const SPOKEN_HORIZONS = ['1m', '5m', '15m', '1h'] as const;
export type SpokenHorizon = (typeof SPOKEN_HORIZONS)[number];

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');
const COUNT = z.int().min(0);
const NAME = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a name of small letters, digits and single dashes');
const SPAN = z
  .strictObject({ from: z.iso.datetime(), to: z.iso.datetime(), rows: COUNT })
  .refine(({ from, to }) => Date.parse(from) <= Date.parse(to), 'a span ends after it starts');
const PORT = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['float32', 'float64', 'int64']),
  /** Without the batch. */
  row: z.array(z.int().min(1)),
});

const SHARE = z.number().min(0).max(1);
export const CALIBRATION = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('as is') }),
    z.strictObject({ kind: z.literal('platt'), slope: z.number(), offset: z.number() }),
    z.strictObject({ kind: z.literal('isotonic'), from: z.array(SHARE).readonly(), to: z.array(SHARE).readonly() }),
  ])
  .superRefine((calibration: Calibration, context) => {
    const fault = calibrationFault(calibration);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
/** How far ahead a model looks, and the map from what it told of either side to how often that side came, on validation data. */
const AHEAD = z.strictObject({ horizon: z.enum(SPOKEN_HORIZONS), calibration: CALIBRATION });

/**
 * How a model's outputs are read. A side has come when the price at the horizon's end lies on it; what is told of it is its
 * share of what is told of both.
 */
const SAYS = z.discriminatedUnion('kind', [
  /** Probabilities of SELL, HOLD and BUY, in this order, at one horizon. */
  z.strictObject({ kind: z.literal('sides'), output: z.string().min(1), horizons: z.array(AHEAD).length(1) }),
  /** Of the return over each horizon, in atr_14 at the close: a row of quantiles per horizon, rising with their levels. */
  z.strictObject({
    kind: z.literal('quantiles'),
    output: z.string().min(1),
    levels: z.array(SHARE).min(2),
    horizons: z.array(AHEAD).min(1),
  }),
  /** Probabilities of shapes, each by itself, and a direction in 128 dimensions by which alike windows are found. */
  z.strictObject({
    kind: z.literal('shapes'),
    output: z.string().min(1),
    names: z.array(z.string().min(1)).min(1),
    embedding: z.string().min(1),
  }),
]);

/** What every card has, that of an ensemble too (ensemble-card.ts). */
export const MODEL_CARD_PARTS = {
  /** A newer version takes the place of the one that answers under this name. */
  name: NAME,
  version: z.int().min(1),
  timeframe: z.enum(TIMEFRAMES),
  data: z
    .array(z.strictObject({ symbol: z.string().min(1), source: z.string().min(1), licence: z.string().min(1), candles: COUNT }))
    .min(1),
  split: z
    .strictObject({ train: SPAN, validation: SPAN, test: SPAN, purgedRows: COUNT })
    .refine(
      ({ train, validation, test }) =>
        Date.parse(train.to) < Date.parse(validation.from) && Date.parse(validation.to) < Date.parse(test.from),
      'training, validation and test follow one another',
    ),
  /** On the test part, which was read once, beside what knows nothing reaches there; versions are compared by the first. */
  metrics: z.array(
    z.strictObject({
      name: z.string().min(1),
      better: z.enum(['higher', 'lower']),
      model: z.number(),
      baselines: z.record(z.string(), z.number()),
    }),
  ),
  trainedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  sha256: SHA256,
  /** What only its kind has: importances, a reliability curve, the distribution that it was trained on. */
  details: z.record(z.string(), z.json()).optional(),
} as const;

const CARD = z.strictObject({
  /** Of the card's own layout. */
  format: z.literal(1),
  name: MODEL_CARD_PARTS.name,
  kind: z.enum(MODEL_KINDS),
  version: MODEL_CARD_PARTS.version,
  timeframe: MODEL_CARD_PARTS.timeframe,
  columns: z.strictObject({
    set: z.enum(Object.keys(COLUMN_SETS) as [ColumnSet, ...ColumnSet[]]),
    version: z.int().min(1),
    hash: SHA256,
  }),
  input: PORT,
  outputs: z.array(PORT).min(1),
  says: SAYS,
  /** An output that tells how far a row lies from what was trained on, and beyond which the model is not heard. */
  outlier: z.strictObject({ output: z.string().min(1), most: z.number().positive() }).optional(),
  data: MODEL_CARD_PARTS.data,
  split: MODEL_CARD_PARTS.split,
  metrics: MODEL_CARD_PARTS.metrics,
  trainedAt: MODEL_CARD_PARTS.trainedAt,
  expiresAt: MODEL_CARD_PARTS.expiresAt,
  /** Of the graph. */
  sha256: SHA256,
  details: MODEL_CARD_PARTS.details,
});

export type ModelCard = z.infer<typeof CARD>;

/** `where` is for the sentence: a file's name. */
export function parseCard<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuhoError('INPUT_INVALID', `${where} is not JSON: ${sentence(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SuhoError('INPUT_INVALID', `${where}: ${issue?.path.join('.')}: ${issue?.message}`);
}

export function parseModelCard(text: string, where: string): ModelCard {
  return parseCard(CARD, text, where);
}

/** As people and logs name it. */
export function modelName({ name, version }: Pick<ModelCard, 'name' | 'version'>): string {
  return `${name}@${version}`;
}
