/** A tenant's own model: what its file must hold to be let in, and the card that is kept of it. */
import { z } from 'zod';
import { SuhoError } from '../errors.js';
import { assertSameCatalogue, CATALOGUE_STAMP } from '../features/catalogue-version.js';
import { COLUMNS } from '../indicators/registry.js';
import { LIMITS } from '../limits.js';
import { type GraphPort, readOnnxGraph } from './onnx-graph.js';
import type { Timeframe } from '../market/timeframe.js';
import { SPOKEN_HORIZONS, type SpokenHorizon } from './model-card.js';

const SHARE = z.number().gt(0).lt(1);
const SAYS = z.discriminatedUnion('kind', [
  /** Probabilities of SELL, HOLD and BUY, in this order. */
  z.strictObject({ kind: z.literal('sides'), output: z.string() }),
  /** Of the return over the horizon, in atr_14 at the close. */
  z.strictObject({ kind: z.literal('quantiles'), output: z.string(), levels: z.array(SHARE).min(2) }),
]);
const CARD = z.strictObject({
  format: z.literal(1),
  horizon: z.enum(SPOKEN_HORIZONS),
  catalogue: z.strictObject({ version: z.int(), hash: z.string() }),
  input: z.strictObject({
    name: z.string(),
    type: z.enum(['float32', 'float64']),
    /** Vectors that it is given, the newest last. */
    steps: z.int().min(1).max(LIMITS.ownModels.steps),
    /** Whether one vector comes as a window of one. */
    windowed: z.boolean(),
  }),
  says: SAYS,
  graph: z.strictObject({
    bytes: z.int(),
    nodes: z.int(),
    initializerBytes: z.int(),
    operators: z.array(z.string()),
  }),
  /** What its trial took; null before one. */
  trial: z.strictObject({ loadMs: z.number(), runMs: z.number() }).nullable(),
});

export type OwnModelCard = z.infer<typeof CARD>;
export type OwnModelSays = OwnModelCard['says'];

/** A tenant's model under its name and version, without its graph. */
export interface OwnModelEntry {
  readonly name: string;
  readonly version: number;
  /** Whose candles it reads. */
  readonly timeframe: Timeframe;
  /** Of the graph. */
  readonly sha256: string;
  readonly card: OwnModelCard;
}

const OWN_INPUT = 'vectors';
/** The output is known by its name. */
const OWN_OUTPUTS = { sides: 'probabilities', quantiles: 'quantiles' } as const;
const LEVELS_KEY = 'suho.quantile.levels';
const HASH_KEY = 'suho.catalogue.hash';
const VERSION_KEY = 'suho.catalogue.version';
const SIDES = 3;

function unfit(what: string): SuhoError {
  return new SuhoError('INPUT_INVALID', `the model does not fit: ${what}`);
}

function portText({ name, type, shape }: GraphPort): string {
  return `${name} ${type}[${shape.map((size) => size ?? 'any').join(', ')}]`;
}

function inputOf(inputs: readonly GraphPort[]): OwnModelCard['input'] {
  const [input, ...more] = inputs;
  const wanted = `one input ${OWN_INPUT} of float32 or float64, [batch, ${COLUMNS.length}] or [batch, steps, ${COLUMNS.length}] with 1 to ${LIMITS.ownModels.steps} steps`;
  const found = inputs.map(portText).join(', ') || 'none';
  const wrong = unfit(`it has ${wanted}; found: ${found}`);
  if (input === undefined || more.length > 0 || input.name !== OWN_INPUT) throw wrong;
  const { name, type, shape } = input;
  const [batch, ...row] = shape;
  const steps = row.length === 2 ? row[0] : 1;
  const whole = (row.length === 1 || row.length === 2) && row.at(-1) === COLUMNS.length && (batch === undefined || batch === 1);
  const counted = steps !== undefined && Number.isInteger(steps) && steps >= 1 && steps <= LIMITS.ownModels.steps;
  if (!whole || !counted || (type !== 'float32' && type !== 'float64')) throw wrong;
  return { name, type, steps, windowed: row.length === 2 };
}

