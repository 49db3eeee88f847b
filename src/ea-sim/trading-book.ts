/**
 * The books of one simulated account: positions, deals, orders and the balance, under netting or hedging rules. It knows
 * no chance, no latency and no quote of its own: whoever fills an order says at what price and what the money is worth.
 *
 * Two things always hold and are tested: the balance is the sum of all deals' profit, commission and swap, and a position's
 * volume is what its deals add up to.
 */
import { assert } from '../runtime/assert.js';
import type { MarginMode } from './broker-terms.js';

export type Side = 'BUY' | 'SELL';
export type DealReason = 'CLIENT' | 'EXPERT' | 'SL' | 'TP' | 'SO';
export type DealEntry = 'IN' | 'OUT' | 'INOUT';

export interface Position {
  /** Ticket of the order that opened it; stays through its life. */
  readonly ticket: bigint;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: number;
  /** Volume-weighted price of what is open. */
  readonly openPrice: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly magic: bigint;
  readonly comment: string;
  readonly openedMs: number;
  readonly changedMs: number;
}

export interface Deal {
  readonly ticket: bigint;
  /** 0 for a balance operation. */
  readonly order: bigint;
  readonly position: bigint;
  readonly symbol: string;
  readonly kind: 'BUY' | 'SELL' | 'BALANCE';
  readonly entry: DealEntry;
  readonly volume: number;
  readonly price: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly profit: number;
  readonly commission: number;
  readonly swap: number;
  readonly magic: bigint;
  readonly reason: DealReason;
  readonly comment: string;
  /** UTC; the broker's own clock is its terms' offset away. */
  readonly timeMs: number;
}

export type OrderState = 'PLACED' | 'FILLED' | 'PARTIAL' | 'REJECTED' | 'CANCELLED';

export interface Order {
  readonly ticket: bigint;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: number;
  readonly remaining: number;
  readonly price: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly magic: bigint;
  readonly comment: string;
  readonly state: OrderState;
  readonly placedMs: number;
  readonly doneMs: number;
}

export interface Fill {
  readonly order: bigint;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: number;
  readonly price: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly magic: bigint;
  readonly comment: string;
  readonly reason: DealReason;
  readonly commission: number;
  /** The hedging position to reduce; 0 opens, or nets. */
  readonly position: bigint;
  readonly timeMs: number;
  /** Money made by closing that much of a position at the fill's price. */
  readonly profitOf: (position: Position, volume: number) => number;
}

/** Volumes in whole hundred-millionths, so that sums of steps compare equal. */
export function lots(volume: number): number {
  return Math.round(volume * 1e8) / 1e8;
}

export class TradingBook {
  readonly #positions = new Map<bigint, Position>();
  readonly #orders = new Map<bigint, Order>();
  readonly #history: Order[] = [];
  readonly #deals: Deal[] = [];
  readonly #dealsByMagic = new Map<bigint, Deal[]>();
  #balance = 0;
  #nextTicket: bigint;

  constructor(
    readonly marginMode: MarginMode,
    readonly moneyDigits: number,
    firstTicket: bigint,
  ) {
    this.#nextTicket = firstTicket;
  }

  get balance(): number {
    return this.#balance;
  }

  get positions(): ReadonlyMap<bigint, Position> {
    return this.#positions;
  }

  /** Orders that are being worked on. */
  get orders(): ReadonlyMap<bigint, Order> {
    return this.#orders;
  }

  get orderHistory(): readonly Order[] {
    return this.#history;
  }

  get deals(): readonly Deal[] {
    return this.#deals;
  }

  dealsOf(magic: bigint): readonly Deal[] {
    return this.#dealsByMagic.get(magic) ?? [];
  }

  /** Tickets of orders, deals and positions come from one counter and are never the same. */
  ticket(): bigint {
    this.#nextTicket += 1n;
    return this.#nextTicket;
  }

  positionOn(symbol: string): Position | undefined {
    for (const position of this.#positions.values()) if (position.symbol === symbol) return position;
    return undefined;
  }

  place(order: Order): void {
    assert(!this.#orders.has(order.ticket), 'an order is placed once');
    this.#orders.set(order.ticket, order);
  }

  /** Moves an order to history in its final state. */
  finish(ticket: bigint, state: OrderState, remaining: number, timeMs: number): Order {
    const order = this.#orders.get(ticket);
    assert(order, 'only a placed order can be finished');
    const done: Order = { ...order, state, remaining: lots(remaining), doneMs: timeMs };
    this.#orders.delete(ticket);
    this.#history.push(done);
    return done;
  }

  /** Money in or out that is no trade. */
  transfer(amount: number, comment: string, timeMs: number, ticket = this.ticket()): Deal {
    return this.#record({
      ticket,
      order: 0n,
      position: 0n,
      symbol: '',
      kind: 'BALANCE',
      entry: 'IN',
      volume: 0,
      price: 0,
      stopLoss: 0,
      takeProfit: 0,
      profit: this.#money(amount),
      commission: 0,
      swap: 0,
      magic: 0n,
      reason: 'CLIENT',
      comment,
      timeMs,
    });
  }

