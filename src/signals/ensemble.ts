/**
 * From what several models say of one candle to the ML part of a score: 100 · the probability of each side, calibrated and
 * never stretched. Each member is calibrated by its own map, they are averaged by their weights, and where a map was fitted
 * for just the models that are left, that is applied to the average. A member that is left out says why, and the weights of
 * the others renormalise. Pure, and its input is plain: what is kept of it gives the same numbers again.
 */
import { type Calibration, calibrate, calibrationFault } from '../models/calibration.js';
import { isOutput, type ModelOutput, type SidedProbability, sidesOf, spreadOf } from './model-output.js';
import { weightOf } from './model-record.js';
import type { SidedScore } from './score.js';
import type { Absence, Direction } from './signal.js';

/** Why a model has no part in a prediction. Kept with signals, so none is renamed. */
export const LEFT_OUT = [
  'no model',
  /** Not among the models of the tenant's tier. */
  'tier',
  'off',
  /** Nothing came within its deadline. */
  'slow',
  'failed',
  /** It failed so often that it is not asked for a while. */
  'resting',
  /** It was trained on another feature catalogue. */
  'other catalogue',
  /** Its input is not whole: features are not ready. */
  'not ready',
  /** An adviser has used up what it may cost. */
  'over budget',
  /** It was trained too long ago. */
  'expired',
  /** The market is unlike what it was trained on. */
  'outlier',
  /** It answered what is no probability. */
  'invalid',
] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

interface ModelName {
  readonly model: string;
  readonly version: string;
  /** An adviser from outside joins models and never speaks alone. */
  readonly adviser: boolean;
}

/** What a model said, and what it is judged by. */
export interface MemberSaid extends ModelName {
  readonly output: ModelOutput;
  /** How often it has been right of late, in this regime. */
  readonly accuracy: number;
  readonly calibration: Calibration;
  /** Distance of its input from what it was trained on, and the most at which it is heard; null where that is not known. */
  readonly outlier: number | null;
  readonly outlierMost: number | null;
  readonly expiresAtMs: number | null;
}

export type Member = MemberSaid | (ModelName & { readonly leftOut: LeftOut });

/** A map that was fitted for the average of just these models. */
export interface PooledCalibration {
  readonly models: readonly string[];
  readonly calibration: Calibration;
}

export interface EnsembleInput {
  /** End of the candle. */
  readonly atMs: number;
  readonly members: readonly Member[];
  readonly calibrations: readonly PooledCalibration[];
}

/** A model's part in the result. */
export type MemberPart = Pick<ModelName, 'model' | 'version'> &
  (
    | { readonly leftOut: LeftOut }
    /** Its share of all weights, and its calibrated probabilities. */
    | { readonly share: number; readonly probability: SidedProbability }
  );

export type Ensemble = {
  readonly members: readonly MemberPart[];
  /** How far the members' probabilities of a rise lie from their average, and the widest spread that one of them gave. */
  readonly disagreement: number;
  readonly spread: number | undefined;
} & (
  | { readonly scores: SidedScore; readonly calibrated: PooledCalibration | undefined }
  | { readonly scores: undefined; readonly absent: Absence }
);

/** Why a member is not heard; undefined where it is. */
function gate(member: Member, atMs: number): LeftOut | undefined {
  if ('leftOut' in member) return member.leftOut;
  const { output, outlier, outlierMost, expiresAtMs, accuracy, calibration } = member;
  if (!isOutput(output) || !(accuracy >= 0 && accuracy <= 1) || calibrationFault(calibration) !== undefined) return 'invalid';
  if (expiresAtMs !== null && atMs >= expiresAtMs) return 'expired';
  // A distance that is no number is none that could be trusted.
  if (outlier !== null && outlierMost !== null && !(outlier <= outlierMost)) return 'outlier';
  return undefined;
}

function bothSides(of: (side: Direction) => number): SidedProbability {
  return { BUY: of('BUY'), SELL: of('SELL') };
}

/** The sides exclude each other: what two maps made of them may be more than certain together. */
function withinOne({ BUY, SELL }: SidedProbability): SidedProbability {
  const over = Math.max(1, BUY + SELL);
  return { BUY: BUY / over, SELL: SELL / over };
}

interface Heard {
  readonly member: MemberSaid;
  readonly weight: number;
  readonly probability: SidedProbability;
}

function hear(member: MemberSaid): Heard {
  const said = sidesOf(member.output);
  const probability = withinOne(bothSides((side) => calibrate(member.calibration, said[side])));
  return { member, weight: weightOf(member.accuracy), probability };
}

function mean(heard: readonly Heard[], of: (one: Heard) => number): number {
  let sum = 0;
  let weights = 0;
  for (const one of heard) {
    sum += one.weight * of(one);
    weights += one.weight;
  }
  return sum / weights;
}

const sorted = (names: readonly string[]): string => [...names].sort().join(' ');

function fittedFor(heard: readonly Heard[], calibrations: readonly PooledCalibration[]): PooledCalibration | undefined {
  const names = sorted(heard.map(({ member }) => member.model));
  return calibrations.find(({ models, calibration }) => sorted(models) === names && calibrationFault(calibration) === undefined);
}

function silence(members: readonly MemberPart[]): Absence {
  const asked = members.filter((member) => !('leftOut' in member && member.leftOut === 'no model'));
  if (asked.length === 0) return 'no model';
  return asked.every((member) => 'leftOut' in member && member.leftOut === 'tier') ? 'tier' : 'left out';
}

function partsOf(members: readonly Member[], gates: readonly (LeftOut | undefined)[], heard: readonly Heard[]): MemberPart[] {
  const weights = heard.reduce((sum, { weight }) => sum + weight, 0);
  let next = 0;
  return members.map(({ model, version }, at) => {
    const leftOut = gates[at];
    if (leftOut !== undefined) return { model, version, leftOut };
    const { weight, probability } = heard[next++] as Heard;
    return { model, version, share: weight / weights, probability };
  });
}

/** The ML part at a candle's close, and what each model had to do with it. */
export function ensemble({ atMs, members, calibrations }: EnsembleInput): Ensemble {
  const gates = members.map((member) => gate(member, atMs));
  const heard = members.flatMap((member, at) => (gates[at] === undefined && 'output' in member ? [hear(member)] : []));
  const parts = partsOf(members, gates, heard);
  const spreads = heard.flatMap(({ member }) => spreadOf(member.output) ?? []);
  const spread = spreads.length === 0 ? undefined : Math.max(...spreads);
  if (!heard.some(({ member }) => !member.adviser))
    return { members: parts, disagreement: 0, spread, scores: undefined, absent: silence(parts) };
  const pooled = bothSides((side) => mean(heard, ({ probability }) => probability[side]));
  const disagreement = Math.sqrt(mean(heard, ({ probability }) => (probability.BUY - pooled.BUY) ** 2));
  const calibrated = fittedFor(heard, calibrations);
  const { BUY, SELL } =
    calibrated === undefined ? pooled : withinOne(bothSides((side) => calibrate(calibrated.calibration, pooled[side])));
  return { members: parts, disagreement, spread, scores: { BUY: 100 * BUY, SELL: 100 * SELL }, calibrated };
}
