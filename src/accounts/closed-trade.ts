/** What a closed trade came to, worked out of its deals. Pure. */
import { instrumentOf } from '../market/instrument.js';
import type { Direction } from '../signals/signal.js';
import type { ClosedTradeRows, DealRow } from '../storage/ledger/ledger.js';
import { type ClosedTrade, netOf, type TradeOutcome, tradeOutcome } from './performance.js';

export interface TradeFigures extends ClosedTrade {
  readonly direction: Direction;
  /** Means over the deals, by volume. */
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly volume: number;
  readonly outcome: TradeOutcome;
  /** Why the broker made the last deal. */
  readonly reason: string;
}

/** Positive where the price went the trade's way. */
export function pipsBetween(symbol: string, direction: Direction, from: number, to: number): number {
  const { pip } = instrumentOf(symbol) ?? { pip: 0.0001 };
  return ((to - from) / pip) * (direction === 'BUY' ? 1 : -1);
}

function meanPrice(deals: readonly DealRow[]): { readonly price: number; readonly volume: number } {
  const volume = deals.reduce((sum, deal) => sum + deal.volume, 0);
  return { volume, price: deals.reduce((sum, deal) => sum + deal.price * deal.volume, 0) / volume };
}

/** None where the deals do not show both ends of it. `brokerOffsetMs`: the broker's clock less UTC. */
export function tradeFigures({ signal, deals }: ClosedTradeRows, brokerOffsetMs: number): TradeFigures | undefined {
  const opening = deals.filter(({ entry }) => entry === 'IN');
  const closing = deals.filter(({ entry }) => entry === 'OUT' || entry === 'OUT_BY');
  const last = closing.at(-1);
  const first = opening[0];
  if (first === undefined || last === undefined) return undefined;
  const { symbol, direction } = signal;
  const { price: entryPrice, volume } = meanPrice(opening);
  const { price: exitPrice } = meanPrice(closing);
  const sum = (of: 'profit' | 'commission' | 'swap'): number => deals.reduce((total, deal) => total + deal[of], 0);
  const money = { profit: sum('profit'), commission: sum('commission'), swap: sum('swap') };
  return {
    tenantId: signal.tenantId,
    accountId: signal.accountId,
    tradeId: signal.id,
    symbol,
    strategy: signal.strategy,
    direction,
    openedAt: first.brokerTime - brokerOffsetMs,
    time: last.brokerTime - brokerOffsetMs,
    entryPrice,
    exitPrice,
    volume,
    pips: pipsBetween(symbol, direction, entryPrice, exitPrice),
    ...money,
    outcome: tradeOutcome(netOf(money)),
    reason: last.reason,
  };
}
