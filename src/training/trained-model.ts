/** What each kind of model is to the command that trains it: fitted step by step from plain values, then told and judged. */
import type { ModelCard, SpokenHorizon } from '../models/model-card.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Random } from '../runtime/random.js';
import type { Dataset } from './dataset.js';
import type { SidedRows } from './sides.js';
import type { Part, SplitPlan } from './splits.js';

export const EFFORTS = ['full', 'quick'] as const;
/** Quick is one candidate and few rounds: to see that all is there, and for tests. */
export type Effort = (typeof EFFORTS)[number];

/** What is learned from. The test part is not in it. */
export interface TrainingSetup {
  readonly dataset: Dataset;
  readonly train: Part<'train'>;
  readonly validation: Part<'validation'>;
  readonly plan: SplitPlan;
  readonly timeframe: Timeframe;
  /** All that a model may speak of at this timeframe, and the one that signals are made of. */
  readonly horizons: readonly SpokenHorizon[];
  readonly horizon: SpokenHorizon;
  readonly effort: Effort;
  /** The model's own stream. */
  readonly random: Random;
}

export interface FitProgress {
  readonly done: number;
  readonly of: number;
  readonly validationLoss: number;
}

/**
 * Told after each step, and how to get the state from which a fit goes on; `false` when its time is up, and what was fitted so
 * far is to do. Throws when the training is to stop; then its state is kept.
 */
export type Pulse = (progress: FitProgress, state: () => unknown) => boolean;

export type CardPart = Pick<ModelCard, 'kind' | 'columns' | 'input' | 'outputs' | 'says'> & Pick<ModelCard, 'outlier'>;
export type CardMetric = ModelCard['metrics'][number];
export type CardDetails = NonNullable<ModelCard['details']>;

/** Rows that no part of the training has seen. */
export interface HeldOut {
  readonly dataset: Dataset;
  readonly rows: Int32Array;
  readonly random: Random;
}

export interface ModelVerdict {
  /** The first is the one that versions are compared by. */
  readonly metrics: readonly CardMetric[];
  readonly details: CardDetails;
}

export interface TrainedModel {
  readonly graph: Uint8Array;
  readonly card: CardPart;
  /** How it came about: what was tried, and what it looks at. */
  readonly details: CardDetails;
  /** What it tells of both sides at the setup's horizon, calibrated; absent where it tells of none. */
  readonly sides?: (dataset: Dataset, rows: Int32Array) => Promise<Pick<SidedRows, 'buys' | 'sells'>>;
  judge(heldOut: HeldOut): Promise<ModelVerdict>;
}

/** One kind. What is fitted is plain, so that it can be kept and taken up again. */
export interface ModelTraining<Fitted = unknown> {
  /** `from` is what a pulse was given before the training stopped, or undefined. */
  fit(setup: TrainingSetup, from: unknown, pulse: Pulse): Promise<Fitted>;
  trained(setup: TrainingSetup, fitted: Fitted): TrainedModel;
}
