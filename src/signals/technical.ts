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
export type TechnicalValues = Readonly<Record<TechnicalColumn, number>>;

export interface TechnicalPart {
  /** Each in [−1, 1]: averages, macd, rsi, directional movement, supertrend, bands. */
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

/** The technical part at a close; undefined while one of its columns is not ready. */
export function technicalPart(close: number, values: TechnicalValues): TechnicalPart | undefined {
  if (TECHNICAL_COLUMNS.some((column) => Number.isNaN(values[column]))) return undefined;
  const votes = [
    Math.sign(values.ema_20 - values.ema_50),
    Math.sign(values.macd_hist),
    clamp((values.rsi_14 - 50) / 20),
    Math.sign(values.plus_di - values.minus_di) * Math.min(1, values.adx / 25),
    values.supertrend_dir,
    bandVote(close, values.bb_middle, values.bb_upper),
  ];
  const v = votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
  const direction = v > 0 ? 'BUY' : v < 0 ? 'SELL' : undefined;
  return { votes, v, direction, score: 100 * Math.abs(v) };
}

/** The part's say for either side: its score for the side it points to, nothing for the other. */
export function technicalScores(part: TechnicalPart): SidedScore {
  return { BUY: part.direction === 'BUY' ? part.score : 0, SELL: part.direction === 'SELL' ? part.score : 0 };
}
