/** What an account's EA tells of it, as the cache keeps it and the bus carries it. */
import type { FinanceMessage, HeartbeatMessage } from '../protocol/messages.js';

export interface AccountName {
  readonly tenantId: string;
  readonly accountId: string;
}

export interface AccountMoney {
  readonly balance: number;
  readonly equity: number;
  readonly margin: number;
  readonly freeMargin: number;
  /** Profit of open positions. */
  readonly floating: number;
  /** Profit closed since the broker's midnight. */
  readonly dayProfit: number;
  /** When it was told, UTC ms of the engine. */
  readonly timeMs: number;
}

export interface AccountBeat {
  readonly timeMs: number;
  readonly brokerConnected: boolean;
  readonly tradeAllowed: boolean;
  readonly expertAllowed: boolean;
  readonly synchronised: boolean;
  /** Errors that the EA has seen since its start. */
  readonly errorCount: number;
}

export function moneyTold(told: FinanceMessage, timeMs: number): AccountMoney {
  const { balance, equity, margin, freeMargin, floating, dayProfit } = told;
  return { balance, equity, margin, freeMargin, floating, dayProfit, timeMs };
}

export function beatTold(told: HeartbeatMessage, timeMs: number): AccountBeat {
  const { brokerConnected, tradeAllowed, expertAllowed, synchronised, errorCount } = told;
  return { timeMs, brokerConnected, tradeAllowed, expertAllowed, synchronised, errorCount };
}