  setStops(ticket: bigint, stopLoss: number, takeProfit: number, timeMs: number): Position {
    const position = this.#positions.get(ticket);
    assert(position, 'only an open position has stops');
    const changed = { ...position, stopLoss, takeProfit, changedMs: timeMs };
    this.#positions.set(ticket, changed);
    return changed;
  }

  fill(fill: Fill): Deal {
    assert(fill.volume > 0, 'a fill has a volume');
    const held = fill.position === 0n && this.marginMode === 'HEDGING' ? undefined : this.#held(fill);
    if (!held) return this.#open(fill);
    if (held.side === fill.side) return this.#add(held, fill);
    if (fill.volume <= held.volume) return this.#reduce(held, fill);
    return this.#reverse(held, fill);
  }

  #held(fill: Fill): Position | undefined {
    if (fill.position === 0n) return this.positionOn(fill.symbol);
    const position = this.#positions.get(fill.position);
    assert(position && position.side !== fill.side && fill.volume <= position.volume, 'a close fits its position');
    return position;
  }

  #open(fill: Fill): Deal {
    this.#positions.set(fill.order, {
      ticket: fill.order,
      symbol: fill.symbol,
      side: fill.side,
      volume: lots(fill.volume),
      openPrice: fill.price,
      stopLoss: fill.stopLoss,
      takeProfit: fill.takeProfit,
      magic: fill.magic,
      comment: fill.comment,
      openedMs: fill.timeMs,
      changedMs: fill.timeMs,
    });
    return this.#deal(fill, fill.order, 'IN', 0);
  }

  #add(held: Position, fill: Fill): Deal {
    const volume = lots(held.volume + fill.volume);
    this.#positions.set(held.ticket, {
      ...held,
      volume,
      openPrice: (held.openPrice * held.volume + fill.price * fill.volume) / volume,
      stopLoss: fill.stopLoss || held.stopLoss,
      takeProfit: fill.takeProfit || held.takeProfit,
      changedMs: fill.timeMs,
    });
    return this.#deal(fill, held.ticket, 'IN', 0);
  }

  #reduce(held: Position, fill: Fill): Deal {
    const left = lots(held.volume - fill.volume);
    if (left === 0) this.#positions.delete(held.ticket);
    else this.#positions.set(held.ticket, { ...held, volume: left, changedMs: fill.timeMs });
    return this.#deal(fill, held.ticket, 'OUT', fill.profitOf(held, fill.volume));
  }

  /** Netting only: closes what is held and opens the rest on the other side, in one deal. */
  #reverse(held: Position, fill: Fill): Deal {
    this.#positions.set(held.ticket, {
      ...held,
      side: fill.side,
      volume: lots(fill.volume - held.volume),
      openPrice: fill.price,
      stopLoss: fill.stopLoss,
      takeProfit: fill.takeProfit,
      magic: fill.magic,
      comment: fill.comment,
      changedMs: fill.timeMs,
    });
    return this.#deal(fill, held.ticket, 'INOUT', fill.profitOf(held, held.volume));
  }

  #deal(fill: Fill, position: bigint, entry: DealEntry, profit: number): Deal {
    return this.#record({
      ticket: this.ticket(),
      order: fill.order,
      position,
      symbol: fill.symbol,
      kind: fill.side,
      entry,
      volume: lots(fill.volume),
      price: fill.price,
      stopLoss: fill.stopLoss,
      takeProfit: fill.takeProfit,
      profit: this.#money(profit),
      commission: this.#money(fill.commission),
      swap: 0,
      magic: fill.magic,
      reason: fill.reason,
      comment: fill.comment,
      timeMs: fill.timeMs,
    });
  }

  #record(deal: Deal): Deal {
    this.#deals.push(deal);
    const ofMagic = this.#dealsByMagic.get(deal.magic);
    if (ofMagic) ofMagic.push(deal);
    else this.#dealsByMagic.set(deal.magic, [deal]);
    this.#balance = this.#money(this.#balance + deal.profit + deal.commission + deal.swap);
    return deal;
  }

  #money(amount: number): number {
    return Number(amount.toFixed(this.moneyDigits)) + 0;
  }
}
