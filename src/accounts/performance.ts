/**
 * What an account's closed trades come to, day by day, symbol by symbol and strategy by strategy: told anew with each trade
 * that closes, in one step of constant cost. Money is what is left of a trade: profit, commission and swap together.
 *
 * - drawdown: the deepest fall of the day's running sum below the highest it had reached, the day's start included;
 * - Sharpe ratio: mean over sample deviation of the trades' money; none of fewer than two trades, or of trades all alike;
 * - profit factor: what was won over what was lost; none where nothing was lost.
 */
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Days of one account, symbol and strategy that are still counted on: an EA may report late, after its midnight. */
const DAYS_KEPT = 2;

export interface ClosedTrade {
  readonly tenantId: string;
  readonly accountId: string;
  /** Unique within the account. */
  readonly tradeId: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly openedAt: number;
  /** When it closed. */
  readonly time: number;
  readonly pips: number;
  readonly profit: number;
  readonly commission: number;
  readonly swap: number;
}

export type TradeOutcome = 'WIN' | 'LOSS' | 'BREAKEVEN';

export interface DayPerformance {
  readonly tenantId: string;
  readonly accountId: string;
  readonly symbol: string;
  readonly strategy: string;
  /** The day's start, UTC milliseconds. */
  readonly time: number;
  readonly totalTrades: number;
  readonly wins: number;
  readonly losses: number;
  readonly winRate: number;
  readonly totalPips: number;
  readonly totalProfit: number;
  readonly averageProfit: number;
  readonly maxDrawdown: number;
  readonly sharpeRatio: number | null;
  readonly profitFactor: number | null;
  readonly averageHoldMinutes: number;
}

export function netOf({ profit, commission, swap }: Pick<ClosedTrade, 'profit' | 'commission' | 'swap'>): number {
  return profit + commission + swap;
}

export function tradeOutcome(net: number): TradeOutcome {
  if (net > 0) return 'WIN';
  return net < 0 ? 'LOSS' : 'BREAKEVEN';
}

/** The running figures of one day. */
class Day {
  readonly #trades = new Set<string>();
  #wins = 0;
  #losses = 0;
  #pips = 0;
  #net = 0;
  #peak = 0;
  #drawdown = 0;
  #won = 0;
  #lost = 0;
  #held = 0;
  /** Welford's mean and sum of squared differences: a sum of squares loses the deviation of trades that are nearly alike. */
  #mean = 0;
  #squares = 0;

  constructor(readonly startMs: number) {}

  /** False where the trade was counted before. */
  add(trade: ClosedTrade): boolean {
    if (this.#trades.has(trade.tradeId)) return false;
    this.#trades.add(trade.tradeId);
    const net = netOf(trade);
    if (net > 0) this.#wins += 1;
    if (net < 0) this.#losses += 1;
    this.#won += Math.max(0, net);
    this.#lost += Math.max(0, -net);
    this.#pips += trade.pips;
    this.#held += trade.time - trade.openedAt;
    this.#net += net;
    this.#peak = Math.max(this.#peak, this.#net);
    this.#drawdown = Math.max(this.#drawdown, this.#peak - this.#net);
    const before = net - this.#mean;
    this.#mean += before / this.#trades.size;
    this.#squares += before * (net - this.#mean);
    return true;
  }

  figures({ tenantId, accountId, symbol, strategy }: ClosedTrade): DayPerformance {
    const count = this.#trades.size;
    const deviation = count > 1 ? Math.sqrt(this.#squares / (count - 1)) : 0;
    return {
      tenantId,
      accountId,
      symbol,
      strategy,
      time: this.startMs,
      totalTrades: count,
      wins: this.#wins,
      losses: this.#losses,
      winRate: this.#wins / count,
      totalPips: this.#pips,
      totalProfit: this.#net,
      averageProfit: this.#net / count,
      maxDrawdown: this.#drawdown,
      sharpeRatio: deviation > 0 ? this.#mean / deviation : null,
      profitFactor: this.#lost > 0 ? this.#won / this.#lost : null,
      averageHoldMinutes: this.#held / count / MINUTE_MS,
    };
  }
}

export class PerformanceBook {
  /** By account, symbol and strategy; newest day last. */
  readonly #days = new Map<string, Day[]>();

  /** The day's figures with this trade in them; undefined where it was counted before, or its day is counted no more. */
  closed(trade: ClosedTrade): DayPerformance | undefined {
    const key = JSON.stringify([trade.tenantId, trade.accountId, trade.symbol, trade.strategy]);
    const days = this.#days.get(key) ?? [];
    this.#days.set(key, days);
    const startMs = Math.floor(trade.time / DAY_MS) * DAY_MS;
    const day = days.find((one) => one.startMs === startMs) ?? this.#begin(days, startMs);
    return day?.add(trade) ? day.figures(trade) : undefined;
  }

  #begin(days: Day[], startMs: number): Day | undefined {
    if (days.length >= DAYS_KEPT && startMs < (days[0] as Day).startMs) return undefined;
    const day = new Day(startMs);
    days.push(day);
    days.sort((a, b) => a.startMs - b.startMs);
    if (days.length > DAYS_KEPT) days.shift();
    return day;
  }
}
