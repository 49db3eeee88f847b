/** What an account's EA tells of it, as the cache keeps it and the bus carries it. */
import type { AccountTerms } from '../accounts/assessment.js';
import type { FinanceMessage, HeartbeatMessage, HelloMessage } from '../protocol/messages.js';

export interface AccountName {
  readonly tenantId: string;
  readonly accountId: string;
}

/** An account as its EA presented it, and as an operator has set it. */
export type AccountProfile = Pick<
  HelloMessage,
  'login' | 'server' | 'company' | 'currency' | 'leverage' | 'marginMode' | 'tradeMode' | 'eaBuild' | 'terminalBuild'
> & {
  readonly mode: string;
  /** What the user's own EA allows at most; 0 where it sets no cap. */
  readonly caps: Pick<HelloMessage, 'riskPercentMax' | 'volumeMax' | 'positionsMax' | 'dailyLossMax' | 'drawdownMax'>;
  /** When it was told, UTC ms of the engine. */
  readonly timeMs: number;
};

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

export function profileTold({ account, hello }: AccountTerms, timeMs: number): AccountProfile {
  const { login, server, company, currency, leverage, marginMode, tradeMode, eaBuild, terminalBuild } = hello;
  const { riskPercentMax, volumeMax, positionsMax, dailyLossMax, drawdownMax } = hello;
  const caps = { riskPercentMax, volumeMax, positionsMax, dailyLossMax, drawdownMax };
  const broker = { login, server, company, currency, leverage, marginMode, tradeMode, eaBuild, terminalBuild };
  return { mode: account.mode, ...broker, caps, timeMs };
}

export function moneyTold(told: FinanceMessage, timeMs: number): AccountMoney {
  const { balance, equity, margin, freeMargin, floating, dayProfit } = told;
  return { balance, equity, margin, freeMargin, floating, dayProfit, timeMs };
}

export function beatTold(told: HeartbeatMessage, timeMs: number): AccountBeat {
  const { brokerConnected, tradeAllowed, expertAllowed, synchronised, errorCount } = told;
  return { timeMs, brokerConnected, tradeAllowed, expertAllowed, synchronised, errorCount };
}
