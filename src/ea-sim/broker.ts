/**
 * A simulated MT5 trade server with one account on it, and the terminal's view of it. Time, chance and prices are handed
 * in; nothing here knows of a protocol or a socket.
 *
 * A request takes its time to arrive, is checked against what the server then holds, and is answered once through the
 * callback it came with. An ambiguous answer (10011, 10012, 10031) says nothing about the trade: it may have been made
 * before, may still be made seconds later, or never. What happened is in `history`, and only there; a query answers
 * undefined while the terminal is cut off or the query fails, which is not the same as "nothing found".
 *
 * Everything happens at the broker's instants (`instants.ts`): requests arrive there, and quotes are collected until the
 * next one and then tried against stops in the order they came, so that a spike between two turns still triggers.
 */
import { openOrNextOpen } from '../market/synthetic/sessions.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { Behaviour } from './behaviour.js';
import { type BrokerQuote, BrokerQuotes, deriveQuote, toDigits } from './broker-quotes.js';
import type { BrokerSymbol, BrokerTerms, Filling } from './broker-terms.js';
import { delayToBrokerTurn } from './instants.js';
import { accountState, type AccountState, profitOf, worstPosition } from './margin.js';
import { type AmbiguousFate, drawOrderFate, type OrderFate } from './order-fate.js';
import type { PriceSource } from './price-source.js';
import { checkDeal, checkStops } from './request-check.js';
import { RETCODE } from './retcode.js';
import { type Deal, type DealReason, lots, type Order, type Position, type Side, TradingBook } from './trading-book.js';

export interface DealRequest {
  readonly action: 'deal';
  readonly symbol: string;
  readonly side: Side;
  readonly volume: number;
  /** The price the terminal saw; instant execution requotes when it has moved further than the deviation. */
  readonly price: number;
  readonly deviationPoints: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  readonly magic: bigint;
  readonly comment: string;
  /** The position to close on a hedging account; 0 opens, or nets. */
  readonly position: bigint;
  readonly filling: Filling;
  readonly reason: DealReason;
}

export interface StopsRequest {
  readonly action: 'stops';
  readonly position: bigint;
  readonly stopLoss: number;
  readonly takeProfit: number;
}

export type TradeRequest = DealRequest | StopsRequest;

export interface TradeAnswer {
  readonly retcode: number;
  readonly externalRetcode: number;
  readonly order: bigint;
  readonly deal: bigint;
  readonly position: bigint;
  readonly volume: number;
  readonly price: number;
}

/** As MT5 tells them: `position` is a change that no deal made. `remaining` is what the deal left of its position. */
export type TradeEvent =
  | { readonly kind: 'deal'; readonly deal: Deal; readonly remaining: number }
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'position'; readonly position: Position };

export interface BrokerHistory {
  readonly orders: readonly Order[];
  readonly deals: readonly Deal[];
}

export interface BrokerOptions {
  readonly terms: BrokerTerms;
  readonly behaviour: Behaviour;
  readonly prices: PriceSource;
  readonly clock: Clock;
  /** Forked for this account. */
  readonly random: Random;
  /** Of an account that was traded before: its deposit is this, and was told. */
  readonly opening?: Opening;
}

/** What an account holds at its beginning here, under the ticket of a deposit that others know of. */
export interface Opening {
  readonly amount: number;
  readonly ticket: bigint;
}

const DAY_MS = 86_400_000;
/** Tickets start at the account's birth in milliseconds times this, so that two runs never give one ticket twice. */
const TICKETS_PER_MS = 1_024n;
const NO_TRADE: Omit<TradeAnswer, 'retcode'> = { externalRetcode: 0, order: 0n, deal: 0n, position: 0n, volume: 0, price: 0 };

