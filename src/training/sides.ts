/**
 * What a model tells of the two sides, and what came of it. A side has come when the price at the horizon's end lies on it; where
 * it is what it was, neither has, and the row judges nothing. Both sides of a row are told of by one map, so they are stacked:
 * what is told of BUY against whether it rose, and of SELL against whether it fell.
 */
import { type Calibration, calibrate } from '../models/calibration.js';
import { assert } from '../runtime/assert.js';
import type { Random } from '../runtime/random.js';
import { blockInterval, type Interval } from './block-bootstrap.js';
import { fitCalibration } from './calibration.js';
import type { Dataset, Horizon } from './dataset.js';
import { type Reliability, type ReliabilityBin, reliability } from './metrics.js';

/** Of some rows, in the order of time. */
export interface SidedRows {
  /** What is told of each side, not calibrated. */
  readonly buys: Float64Array;
  readonly sells: Float64Array;
  /** 1 where the price rose, −1 where it fell, 0 where it did neither. */
  readonly came: Int8Array;
  /** 1 where it went further than it does by standing still (features/labels.ts). */
  readonly moved: Uint8Array;
  /** The side that the price took over the same stretch before: 1, −1, 0, or NaN. */
  readonly past: Float64Array;
  readonly timesMs: Float64Array;
}

/** What came true of rows of a dataset, beside what a model told of them. */
export function sidedRows(
  dataset: Dataset,
  rows: Int32Array,
  horizon: Horizon,
  { buys, sells }: Pick<SidedRows, 'buys' | 'sells'>,
): SidedRows {
  assert(buys.length === rows.length && sells.length === rows.length, 'each row is told of');
  return {
    buys,
    sells,
    came: Int8Array.from(rows, (row) => Math.sign(dataset.return(row, horizon))),
    moved: Uint8Array.from(rows, (row) => Math.abs(dataset.direction(row, horizon))),
    past: Float64Array.from(rows, (row) => Math.sign(dataset.pastReturn(row, horizon))),
    timesMs: Float64Array.from(rows, (row) => dataset.endMs(row)),
  };
}

/** Shares of the two sides, of probabilities of SELL, HOLD and BUY row by row. */
export function sharesOfSides(probabilities: ArrayLike<number>): Pick<SidedRows, 'buys' | 'sells'> {
  const rows = probabilities.length / 3;
  const buys = Float64Array.from({ length: rows }, (_, row) => {
    const [sell, buy] = [probabilities[3 * row] as number, probabilities[3 * row + 2] as number];
    return buy / (buy + sell);
  });
  return { buys, sells: buys.map((share) => 1 - share) };
}

interface Stacked {
  readonly told: Float64Array;
  readonly came: Uint8Array;
}

function stacked({ buys, sells, came }: SidedRows, told: (share: number) => number = (share) => share): Stacked {
  const rows = decidedRows(came);
  const all = new Float64Array(2 * rows.length);
  const truths = new Uint8Array(2 * rows.length);
  for (const [at, row] of rows.entries()) {
    all[2 * at] = told(buys[row] as number);
    all[2 * at + 1] = told(sells[row] as number);
    truths[2 * at] = came[row] === 1 ? 1 : 0;
    truths[2 * at + 1] = came[row] === -1 ? 1 : 0;
  }
  return { told: all, came: truths };
}

function decidedRows(came: Int8Array): Int32Array {
  return Int32Array.from({ length: came.length }, (_, row) => row).filter((row) => came[row] !== 0);
}

/** One map for both sides. */
export function fitSides(rows: SidedRows): Calibration {
  const { told, came } = stacked(rows);
  return told.length === 0 ? { kind: 'as is' } : fitCalibration(told, came);
}

/** A probability that was reached by either side, how often, and how often it came true; NaN where it never was. */
export interface Reached {
  readonly share: number;
  readonly rows: number;
  readonly came: number;
}

/** How well the side is told. Losses are means over both sides of each row. */
export interface SideScores {
  /** Of rows on which a side came. */
  readonly accuracy: number;
  /** Mean of how often a rise, and how often a fall, was told. */
  readonly balancedAccuracy: number;
  /** The same as accuracy, of rows on which the price moved. */
  readonly accuracyMoved: number;
  readonly logLoss: number;
  readonly brier: number;
}

export interface SideJudgement {
  /** On which a side came, of how many. */
  readonly rows: number;
  readonly of: number;
  readonly movedRows: number;
  readonly model: SideScores;
  readonly majority: SideScores;
  readonly persistence: SideScores;
  /** 95 times of a hundred, by quarters of days drawn anew. */
  readonly accuracyInterval: Interval;
  readonly aboveMajority: Interval;
  readonly reliability: SideReliability;
  readonly reached: readonly Reached[];
}

/** Bins with the ends between which what came would lie 95 times of a hundred, if the past were drawn anew. */
export interface SideReliability extends Reliability {
  readonly bins: readonly (ReliabilityBin & Interval)[];
}

/** What the training part tells who knows nothing of a row. */
export interface SidePrior {
  /** How often the price rose, of the rows on which a side came. */
  readonly rising: number;
  /** How often it went on as it had gone. */
  readonly goesOn: number;
}

export function sidePrior({ came, past }: Pick<SidedRows, 'came' | 'past'>): SidePrior {
  const rows = Array.from(decidedRows(came));
  const share = (part: number, of: number): number => (part + 1) / (of + 2);
  const told = rows.filter((row) => Math.abs(past[row] as number) === 1);
  return {
    rising: share(rows.filter((row) => came[row] === 1).length, rows.length),
    goesOn: share(told.filter((row) => past[row] === came[row]).length, told.length),
  };
}

