/**
 * What the models said of one candle, read by their cards: made once for all tenants. What a tenant may hear of it, and hence
 * what its score is made of, is told by its tier (`membersFor`). Pure.
 */
import type { Regime } from '../indicators/regime/regimes.js';
import type { Timeframe } from '../market/timeframe.js';
import { AS_IS, type Calibration } from '../models/calibration.js';
import { type ModelCard, type ModelKind, SPOKEN_HORIZONS, type SpokenHorizon } from '../models/model-card.js';
import type { EnsembleInput, LeftOut, Member, PooledCalibration } from './ensemble.js';
import type { ModelOutput } from './model-output.js';
import { accuracyOf, type ModelRecords } from './model-record.js';
import type { Absence } from './signal.js';

/** What a model said of one horizon. */
export interface HorizonSaid {
  readonly output: ModelOutput;
  /** How often it has been right of late at this horizon, in the regime of the candle. */
  readonly accuracy: number;
  readonly calibration: Calibration;
}

/** Of our own kinds; asked for outside; or the tenant's own. */
export type SpeakerKind = ModelKind | 'adviser' | 'own';

interface ModelNamed {
  readonly model: string;
  readonly version: string;
  readonly kind: SpeakerKind;
}

export interface DirectionSaid extends ModelNamed {
  readonly horizons: Readonly<Partial<Record<SpokenHorizon, HorizonSaid>>>;
  readonly outlier: number | null;
  readonly outlierMost: number | null;
  readonly expiresAtMs: number | null;
}

/** A model that tells a direction. */
export type ModelSaid = DirectionSaid | (ModelNamed & { readonly leftOut: LeftOut });

/** What a model of shapes saw in the newest candles. */
export interface ShapesSeen {
  readonly model: string;
  readonly version: string;
  /** By name, each by itself. */
  readonly shapes: Readonly<Record<string, number>>;
  /** A direction in `EMBEDDING` dimensions; alike windows point alike. */
  readonly embedding: Float32Array;
}

export interface Prediction {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Start of the candle. */
  readonly time: number;
  /** End of it. */
  readonly atMs: number;
  readonly regime: Regime | undefined;
  readonly said: readonly ModelSaid[];
  readonly shapes: ShapesSeen | undefined;
  /** Maps for averages of several models. */
  readonly pooled: readonly HorizonMap[];
}

/** A map for the average of several models at one horizon. */
export interface HorizonMap extends PooledCalibration {
  readonly horizon: SpokenHorizon;
}

/** Two versions of a model, one of them on trial, are two speakers. */
export function speakerName({ model, version }: Pick<ModelNamed, 'model' | 'version'>): string {
  return `${model}@${version}`;
}

/** Under what the record of a speaker at a horizon is kept. */
export function recordName(speaker: Pick<ModelNamed, 'model' | 'version'>, horizon: SpokenHorizon): string {
  return `${speakerName(speaker)}/${horizon}`;
}

export type ModelOutputs = ReadonlyMap<string, ArrayLike<number>>;

/** Of both sides; what is left, that the price does neither, is said of no side. */
function sidesSaid(row: ArrayLike<number>): ModelOutput {
  const [sell, , buy] = [row[0] as number, row[1] as number, row[2] as number];
  // Where neither side has anything there is nothing to share out: a NaN is no probability, and is refused as such.
  return { kind: 'sides', SELL: sell / (sell + buy), BUY: buy / (sell + buy) };
}

function outputAt(says: Exclude<ModelCard['says'], { kind: 'shapes' }>, row: ArrayLike<number>, place: number): ModelOutput {
  if (says.kind === 'sides') return sidesSaid(row);
  const { levels } = says;
  const values = levels.map((_, at) => row[place * levels.length + at] as number);
  return { kind: 'quantiles', levels, values };
}

/** What a model told of one row. */
export function directionSaid(
  card: ModelCard,
  outputs: ModelOutputs,
  records: ModelRecords,
  regime: Regime | undefined,
): ModelSaid {
  const { name, version, kind, says, outlier, expiresAt } = card;
  const named = { model: name, version: String(version), kind };
  const row = outputs.get(says.output);
  if (says.kind === 'shapes' || row === undefined) return { ...named, leftOut: 'invalid' };
  const horizons = says.horizons.map(({ horizon, calibration }, place): readonly [SpokenHorizon, HorizonSaid] => [
    horizon,
    { output: outputAt(says, row, place), accuracy: accuracyOf(records, recordName(named, horizon), regime), calibration },
  ]);
  const far = outlier === undefined ? undefined : outputs.get(outlier.output)?.[0];
  return {
    ...named,
    horizons: Object.fromEntries(horizons),
    outlier: outlier === undefined ? null : (far ?? Number.NaN),
    outlierMost: outlier?.most ?? null,
    expiresAtMs: Date.parse(expiresAt),
  };
}

