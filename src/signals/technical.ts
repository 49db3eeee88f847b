import type { SidedScore } from './score.js';
import type { Direction } from './signal.js';

/** Columns of the catalogue that the technical part reads. */
export const TECHNICAL_COLUMNS = [
  'ema_20',
  'ema_50',
  'macd_hist',
  'rsi_14',
  'plus_di',
  'minus_di',
  'adx',
  'supertrend_dir',
  'bb_upper',
  'bb_middle',
] as const;

export type TechnicalColumn = (typeof TECHNICAL_COLUMNS)[number];
/** NaN where a column is not ready; one that the tenant's tier does not include is left out. */
export type TechnicalValues = Readonly<Partial<Record<TechnicalColumn, number>>>;

export function technicalValues(read: (column: TechnicalColumn) => number | undefined): TechnicalValues {
  const values: Partial<Record<TechnicalColumn, number>> = {};
  for (const column of TECHNICAL_COLUMNS) {
    const value = read(column);
    if (value !== undefined) values[column] = value;
  }
  return values;
}

export interface TechnicalPart {
  /** Each in [−1, 1]: averages, macd, rsi, directional movement, supertrend, bands; without those whose columns are left out. */
  readonly votes: readonly number[];
  /** Their mean. */
  readonly v: number;
  /** None where the votes cancel out. */
  readonly direction: Direction | undefined;
  /** 100 · |v|. */
  readonly score: number;
}

function clamp(value: number): number {
  return Math.max(-1, Math.min(1, value));
}

/** Where the bands meet there is no width to measure the close by, and the vote is none. */
function bandVote(close: number, middle: number, upper: number): number {
  return upper === middle ? 0 : clamp((close - middle) / (upper - middle));
}

/** The votes that can be cast with the columns that are there. */
function votesOf(close: number, values: TechnicalValues): number[] {
  const { ema_20, ema_50, macd_hist, rsi_14, plus_di, minus_di, adx, supertrend_dir, bb_upper, bb_middle } = values;
  const votes: number[] = [];
  if (ema_20 !== undefined && ema_50 !== undefined) votes.push(Math.sign(ema_20 - ema_50));
  if (macd_hist !== undefined) votes.push(Math.sign(macd_hist));
  if (rsi_14 !== undefined) votes.push(clamp((rsi_14 - 50) / 20));
  if (plus_di !== undefined && minus_di !== undefined && adx !== undefined)
    votes.push(Math.sign(plus_di - minus_di) * Math.min(1, adx / 25));
  if (supertrend_dir !== undefined) votes.push(supertrend_dir);
  if (bb_upper !== undefined && bb_middle !== undefined) votes.push(bandVote(close, bb_middle, bb_upper));
  return votes;
}

/** The technical part at a close; undefined while one of its columns is not ready, or where there is none to vote by. */
export function technicalPart(close: number, values: TechnicalValues): TechnicalPart | undefined {
  const votes = votesOf(close, values);
  if (votes.length === 0 || votes.some(Number.isNaN)) return undefined;
  const v = votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
  const direction = v > 0 ? 'BUY' : v < 0 ? 'SELL' : undefined;
  return { votes, v, direction, score: 100 * Math.abs(v) };
}

/** The part's say for either side: its score for the side it points to, nothing for the other. */
export function technicalScores(part: TechnicalPart): SidedScore {
  return { BUY: part.direction === 'BUY' ? part.score : 0, SELL: part.direction === 'SELL' ? part.score : 0 };
}
