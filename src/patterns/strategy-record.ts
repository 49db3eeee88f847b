/**
 * What a tenant's strategy came to, told anew with each trade that closes, in one step of constant cost; and its place among
 * strategies. Results are multiples of what was risked, since accounts have different currencies:
 *
 * - win rate: trades that left something after costs, over all;
 * - profit factor: what was won over what was lost; `PROFIT_FACTOR_MOST` where that is more, or nothing was lost;
 * - Sharpe ratio: mean over sample deviation of the results; 0 of fewer than two, or of results all alike;
 * - drawdown: the deepest fall of their running sum below the highest it had reached, 0 included.
 */
import { LIMITS } from '../limits.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import type { Thresholds } from '../signals/score.js';
import type { Strategy } from '../storage/patterns/patterns.js';
import { strategyIdOf } from './pattern-ids.js';
import type { TradeResult } from './trade-result.js';

const PROFIT_FACTOR_MOST = 1_000;
const NUMBERS = 128;

export interface StrategySettings {
  readonly strategy: string;
  readonly timeframe: Timeframe;
  readonly symbols: readonly string[];
  readonly thresholds: Thresholds;
}

export function newStrategy(tenantId: string, name: string, atMs: number): Strategy {
  return {
    id: strategyIdOf(tenantId, name),
    name,
    entryConditions: [],
    exitConditions: [],
    symbols: [],
    timeframes: [],
    winRate: 0,
    profitFactor: 0,
    sharpeRatio: 0,
    maxDrawdown: 0,
    trades: 0,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    wins: 0,
    won: 0,
    lost: 0,
    squares: 0,
    peak: 0,
    counted: [],
  };
}

/** What is told of a strategy that the tenant has now. */
export function withSettings(record: Strategy, { timeframe, symbols, thresholds }: StrategySettings): Strategy {
  return {
    ...record,
    entryConditions: [`score >= ${thresholds.moderate}`],
    exitConditions: ['stop loss', 'take profit', 'a signal of the other direction'],
    symbols: [...symbols],
    timeframes: [timeframe],
  };
}

export function withTrade(before: Strategy, { signalId, risked, atMs }: TradeResult): Strategy {
  const trades = before.trades + 1;
  const mean = (before.won - before.lost) / Math.max(1, before.trades);
  const away = risked - mean;
  const won = before.won + Math.max(0, risked);
  const lost = before.lost + Math.max(0, -risked);
  const wins = before.wins + (risked > 0 ? 1 : 0);
  // Welford's sum of squared differences from the mean.
  const squares = before.squares + away * away * (1 - 1 / trades);
  const peak = Math.max(before.peak, won - lost);
  const deviation = trades > 1 ? Math.sqrt(squares / (trades - 1)) : 0;
  return {
    ...before,
    trades,
    wins,
    won,
    lost,
    squares,
    peak,
    winRate: wins / trades,
    profitFactor: won === 0 ? 0 : Math.min(PROFIT_FACTOR_MOST, won / lost),
    sharpeRatio: deviation > 0 ? (won - lost) / trades / deviation : 0,
    maxDrawdown: Math.max(before.maxDrawdown, peak - (won - lost)),
    updatedAtMs: Math.max(before.updatedAtMs, atMs),
    counted: [...before.counted, signalId].slice(-LIMITS.patterns.countedTrades),
  };
}

/** Whether the trade is behind the newest that was counted: trades are counted in the order of the ledger's time, then of their ids. */
export function isCounted(
  { updatedAtMs, counted }: Strategy,
  { signalId, atMs }: Pick<TradeResult, 'signalId' | 'atMs'>,
): boolean {
  const newest = counted.at(-1);
  if (newest === undefined) return false;
  return atMs < updatedAtMs || (atMs === updatedAtMs && signalId < newest) || counted.includes(signalId);
}

/**
 * Its place: a number for each symbol and timeframe that it trades, each group of length 1, then four of what it came to, each within
 * ±1. So those are near each other that trade the same, and of those the ones that came to the same.
 */
export function strategyPlace({ symbols, timeframes, winRate, profitFactor, sharpeRatio, maxDrawdown }: Strategy): Float32Array {
  const place = new Float32Array(NUMBERS);
  const known = INSTRUMENTS.flatMap(({ symbol }, at) => (symbols.includes(symbol) ? [at] : []));
  for (const at of known) place[at] = 1 / Math.sqrt(known.length);
  for (const name of timeframes) place[INSTRUMENTS.length + TIMEFRAMES.indexOf(name)] = 1 / Math.sqrt(timeframes.length);
  const figures = [winRate, profitFactor / (1 + profitFactor), Math.tanh(sharpeRatio), -maxDrawdown / (1 + maxDrawdown)];
  place.set(figures, INSTRUMENTS.length + TIMEFRAMES.length);
  // A strategy of the past of which nothing is known still has a place.
  place[NUMBERS - 1] = 1e-3;
  return place;
}