export class Broker {
  readonly terms: BrokerTerms;
  readonly quotes: BrokerQuotes;
  readonly book: TradingBook;
  readonly #behaviour: Behaviour;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #listeners = new Set<(event: TradeEvent) => void>();
  /** Quote subscriptions of held symbols, and the quotes that came since the last turn. */
  readonly #watched = new Map<string, Cancel>();
  #arrived: { symbol: BrokerSymbol; quote: BrokerQuote }[] = [];
  #turnSet = false;
  #requests = 0;
  #stopsHit = 0;
  #queries = 0;
  #linkDownUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: BrokerOptions) {
    this.terms = options.terms;
    this.#behaviour = options.behaviour;
    this.#clock = options.clock;
    this.#random = options.random;
    this.quotes = new BrokerQuotes(options.terms.symbols, options.prices);
    const firstTicket = BigInt(options.clock.nowMs()) * TICKETS_PER_MS;
    this.book = new TradingBook(options.terms.marginMode, options.terms.currencyDigits, firstTicket);
    const { amount, ticket } = options.opening ?? { amount: options.terms.deposit, ticket: undefined };
    this.book.transfer(amount, 'deposit', options.clock.nowMs(), ticket);
  }

  /** Tells of every deal, order and position change, at the instant it happens. */
  onTrade(listener: (event: TradeEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  quote(name: string): BrokerQuote | undefined {
    const symbol = this.quotes.symbol(name);
    return symbol && this.quotes.quote(symbol);
  }

  /** Balance, equity, floating and margin at the present quotes. */
  account(): AccountState {
    return accountState(this.book, this.terms, this.quotes);
  }

  /** Profit closed since the broker's midnight. */
  dayProfit(): number {
    const offset = this.terms.timeOffsetMs;
    const dayStartMs = Math.floor((this.#clock.nowMs() + offset) / DAY_MS) * DAY_MS - offset;
    const { deals } = this.book;
    let sum = 0;
    for (let at = deals.length - 1; at >= 0; at--) {
      const deal = deals[at];
      if (!deal || deal.timeMs < dayStartMs) break;
      if (deal.kind !== 'BALANCE') sum += deal.profit + deal.commission + deal.swap;
    }
    return toDigits(sum, this.terms.currencyDigits) + 0;
  }

  /** Since when the terminal has had its server without a break; undefined while it has not. */
  linkedSinceMs(): number | undefined {
    return this.#clock.nowMs() < this.#linkDownUntilMs ? undefined : this.#linkDownUntilMs;
  }

  /** Positions and working orders; undefined where the terminal cannot know. */
  holdings(): { readonly positions: readonly Position[]; readonly orders: readonly Order[] } | undefined {
    if (!this.#queryWorks()) return undefined;
    return { positions: [...this.book.positions.values()], orders: [...this.book.orders.values()] };
  }

  /** Finished orders and deals from an instant on, or of one magic; undefined where the query failed. */
  history(
    select: { readonly sinceMs: number; readonly untilMs?: number } | { readonly magic: bigint },
  ): BrokerHistory | undefined {
    if (!this.#queryWorks()) return undefined;
    if ('magic' in select) {
      return {
        orders: this.book.orderHistory.filter((order) => order.magic === select.magic),
        deals: this.book.dealsOf(select.magic),
      };
    }
    const { sinceMs, untilMs = Number.POSITIVE_INFINITY } = select;
    return {
      orders: this.book.orderHistory.filter((order) => order.doneMs >= sinceMs && order.doneMs <= untilMs),
      deals: this.book.deals.filter((deal) => deal.timeMs >= sinceMs && deal.timeMs <= untilMs),
    };
  }

  /** What the terminal can tell about a request before it is sent: 0, or the code it would fail with. */
  check(request: TradeRequest): number {
    return request.action === 'deal' ? checkDeal(request, this) : checkStops(request, this);
  }

  /** Sends a request; it is answered once, never in the same instant. */
  send(request: TradeRequest, answer: (result: TradeAnswer) => void): void {
    this.#requests += 1;
    const fate = drawOrderFate(this.#random.fork(`request/${this.#requests}`), this.#behaviour);
    this.#atTurn(fate.latencyMs, () => {
      if (this.linkedSinceMs() === undefined) answer({ ...NO_TRADE, retcode: RETCODE.CONNECTION });
      else if (request.action === 'stops') answer(this.#changeStops(request));
      else if (fate.ambiguous) this.#executeUnseen(request, fate, fate.ambiguous, answer);
      else answer(this.#execute(request, fate));
    });
  }

  marketOpen(): boolean {
    const nowMs = this.#clock.nowMs();
    return openOrNextOpen(nowMs) === nowMs;
  }

  #execute(request: DealRequest, fate: OrderFate): TradeAnswer {
    const refused = this.check(request) || fate.rejectCode || this.#requoted(request, fate);
    return refused ? { ...NO_TRADE, retcode: refused } : this.#trade(this.#place(request), request, fate);
  }

  /** The trade goes its way whatever the terminal is told. */
  #executeUnseen(request: DealRequest, fate: OrderFate, unseen: AmbiguousFate, answer: (result: TradeAnswer) => void): void {
    if (unseen.arrives && this.check(request) === 0) {
      const order = this.#place(request);
      this.#atTurn(unseen.tradeAfterMs, () => {
        if (this.check(request) === 0) this.#trade(order, request, fate);
        else this.#finish(order, 'REJECTED', request.volume);
      });
    }
    this.#linkDownUntilMs = Math.max(this.#linkDownUntilMs, this.#clock.nowMs() + unseen.linkDownMs);
    this.#atTurn(unseen.answerAfterMs, () => answer({ ...NO_TRADE, retcode: unseen.retcode }));
  }

  #requoted(request: DealRequest, fate: OrderFate): number {
    const symbol = this.quotes.symbol(request.symbol);
    const quote = this.quote(request.symbol);
    if (symbol?.execution !== 'INSTANT' || !quote) return 0;
    const price = request.side === 'BUY' ? quote.ask : quote.bid;
    const moved = Math.abs(price - request.price) > (request.deviationPoints + 0.5) * symbol.point;
    return moved || fate.requote ? RETCODE.REQUOTE : 0;
  }

  #place(request: DealRequest): Order {
    const nowMs = this.#clock.nowMs();
    const order: Order = {
      ticket: this.book.ticket(),
      symbol: request.symbol,
      side: request.side,
      volume: request.volume,
      remaining: request.volume,
      price: request.price,
      stopLoss: request.stopLoss,
      takeProfit: request.takeProfit,
      magic: request.magic,
      comment: request.comment,
      state: 'PLACED',
      placedMs: nowMs,
      doneMs: 0,
    };
    this.book.place(order);
    this.#tell({ kind: 'order', order });
    return order;
  }

  #finish(order: Order, state: Order['state'], remaining: number): void {
    this.#tell({ kind: 'order', order: this.book.finish(order.ticket, state, remaining, this.#clock.nowMs()) });
  }

  #trade(order: Order, request: DealRequest, fate: OrderFate): TradeAnswer {
    const symbol = this.quotes.symbol(request.symbol);
    const quote = this.quote(request.symbol);
    const volume = symbol ? filledVolume(request, symbol, fate.fillShare) : 0;
    if (!symbol || !quote || volume === 0) {
      this.#finish(order, 'CANCELLED', request.volume);
      return { ...NO_TRADE, retcode: RETCODE.CANCEL, order: order.ticket };
    }
    const sign = request.side === 'BUY' ? 1 : -1;
    const price = toDigits((sign > 0 ? quote.ask : quote.bid) + sign * fate.slipPoints * symbol.point, symbol.digits);
    const left = lots(request.volume - volume);
    this.#finish(order, left > 0 ? 'PARTIAL' : 'FILLED', left);
    const deal = this.#fill({ ...request, order: order.ticket, volume, price });
    return {
      retcode: left > 0 ? RETCODE.DONE_PARTIAL : RETCODE.DONE,
      externalRetcode: 0,
      order: order.ticket,
      deal: deal.ticket,
      position: deal.position,
      volume,
      price,
    };
  }

  #fill(fill: Omit<Parameters<TradingBook['fill']>[0], 'profitOf' | 'timeMs' | 'commission'>): Deal {
    const deal = this.book.fill({
      order: fill.order,
      symbol: fill.symbol,
      side: fill.side,
      volume: fill.volume,
      price: fill.price,
      stopLoss: fill.stopLoss,
      takeProfit: fill.takeProfit,
      magic: fill.magic,
      comment: fill.comment,
      reason: fill.reason,
      position: fill.position,
      commission: -this.terms.commissionPerLot * fill.volume,
      timeMs: this.#clock.nowMs(),
      profitOf: (position, volume) => profitOf({ ...position, volume }, fill.price, this.quotes, this.terms.currency),
    });
    this.#watch(fill.symbol);
    this.#tell({ kind: 'deal', deal, remaining: this.book.positions.get(deal.position)?.volume ?? 0 });
    return deal;
  }

  #changeStops(request: StopsRequest): TradeAnswer {
    const refused = this.check(request);
    if (refused) return { ...NO_TRADE, retcode: refused };
    const { position: ticket, stopLoss, takeProfit } = request;
    const position = this.book.setStops(ticket, stopLoss, takeProfit, this.#clock.nowMs());
    this.#tell({ kind: 'position', position });
    return { ...NO_TRADE, retcode: RETCODE.DONE, position: ticket };
  }

  /** Listens to a symbol's quotes while a position is open on it. */
  #watch(name: string): void {
    const held = [...this.book.positions.values()].some((position) => position.symbol === name);
    const watched = this.#watched.get(name);
    if (!held) {
      watched?.();
      this.#watched.delete(name);
      return;
    }
    const symbol = this.quotes.symbol(name);
    if (watched || !symbol) return;
    const cancel = this.quotes.source.onQuote(symbol.canonical, (source) => {
      this.#arrived.push({ symbol, quote: deriveQuote(symbol, source) });
      if (this.#turnSet) return;
      this.#turnSet = true;
      this.#atTurn(0, () => this.#quoteTurn());
    });
    this.#watched.set(name, cancel);
  }

  #quoteTurn(): void {
    this.#turnSet = false;
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const { symbol, quote } of arrived) {
      for (const position of [...this.book.positions.values()]) {
        if (position.symbol === symbol.name) this.#tryStops(position, symbol, quote);
      }
    }
    this.#stopOut();
  }

  /** A buy is closed at the bid and a sell at the ask, and that is the price its stops are tried against. */
  #tryStops(position: Position, symbol: BrokerSymbol, quote: BrokerQuote): void {
    const sign = position.side === 'BUY' ? 1 : -1;
    const price = sign > 0 ? quote.bid : quote.ask;
    const stopped = position.stopLoss > 0 && sign * (price - position.stopLoss) <= 0;
    const taken = position.takeProfit > 0 && sign * (price - position.takeProfit) >= 0;
    if (!stopped && !taken) return;
    this.#stopsHit += 1;
    const random = this.#random.fork(`stop/${this.#stopsHit}`);
    const slip = stopped ? random.int(this.#behaviour.stopSlipPointsMost + 1) * symbol.point : 0;
    this.#closeByServer(position, toDigits(price - sign * slip, symbol.digits), stopped ? 'SL' : 'TP');
  }

  #stopOut(): void {
    for (;;) {
      const { margin, equity } = this.account();
      if (margin <= 0 || (equity / margin) * 100 > this.terms.stopOutPercent) return;
      const worst = worstPosition(this.book, this.quotes, this.terms.currency);
      const quote = worst && this.quote(worst.symbol);
      if (!worst || !quote) return;
      this.#closeByServer(worst, worst.side === 'BUY' ? quote.bid : quote.ask, 'SO');
    }
  }

  #closeByServer(position: Position, price: number, reason: DealReason): void {
    const order = this.#place({
      action: 'deal',
      symbol: position.symbol,
      side: position.side === 'BUY' ? 'SELL' : 'BUY',
      volume: position.volume,
      price,
      deviationPoints: 0,
      stopLoss: 0,
      takeProfit: 0,
      magic: position.magic,
      comment: `[${reason.toLowerCase()} ${price}]`,
      position: position.ticket,
      filling: 'FOK',
      reason,
    });
    this.#finish(order, 'FILLED', 0);
    this.#fill({ ...order, order: order.ticket, price, position: position.ticket, reason });
  }

  #queryWorks(): boolean {
    this.#queries += 1;
    if (this.linkedSinceMs() === undefined) return false;
    return !this.#random.fork(`query/${this.#queries}`).chance(this.#behaviour.historyFailChance);
  }

  #atTurn(delayMs: number, call: () => void): void {
    this.#clock.after(delayToBrokerTurn(this.#clock.nowMs(), delayMs), call);
  }

  #tell(event: TradeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Volume that finds a counterparty, in whole steps; a fill-or-kill order takes all or nothing. */
function filledVolume(request: DealRequest, symbol: BrokerSymbol, share: number): number {
  if (share >= 1) return request.volume;
  if (request.filling === 'FOK') return 0;
  const steps = Math.floor((request.volume * share) / symbol.volumeStep + 1e-9);
  const volume = lots(steps * symbol.volumeStep);
  return volume >= symbol.volumeMin ? volume : request.volume;
}