/** Longer than any label that is learned reaches, and short enough for a week to hold some. */
const BLOCK_MS = 6 * 3_600_000;
/** Where a score is called moderate and strong, and what lies below. */
const SHARES = [0.5, 0.55, 0.6, 0.75] as const;
/** Into how many parts 0 to 1 is cut: the finest in which what was told fills no more than so many. */
const BINS = [100, 50, 20] as const;
const BINS_FILLED = 26;
const BIN_DRAWS = 300;
const LEAST_SHARE = 1e-6;

/** Probabilities of a rise and a fall by row. */
interface Told {
  readonly buy: (row: number) => number;
  readonly sell: (row: number) => number;
}

function hitsOf({ came }: SidedRows, rows: Int32Array, { buy, sell }: Told): Float64Array {
  // Who leans to neither side is right as often as a coin.
  return Float64Array.from(rows, (row) => {
    const lean = Math.sign(buy(row) - sell(row));
    return lean === 0 ? 0.5 : lean === came[row] ? 1 : 0;
  });
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function scores(sided: SidedRows, rows: Int32Array, leans: Told, { buy, sell }: Told): SideScores {
  const hits = hitsOf(sided, rows, leans);
  const where = (holds: (row: number) => boolean): number => mean(hits.filter((_, at) => holds(rows[at] as number)));
  let [logLoss, brier] = [0, 0];
  for (const row of rows) {
    for (const [share, truth] of [[buy(row), sided.came[row] === 1] as const, [sell(row), sided.came[row] === -1] as const]) {
      logLoss -= Math.log(Math.max(LEAST_SHARE, truth ? share : 1 - share)) / 2;
      brier += (share - (truth ? 1 : 0)) ** 2 / 2;
    }
  }
  return {
    accuracy: mean(hits),
    balancedAccuracy: (where((row) => sided.came[row] === 1) + where((row) => sided.came[row] === -1)) / 2,
    accuracyMoved: where((row) => sided.moved[row] === 1),
    logLoss: logLoss / rows.length,
    brier: brier / rows.length,
  };
}

function baselines({ past }: SidedRows, { rising, goesOn }: SidePrior): { readonly majority: Told; readonly persistence: Told } {
  const goes = (row: number): number => {
    const before = past[row] as number;
    return before === 1 ? goesOn : before === -1 ? 1 - goesOn : 0.5;
  };
  return {
    majority: { buy: () => rising, sell: () => 1 - rising },
    persistence: { buy: goes, sell: (row) => 1 - goes(row) },
  };
}

/** How well a model tells the side, after its map, beside what is had for nothing. */
export function judgeSides(sided: SidedRows, calibration: Calibration, prior: SidePrior, random: Random): SideJudgement {
  const rows = decidedRows(sided.came);
  assert(rows.length > 0, 'a judgement is of something');
  const leans: Told = { buy: (row) => sided.buys[row] as number, sell: (row) => sided.sells[row] as number };
  const told: Told = {
    buy: (row) => calibrate(calibration, leans.buy(row)),
    sell: (row) => calibrate(calibration, leans.sell(row)),
  };
  const { majority, persistence } = baselines(sided, prior);
  const hits = hitsOf(sided, rows, leans);
  const others = hitsOf(sided, rows, majority);
  const times = Float64Array.from(rows, (row) => sided.timesMs[row] as number);
  const both = stacked(sided, (share) => calibrate(calibration, share));
  return {
    rows: rows.length,
    of: sided.came.length,
    movedRows: rows.filter((row) => sided.moved[row] === 1).length,
    model: scores(sided, rows, leans, told),
    majority: scores(sided, rows, majority, majority),
    persistence: scores(sided, rows, persistence, persistence),
    accuracyInterval: blockInterval(hits, times, BLOCK_MS, random.fork('accuracy')),
    aboveMajority: blockInterval(
      hits.map((hit, at) => hit - (others[at] as number)),
      times,
      BLOCK_MS,
      random.fork('above'),
    ),
    reliability: stackedReliability(both, times, random.fork('reliability')),
    reached: SHARES.map((share) => reached(both, share)),
  };
}

/** Both sides of a row stand next to each other, at the row's time. */
function stackedReliability({ told, came }: Stacked, timesMs: Float64Array, random: Random): SideReliability {
  const width = told.reduce((most, share) => Math.max(most, share), 0) - told.reduce((least, share) => Math.min(least, share), 1);
  const parts = BINS.find((count) => width * count <= BINS_FILLED) ?? BINS[2];
  const all = reliability(told, came, parts);
  const members = Array.from({ length: parts }, (): number[] => []);
  for (const [at, share] of told.entries()) members[Math.min(parts - 1, Math.floor(share * parts))]?.push(at);
  const bins = all.bins.map((bin, place) => {
    const own = members[place] as number[];
    if (own.length === 0) return { ...bin, low: Number.NaN, high: Number.NaN };
    const outcomes = own.map((at) => came[at] as number);
    const times = own.map((at) => timesMs[at >> 1] as number);
    return { ...bin, ...blockInterval(outcomes, times, BLOCK_MS, random.fork(`bin ${place}`), { draws: BIN_DRAWS }) };
  });
  return { bins, error: all.error };
}

function reached({ told, came }: Stacked, share: number): Reached {
  let [rows, right] = [0, 0];
  for (let at = 0; at < told.length; at++) {
    if ((told[at] as number) < share) continue;
    rows += 1;
    right += came[at] as number;
  }
  return { share, rows, came: right / rows };
}