/** Undefined where what it told is no embedding. */
export function shapesSeen({ name, version, says }: ModelCard, outputs: ModelOutputs): ShapesSeen | undefined {
  if (says.kind !== 'shapes') return undefined;
  const told = outputs.get(says.output);
  const embedding = Float32Array.from(outputs.get(says.embedding) ?? []);
  if (told === undefined || embedding.length === 0 || !embedding.every(Number.isFinite)) return undefined;
  const shapes = Object.fromEntries(says.names.map((shape, place) => [shape, told[place] as number]));
  return { model: name, version: String(version), shapes, embedding };
}

/** What a tenant's tier lets it hear. */
export interface PredictionRights {
  readonly models: (kind: ModelKind) => boolean;
  readonly horizons: readonly SpokenHorizon[];
  /** Weights by accuracy, and maps for the average; else every model weighs the same. */
  readonly ensemble: boolean;
}

/** What stops and validity are made for. */
export const SIGNAL_HORIZON: SpokenHorizon = '15m';

/** How far ahead a tenant's signals look: as far as its tier lets it, and no further than they are made for. */
export function signalHorizon(allowed: readonly SpokenHorizon[]): SpokenHorizon | undefined {
  const most = SPOKEN_HORIZONS.indexOf(SIGNAL_HORIZON);
  return SPOKEN_HORIZONS.slice(0, most + 1).findLast((horizon) => allowed.includes(horizon));
}

/** Advisers join an ensemble, so they come with it; what a tenant brought itself it may hear. */
function mayHear(kind: SpeakerKind, { models, ensemble }: PredictionRights): boolean {
  if (kind === 'own') return true;
  return kind === 'adviser' ? ensemble : models(kind);
}

function memberFor(said: ModelSaid, horizon: SpokenHorizon | undefined, rights: PredictionRights): Member {
  const { model, version, kind } = said;
  const named = { model, version, adviser: kind === 'adviser' };
  if (!mayHear(kind, rights)) return { ...named, leftOut: 'tier' };
  if ('leftOut' in said) return { ...named, leftOut: said.leftOut };
  const heard = horizon === undefined ? undefined : said.horizons[horizon];
  if (heard === undefined) return { ...named, leftOut: 'tier' };
  const { outlier, outlierMost, expiresAtMs } = said;
  const { output, accuracy, calibration } = heard;
  return { ...named, output, accuracy: rights.ensemble ? accuracy : 0.5, calibration, outlier, outlierMost, expiresAtMs };
}

/** What is asked of an ensemble for one tenant at a candle's end; where there is nothing to ask, why. */
export function membersFor(
  atMs: number,
  prediction: Prediction | undefined,
  rights: PredictionRights,
  own: readonly ModelSaid[] = [],
): EnsembleInput | { readonly absent: Absence } {
  const horizon = signalHorizon(rights.horizons);
  const members = [...(prediction?.said ?? []), ...own].map((said) => memberFor(said, horizon, rights));
  if (members.length === 0) return { absent: 'no model' };
  const calibrations = rights.ensemble
    ? (prediction?.pooled ?? [])
        .filter((pooled) => pooled.horizon === horizon)
        .map(({ models, calibration }) => ({ models, calibration }))
    : [];
  return { atMs, members, calibrations };
}

/** Who is heard, of all that were asked: by kind, so that it can be paid for. */
export function heardKinds(said: readonly ModelSaid[], { members }: EnsembleInput): readonly SpeakerKind[] {
  const heard = new Set(members.flatMap((member) => ('output' in member ? [member.model] : [])));
  return said.flatMap(({ model, kind }) => (heard.has(model) ? [kind] : []));
}

/** What somebody said who has no card: an adviser, or a tenant's own model. */
export function saidWithout(
  named: ModelNamed,
  horizon: SpokenHorizon,
  output: ModelOutput,
  records: ModelRecords,
  regime: Regime | undefined,
): ModelSaid {
  const accuracy = accuracyOf(records, recordName(named, horizon), regime);
  return {
    ...named,
    horizons: { [horizon]: { output, accuracy, calibration: AS_IS } },
    outlier: null,
    outlierMost: null,
    expiresAtMs: null,
  };
}
