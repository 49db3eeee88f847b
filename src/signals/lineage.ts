/**
 * What a decision was made of: every input that it read, as plain values, so that the same score, parts and stops come out of
 * it again, to the last bit. Nothing that follows from something else is kept: weights, shares, probabilities and the success
 * of neighbours are worked out anew, so a derivation that is shown is one that was carried out.
 */
import { type DeciderInput, type DeciderSettings, type DeciderState, type Decided, decide } from './decider.js';
import { type Ensemble, type EnsembleInput, ensemble, type Member, type MemberSaid } from './ensemble.js';
import { type PatternNeighbour, type PatternPart, type PatternQuestion, patternPart, patternQuestion } from './pattern-part.js';
import { embeddingText } from './lineage-embedding.js';
import { canReach, type SidedScore } from './score.js';
import type { Absence, AbsentParts, Directions } from './signal.js';
import type { StopInputs } from './stop-distances.js';
import { technicalPart, technicalScores, type TechnicalValues } from './technical.js';

/** Raised when the same record would come to another decision. */
const LINEAGE_VERSION = 1;

interface Silent {
  readonly absent: Absence;
}

/** What is known at a candle's close, before anything is made of it. */
export interface Evidence {
  /** Start of the candle, UTC ms. */
  readonly time: number;
  readonly close: number;
  readonly values: TechnicalValues;
  readonly stops: StopInputs;
  readonly models: EnsembleInput | Silent;
  /** The nearest patterns of the tenant's own history, as its store found them. */
  readonly neighbours: readonly PatternNeighbour[] | Silent;
  readonly live?: Directions;
  /** Of the newest candles, and the model that made it: what neighbours were looked for by. */
  readonly embedding?: { readonly vector: Float32Array; readonly model: string };
}

/** JSON and MessagePack give it back as it is: it holds no NaN, no undefined and no −0. */
export interface Lineage {
  readonly version: typeof LINEAGE_VERSION;
  readonly settings: DeciderSettings;
  /** The side that stood at or above the threshold at the close before. */
  readonly above: DeciderState['above'];
  readonly time: number;
  readonly close: number;
  readonly values: TechnicalValues;
  readonly atr: number;
  readonly regime: NonNullable<StopInputs['regime']> | null;
  readonly live: Directions;
  readonly models: EnsembleInput | Silent;
  readonly neighbours: readonly PatternNeighbour[] | Silent;
  /** As text, and the model that made it: by it the pattern of an executed signal is kept (lineage-embedding.ts). */
  readonly embedding?: string;
  readonly embedder?: string;
}

/** A decision, and the steps that led to it. */
export interface Derivation {
  readonly decided: Decided;
  readonly ml: Ensemble | Silent;
  readonly pattern: PatternPart | Silent;
}

export interface Judged extends Decided {
  /** Of the decisions, as JSON text: written once, however many accounts it goes to. Undefined where there are none. */
  readonly lineage: string | undefined;
}

function mlOf({ models }: Evidence): Ensemble | Silent {
  return 'absent' in models ? models : ensemble(models);
}

function patternOf({ symbol, timeframe }: DeciderSettings, { neighbours }: Evidence): PatternPart | Silent {
  if ('absent' in neighbours) return neighbours;
  return patternPart(symbol, timeframe, neighbours) ?? { absent: 'no neighbour' };
}

function derive(settings: DeciderSettings, state: DeciderState, evidence: Evidence): Derivation {
  const ml = mlOf(evidence);
  const pattern = patternOf(settings, evidence);
  const absent: AbsentParts = {
    ...('absent' in ml ? { ml: ml.absent } : {}),
    ...('absent' in pattern ? { pattern: pattern.absent } : {}),
  };
  const { time, close, values, stops, live } = evidence;
  const input: DeciderInput = {
    time,
    close,
    values,
    stops,
    absent,
    ml: 'scores' in ml ? ml.scores : undefined,
    pattern: 'scores' in pattern ? pattern.scores : undefined,
    ...(live === undefined ? {} : { live }),
  };
  return { decided: decide(settings, state, input), ml, pattern };
}

/**
 * What the tenant's store is to be asked for at a close; undefined where whatever it found could make no signal, or where the
 * candle cannot be judged at all.
 */
