/**
 * The pattern part of a score: how signals ended when the market looked as it does now. All of the ten nearest count, wins and
 * losses alike: to look only among those that did well would make the answer always good.
 */
import { type SymbolClass, symbolClassOf } from '../market/symbol-class.js';
import type { Timeframe } from '../market/timeframe.js';
import type { SidedScore } from './score.js';
import { type Direction, opposite } from './signal.js';

/** Neighbours that a part is made of, the least certainty of one, and what its trades must be over. */
const COUNT = 10;
const CERTAINTY = 0.7;
const TRADES_OVER = 5;

/** Wins and trades that every pattern is given beforehand, so that few trades prove little. */
const PRIOR_WINS = 3;
const PRIOR_TRADES = 6;
/** From this share of success on a neighbour speaks for its side. */
const SUPPORTING = 0.6;

/** A pattern near the present one, as far as the part reads what the pattern store answers. */
export interface PatternNeighbour {
  readonly item: {
    readonly id: string;
    readonly timeframe: Timeframe;
    readonly symbolClass: string;
    readonly direction: Direction;
    readonly trades: number;
    readonly wins: number;
  };
  /** (1 + cosine) / 2. */
  readonly certainty: number;
}

/** What patterns are looked for among. */
export interface PatternPlace {
  readonly timeframe: Timeframe;
  readonly symbolClass: SymbolClass;
}

/** What the pattern store is asked for. */
export interface PatternQuestion {
  readonly count: number;
  readonly certainty: number;
  readonly filter: PatternPlace & { readonly tradesOver: number };
}

export function patternQuestion(symbol: string, timeframe: Timeframe): PatternQuestion {
  const filter = { timeframe, symbolClass: symbolClassOf(symbol), tradesOver: TRADES_OVER };
  return { count: COUNT, certainty: CERTAINTY, filter };
}

/** What one neighbour counts for, nearest first. */
export interface CountedNeighbour {
  readonly id: string;
  readonly certainty: number;
  readonly direction: Direction;
  readonly trades: number;
  readonly wins: number;
  /** (wins + 3) / (trades + 6), of its own direction. */
  readonly success: number;
  /** In tenths: 10 for the nearest, one less for each after it. */
  readonly weight: number;
  /** The side that it speaks for, where it does. */
  readonly supports: Direction | undefined;
}

export interface PatternPart {
  /** 100 · the weighted mean of success, an opposite neighbour's as 1 − success. */
  readonly scores: SidedScore;
  readonly neighbours: readonly CountedNeighbour[];
}

/** A store whose index is a graph, or that filters otherwise than asked, may answer more than what counts. */
function counts({ item, certainty }: PatternNeighbour, { filter }: PatternQuestion): boolean {
  const { timeframe, symbolClass, trades } = item;
  const alike = timeframe === filter.timeframe && symbolClass === filter.symbolClass;
  return alike && trades > filter.tradesOver && certainty >= CERTAINTY;
}

/** Nearest first; equally near ones by id, as the store has them. */
function inOrder(a: PatternNeighbour, b: PatternNeighbour): number {
  if (a.certainty !== b.certainty) return b.certainty - a.certainty;
  return a.item.id < b.item.id ? -1 : 1;
}

function counted({ item, certainty }: PatternNeighbour, rank: number): CountedNeighbour {
  const { id, direction, trades, wins } = item;
  const success = (wins + PRIOR_WINS) / (trades + PRIOR_TRADES);
  const supports = success >= SUPPORTING ? direction : 1 - success >= SUPPORTING ? opposite(direction) : undefined;
  return { id, certainty, direction, trades, wins, success, weight: COUNT - rank, supports };
}

function sideScore(neighbours: readonly CountedNeighbour[], side: Direction): number {
  let sum = 0;
  let weights = 0;
  for (const { direction, success, weight } of neighbours) {
    sum += weight * (direction === side ? success : 1 - success);
    weights += weight;
  }
  return (100 * sum) / weights;
}

/** The part for a symbol and timeframe; undefined where no neighbour counts. */
export function patternPart(symbol: string, timeframe: Timeframe, found: readonly PatternNeighbour[]): PatternPart | undefined {
  const question = patternQuestion(symbol, timeframe);
  const nearest = found.filter((neighbour) => counts(neighbour, question)).sort(inOrder);
  const neighbours = nearest.slice(0, COUNT).map(counted);
  if (neighbours.length === 0) return undefined;
  return { scores: { BUY: sideScore(neighbours, 'BUY'), SELL: sideScore(neighbours, 'SELL') }, neighbours };
}