function levelsOf(told: string | undefined): readonly number[] {
  const levels = (told ?? '').split(',').map((level) => (level.trim() === '' ? Number.NaN : Number(level)));
  const rising = levels.every((level, at) => level > (levels[at - 1] ?? 0) && level < 1);
  if (!rising || levels.length < 2 || levels.length > LIMITS.ownModels.levels)
    throw unfit(
      `its metadata ${LEVELS_KEY} tells 2 to ${LIMITS.ownModels.levels} levels that rise between 0 and 1, like 0.05,0.25,0.5,0.75,0.95`,
    );
  return levels;
}

function saysOf(outputs: readonly GraphPort[], metadata: Readonly<Record<string, string>>): OwnModelSays {
  const named = (name: string): GraphPort | undefined => outputs.find((output) => output.name === name);
  const sides = named(OWN_OUTPUTS.sides);
  const output = sides ?? named(OWN_OUTPUTS.quantiles);
  const found = outputs.map(portText).join(', ') || 'none';
  if (output === undefined || (sides !== undefined && named(OWN_OUTPUTS.quantiles) !== undefined))
    throw unfit(`it has one output named ${OWN_OUTPUTS.sides} or ${OWN_OUTPUTS.quantiles}; found: ${found}`);
  const levels = sides === undefined ? levelsOf(metadata[LEVELS_KEY]) : [];
  const width = sides === undefined ? levels.length : SIDES;
  const [batch, size, ...more] = output.shape;
  // A size that the file leaves open is seen in the trial.
  const open = output.shape.length === 0;
  const fits = open || (more.length === 0 && (batch === undefined || batch === 1) && (size === undefined || size === width));
  if (!fits || (output.type !== 'float32' && output.type !== 'float64'))
    throw unfit(`its output is ${portText(output)}, not float32 or float64 [batch, ${width}]`);
  return sides === undefined
    ? { kind: 'quantiles', output: output.name, levels: [...levels] }
    : { kind: 'sides', output: output.name };
}

/** How many numbers it says. */
export function widthOfSays(says: OwnModelSays): number {
  return says.kind === 'sides' ? SIDES : says.levels.length;
}

/** How many numbers it is given. */
export function widthOfWindow({ input }: Pick<OwnModelCard, 'input'>): number {
  return input.steps * COLUMNS.length;
}

/** Probabilities come in single precision. */
const SLACK = 1e-5;

/** What is wrong with what a model said; undefined where nothing is. */
export function outputFault(says: OwnModelSays, values: ArrayLike<number>): string | undefined {
  const told = Array.from(values);
  const shown = `it said ${told.map((value) => Number(value.toPrecision(4))).join(', ')}`;
  if (told.length !== widthOfSays(says)) return `${shown}, which is not ${widthOfSays(says)} numbers`;
  if (!told.every(Number.isFinite)) return `${shown}, which is not all numbers`;
  if (says.kind === 'quantiles') return undefined;
  const sum = told.reduce((total, value) => total + value, 0);
  return told.some((value) => value < 0) || Math.abs(sum - 1) > SLACK ? `${shown}, which are no probabilities` : undefined;
}

/** The card of what the file holds; INPUT_INVALID or CATALOGUE_MISMATCH where it is not let in. */
export function checkOwnModel(bytes: Uint8Array, horizon: SpokenHorizon): OwnModelCard {
  const { metadata, inputs, outputs, nodes, initializerBytes, operators } = readOnnxGraph(bytes);
  const { [HASH_KEY]: hash, [VERSION_KEY]: version } = metadata;
  if (hash === undefined || version === undefined)
    throw unfit(`its metadata does not tell ${HASH_KEY} and ${VERSION_KEY} of the columns that it was trained on`);
  assertSameCatalogue('the model', { version: Number(version), hash });
  return {
    format: 1,
    horizon,
    catalogue: CATALOGUE_STAMP,
    input: inputOf(inputs),
    says: saysOf(outputs, metadata),
    graph: { bytes: bytes.length, nodes, initializerBytes, operators: [...operators] },
    trial: null,
  };
}

/** A card as it was kept. */
export function parseOwnCard(value: unknown): OwnModelCard {
  const parsed = CARD.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SuhoError('INPUT_INVALID', `a model’s card is wrong at ${issue?.path.join('.')}: ${issue?.message}`);
}