export function neededPatterns(settings: DeciderSettings, evidence: Omit<Evidence, 'neighbours'>): PatternQuestion | undefined {
  const { close, values, stops, models } = evidence;
  const technical = stops.atr > 0 ? technicalPart(close, values) : undefined;
  if (technical === undefined) return undefined;
  const ml: SidedScore | undefined = 'absent' in models ? undefined : ensemble(models).scores;
  const known = { ml, technical: technicalScores(technical) };
  if (!canReach(known, ['pattern'], settings.thresholds)) return undefined;
  return patternQuestion(settings.symbol, settings.timeframe);
}

/** A member whose figures are no numbers keeps the reason for which it was left out, and not those figures. */
function keptModels({ models }: Evidence, ml: Ensemble | Silent): Lineage['models'] {
  if ('absent' in models || !('members' in ml)) return models;
  const members = models.members.map((member, at): Member => {
    const part = ml.members[at];
    if (part === undefined || !('leftOut' in part) || 'leftOut' in member) return member;
    const { model, version, adviser } = member;
    return part.leftOut !== 'invalid' && sayable(member) ? member : { model, version, adviser, leftOut: part.leftOut };
  });
  const calibrations = 'calibrated' in ml && ml.calibrated !== undefined ? [ml.calibrated] : [];
  return { ...models, members, calibrations };
}

function sayable({ outlier, outlierMost, expiresAtMs }: MemberSaid): boolean {
  return [outlier ?? 0, outlierMost ?? 0, expiresAtMs ?? 0].every(Number.isFinite);
}

/** Of what the store found only what counts, and of that only what is read. */
function keptNeighbours(evidence: Evidence, pattern: PatternPart | Silent): Lineage['neighbours'] {
  if ('absent' in pattern || 'absent' in evidence.neighbours) return 'absent' in pattern ? pattern : [];
  const counted = new Set(pattern.neighbours.map(({ id }) => id));
  return evidence.neighbours
    .filter(({ item }) => counted.has(item.id))
    .map(({ certainty, item: { id, timeframe, symbolClass, direction, trades, wins } }) => ({
      certainty,
      item: { id, timeframe, symbolClass, direction, trades, wins },
    }));
}

function lineageOf(
  settings: DeciderSettings,
  { above }: DeciderState,
  evidence: Evidence,
  { ml, pattern }: Omit<Derivation, 'decided'>,
): string {
  const { time, close, values, stops, embedding, live = { BUY: false, SELL: false } } = evidence;
  const { tenantId, strategy, symbol, timeframe, thresholds } = settings;
  const kept: Lineage = {
    version: LINEAGE_VERSION,
    settings: { tenantId, strategy, symbol, timeframe, thresholds },
    above,
    time,
    close,
    values,
    atr: stops.atr,
    regime: stops.regime ?? null,
    live,
    models: keptModels(evidence, ml),
    neighbours: keptNeighbours(evidence, pattern),
    ...(embedding === undefined ? {} : { embedding: embeddingText(embedding.vector), embedder: embedding.model }),
  };
  return JSON.stringify(kept);
}

/** Judges one candle by all that is known of it, and keeps what the decision was made of. */
export function judge(settings: DeciderSettings, state: DeciderState, evidence: Evidence): Judged {
  const { decided, ...parts } = derive(settings, state, evidence);
  const lineage = decided.decisions.length === 0 ? undefined : lineageOf(settings, state, evidence, parts);
  return { ...decided, lineage };
}

/** The decision again, from what was kept of it. */
export function recompute(lineage: Lineage): Derivation {
  const { settings, above, time, close, values, atr, regime, live, models, neighbours } = lineage;
  const stops: StopInputs = { atr, regime: regime ?? undefined };
  // Whatever was judged before it, it was later than that.
  const state: DeciderState = { time: Number.NEGATIVE_INFINITY, above };
  return derive(settings, state, { time, close, values, stops, live, models, neighbours });
}

/** Whether what was read back is of this version. */
export function isLineage(value: unknown): value is Lineage {
  return typeof value === 'object' && value !== null && (value as Partial<Lineage>).version === LINEAGE_VERSION;
}
