import type { AbsentParts, Direction, PartName, ScoreParts, Strength } from './signal.js';

/** What a part says for either side, 0..100. */
export type SidedScore = Readonly<Record<Direction, number>>;

/** The parts that have something to say; one that has not is absent. */
export interface SidedParts {
  readonly ml?: SidedScore | undefined;
  readonly pattern?: SidedScore | undefined;
  readonly technical?: SidedScore | undefined;
}

/** A score at or above these is STRONG or MODERATE; below both, no signal. A tenant's setting. */
export interface Thresholds {
  readonly strong: number;
  readonly moderate: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { strong: 75, moderate: 60 };

/** In tenths: whole weights keep a score of three equal parts exactly that, so that `>=` means what it says. */
export const WEIGHTS = { ml: 4, pattern: 4, technical: 2 } as const;
export const PARTS = ['ml', 'pattern', 'technical'] as const satisfies readonly PartName[];

/** With fewer parts than this a signal is never STRONG: one witness does not make it so. */
const STRONG_PARTS = 2;

export interface Score {
  /** The side with the higher score; none where they are equal. */
  readonly direction: Direction | undefined;
  readonly score: number;
  /** The winner's parts, those with nothing to say left out. */
  readonly parts: ScoreParts;
}

/** The score of one side: the weighted mean of the parts that are there. */
function sideScore(parts: SidedParts, side: Direction): number {
  let sum = 0;
  let weights = 0;
  for (const name of PARTS) {
    const part = parts[name];
    if (part === undefined) continue;
    sum += WEIGHTS[name] * part[side];
    weights += WEIGHTS[name];
  }
  return sum / weights;
}

function partsOf(parts: SidedParts, side: Direction): ScoreParts {
  const named = PARTS.flatMap((name) => {
    const part = parts[name];
    return part === undefined ? [] : [[name, part[side]] as const];
  });
  return Object.fromEntries(named);
}

/** The hybrid score of both sides, the higher one winning; undefined where no part has anything to say. */
export function hybridScore(parts: SidedParts): Score | undefined {
  if (PARTS.every((name) => parts[name] === undefined)) return undefined;
  const buy = sideScore(parts, 'BUY');
  const sell = sideScore(parts, 'SELL');
  const side = buy >= sell ? 'BUY' : 'SELL';
  return { direction: buy === sell ? undefined : side, score: Math.max(buy, sell), parts: partsOf(parts, side) };
}

/** How strong a score is under a tenant's thresholds; undefined where it makes no signal. */
export function strengthOf({ direction, score, parts }: Score, thresholds: Thresholds): Strength | undefined {
  if (direction === undefined || score < thresholds.moderate) return undefined;
  return score >= thresholds.strong && Object.keys(parts).length >= STRONG_PARTS ? 'STRONG' : 'MODERATE';
}

const SURE: Readonly<Record<Direction, SidedScore>> = { BUY: { BUY: 100, SELL: 0 }, SELL: { BUY: 0, SELL: 100 } };

/**
 * Whether the score can still make a signal, whatever the parts that are still open say or do not say. More from a part never
 * lowers its side and never raises the other, and silence gains nothing, so both ends are tried.
 */
export function canReach(known: SidedParts, open: readonly PartName[], thresholds: Thresholds): boolean {
  const sureOf = (side: Direction): SidedParts => ({ ...known, ...Object.fromEntries(open.map((name) => [name, SURE[side]])) });
  return [sureOf('BUY'), sureOf('SELL')].some((parts) => {
    const score = hybridScore(parts);
    return score !== undefined && strengthOf(score, thresholds) !== undefined;
  });
}

/** Each part that is not there, with why; of one that is there nothing is said. Undefined where all are. */
export function absentParts(parts: Readonly<Partial<Record<PartName, unknown>>>, why: AbsentParts): AbsentParts | undefined {
  const silent = PARTS.filter((name) => parts[name] === undefined);
  if (silent.length === 0) return undefined;
  return Object.fromEntries(silent.map((name) => [name, why[name] ?? 'no model']));
}
