import type { Random } from '../runtime/random.js';
import { persistence, priorShares, toldAlways } from './baselines.js';
import { blockInterval, type Interval } from './block-bootstrap.js';
import { type Calibration, calibrated } from './calibration.js';
import { classReliability, hits, type Judged, type Reliability, type Scores, scoresOf } from './metrics.js';

/** A probability of BUY or SELL that has been reached, how often, and how often it came true. */
export interface Reached {
  readonly share: number;
  readonly rows: number;
  readonly came: number;
}

/** What a model is worth on rows that it has not seen, beside what is had for nothing. */
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
  /** Per class, after calibration. */
  readonly reliability: readonly Reliability[];
  /** By calibrated probability, of BUY and SELL together. */
  readonly reached: readonly Reached[];
}

export interface JudgementContext {
  readonly calibrations: readonly Calibration[];
  readonly trainTruths: ArrayLike<number>;
  /** Class of each row's past, or NaN. */
  readonly pasts: ArrayLike<number>;
  /** How often the past's class was right on the training part. */
  readonly persistenceCertainty: number;
  readonly timesMs: ArrayLike<number>;
  /** Places of the classes that are traded on. */
  readonly traded: readonly number[];
  readonly random: Random;
}

/** Longer than any label that is learned reaches, and short enough for a week to hold some. */
const BLOCK_MS = 6 * 3_600_000;
/** Where a score is called moderate and strong, and what lies below. */
const SHARES = [0.4, 0.5, 0.6, 0.75];

export function judge(judged: Judged, context: JudgementContext): Judgement {
  const { trainTruths, pasts, persistenceCertainty, timesMs, random } = context;
  const { classes, truths } = judged;
  const prior = priorShares(trainTruths, classes);
  const majority: Judged = { ...judged, probabilities: toldAlways(prior, truths.length) };
  const own = hits(judged);
  const others = hits(majority);
  const above = Int8Array.from(own, (hit, row) => hit - (others[row] as number));
  const sure: Judged = { ...judged, probabilities: calibratedShares(judged, context.calibrations) };
  return {
    model: scoresOf(judged),
    accuracyInterval: blockInterval(own, timesMs, BLOCK_MS, random.fork('accuracy')),
    majority: scoresOf(majority),
    persistence: scoresOf({ ...judged, probabilities: persistence(pasts, persistenceCertainty, prior) }),
    aboveMajority: blockInterval(above, timesMs, BLOCK_MS, random.fork('above')),
    reliability: classReliability(sure),
    reached: SHARES.map((share) => reached(sure, context.traded, share)),
  };
}

/** Each class by its own calibration. They need not come to 1 together. */
export function calibratedShares({ classes, probabilities }: Judged, calibrations: readonly Calibration[]): Float64Array {
  return Float64Array.from(probabilities, (share, at) => calibrated(calibrations[at % classes] as Calibration, share));
}

function reached({ classes, probabilities, truths }: Judged, traded: readonly number[], share: number): Reached {
  let [rows, right] = [0, 0];
  for (let row = 0; row < truths.length; row++) {
    for (const kind of traded) {
      if ((probabilities[row * classes + kind] as number) < share) continue;
      rows += 1;
      if (truths[row] === kind) right += 1;
    }
  }
  return { share, rows, came: right / rows };
}
