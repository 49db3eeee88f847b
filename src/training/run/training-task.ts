/** The words between a command and the thread that trains for it (workers/training.ts). */
import type { PriceSide } from '../../market/candle-builder.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { SpokenHorizon } from '../../models/model-card.js';
import type { CardMetric, Effort } from '../trained-model.js';

/** Those that are fitted, in the order in which they are; `meta` needs two of them that tell sides. */
export const TRAINED_KINDS = ['trees', 'lstm', 'cnn', 'meta'] as const;
export type TrainedKind = (typeof TRAINED_KINDS)[number];

export interface FilesOfSymbol {
  readonly kind: 'files';
  /** One after the other in the order of time. */
  readonly files: readonly string[];
  readonly format?: string;
  readonly clock?: string;
}

/** M1 candles out of a store: BAR_NUMBERS numbers each. */
export interface BarsOfSymbol {
  readonly kind: 'bars';
  readonly values: Float64Array;
}

/** Start in milliseconds, open, high, low, close, volume, spread. */
export const BAR_NUMBERS = 7;

export interface SymbolInput {
  readonly symbol: string;
  /** As the cards tell of it. */
  readonly source: string;
  readonly licence: string;
  readonly from: FilesOfSymbol | BarsOfSymbol;
}

export interface TrainingTask {
  readonly symbols: readonly SymbolInput[];
  /** In no part of the training, and judged once beside the test part. */
  readonly elsewhere: readonly SymbolInput[];
  readonly timeframe: Timeframe;
  readonly price: PriceSide;
  readonly horizon: SpokenHorizon;
  readonly models: readonly TrainedKind[];
  readonly effort: Effort;
  readonly seed: number;
  /** Where graphs, cards and plots go, and meanwhile what a stopped training goes on from. */
  readonly out: string;
  readonly resume: boolean;
  /** No model is fitted on past this. */
  readonly minutesMost: number | undefined;
  readonly expiryDays: number;
  /** Of all that is made; else one more than what lies in the folder. */
  readonly version: number | undefined;
  /** Becomes 1 when the training is to stop. */
  readonly stop: SharedArrayBuffer;
}

export interface TrainedFile {
  readonly name: string;
  readonly kind: TrainedKind;
  readonly version: number;
  readonly card: string;
  readonly graphBytes: number | null;
  readonly sha256: string | null;
  readonly metrics: readonly CardMetric[];
}

export interface TrainingSummary {
  readonly models: readonly TrainedFile[];
  readonly symbols: readonly { readonly symbol: string; readonly candles: number }[];
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number; readonly purged: number };
  readonly elsewhere: readonly { readonly symbol: string; readonly candles: number }[];
  /** Models that were cut off by the minutes they had: another run may come out otherwise. */
  readonly cutOff: readonly TrainedKind[];
  readonly seconds: number;
}

export type TrainingReport =
  /** Of a stage, how much of how much is done; `of` is 0 where that is not known. */
  | {
      readonly kind: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly of: number;
      readonly loss: number | null;
    }
  | { readonly kind: 'said'; readonly sentence: string }
  | { readonly kind: 'done'; readonly summary: TrainingSummary }
  | { readonly kind: 'failed'; readonly code: string | null; readonly message: string };
