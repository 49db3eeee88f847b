import type { CatalogueStamp } from '../features/catalogue-version.js';
import { LIMITS } from '../limits.js';
import { COLUMN_SETS, type ModelCard, modelName } from '../models/model-card.js';
import type { Port, TrialReport } from './batch-task.js';

/** Why a model is not asked, or what it said is not there. */
export type LeftOutWhy =
  /** No model has that name. */
  | 'unknown'
  /** It reads columns that are not what it was trained on. */
  | 'other columns'
  /** Its graph has another input or other outputs than its card tells. */
  | 'other ports'
  /** Its graph is not the one that its card tells of. */
  | 'other file'
  | 'expired'
  /** It cannot be run, or batches in a row failed or took too long. */
  | 'failing'
  /** A run of it takes longer than a run may. */
  | 'slow'
  /** This time it was not there by its deadline. */
  | 'late'
  /** Too many predictions wait. */
  | 'busy';

export interface LeftOut {
  readonly kind: 'left out';
  readonly model: string;
  readonly why: LeftOutWhy;
  readonly sentence: string;
}

export function leftOut(card: Pick<ModelCard, 'name' | 'version'>, why: LeftOutWhy, told: string): LeftOut {
  return { kind: 'left out', model: modelName(card), why, sentence: told };
}

export function isExpired({ expiresAt }: ModelCard, nowMs: number): boolean {
  return nowMs >= Date.parse(expiresAt);
}

export function expired(card: ModelCard): LeftOut {
  return leftOut(card, 'expired', `it is not to be used after ${card.expiresAt}`);
}

/** What the card alone tells. */
export function unfitCard(card: ModelCard, nowMs: number): LeftOut | undefined {
  if (isExpired(card, nowMs)) return expired(card);
  const { set, ...trainedOn } = card.columns;
  const here = COLUMN_SETS[set];
  if (trainedOn.version === here.version && trainedOn.hash === here.hash) return undefined;
  const stamp = ({ version, hash }: CatalogueStamp): string => `version ${version}, hash ${hash.slice(0, 12)}`;
  return leftOut(card, 'other columns', `it was trained on another ${set} (${stamp(trainedOn)}) than this one (${stamp(here)})`);
}

/** What a trial of the graph tells. */
export function unfitGraph(card: ModelCard, report: TrialReport, runMs: number = LIMITS.inference.runMs): LeftOut | undefined {
  if (report.kind !== 'tried') return leftOut(card, report.kind === 'failed' ? 'failing' : 'other file', report.message);
  const told = shown([card.input, ...card.outputs]);
  const found = shown([...report.inputs, ...report.outputs]);
  if (told !== found) return leftOut(card, 'other ports', `its graph has ${found}, its card tells ${told}`);
  if (report.fastestMs <= runMs) return undefined;
  return leftOut(card, 'slow', `a run of it takes ${report.fastestMs.toFixed(1)} ms, more than ${runMs}`);
}

function shown(ports: readonly Port[]): string {
  return ports.map(({ name, type, row }) => `${name} ${type}[${row.join(', ')}]`).join(', ');
}
