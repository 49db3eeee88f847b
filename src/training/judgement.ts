import type { Random } from '../runtime/random.js';
import { persistence, priorShares, toldAlways } from './baselines.js';
import { blockInterval, type Interval } from './block-bootstrap.js';
import { hits, type Judged, type Scores, scoresOf } from './metrics.js';

/** What a model's classes are worth on rows that it has not seen, beside what is had for nothing. */
export interface Judgement {
  readonly model: Scores;
  /** 95 times of a hundred, by quarters of days drawn anew. */
  readonly accuracyInterval: Interval;
  /** Everything is told the shares of the training part, so what is decided is always its most frequent class. */
  readonly majority: Scores;
  /** It goes on as it went, with the certainty that this had on the training part. */
  readonly persistence: Scores;
  /** Accuracy above the majority's: a model is better where all of this is above 0. */
  readonly aboveMajority: Interval;
}

export interface JudgementContext {
  readonly trainTruths: ArrayLike<number>;
  /** Class of each row's past, or NaN. */
  readonly pasts: ArrayLike<number>;
  /** How often the past's class was right on the training part. */
  readonly persistenceCertainty: number;
  readonly timesMs: ArrayLike<number>;
  readonly random: Random;
}

/** Longer than any label that is learned reaches, and short enough for a week to hold some. */
const BLOCK_MS = 6 * 3_600_000;

export function judge(judged: Judged, context: JudgementContext): Judgement {
  const { trainTruths, pasts, persistenceCertainty, timesMs, random } = context;
  const { classes, truths } = judged;
  const prior = priorShares(trainTruths, classes);
  const majority: Judged = { ...judged, probabilities: toldAlways(prior, truths.length) };
  const own = hits(judged);
  const others = hits(majority);
  const above = Int8Array.from(own, (hit, row) => hit - (others[row] as number));
  return {
    model: scoresOf(judged),
    accuracyInterval: blockInterval(own, timesMs, BLOCK_MS, random.fork('accuracy')),
    majority: scoresOf(majority),
    persistence: scoresOf({ ...judged, probabilities: persistence(pasts, persistenceCertainty, prior) }),
    aboveMajority: blockInterval(above, timesMs, BLOCK_MS, random.fork('above')),
  };
}
