/**
 * The positions that are open at an account's broker, the user's own among them: all of them from a snapshot, then what TRADE
 * tells. A deal tells what remains of its position, not only what it changed, so one that comes twice changes nothing; one that
 * was made before the snapshot was taken is in it already and is passed over. Until a whole snapshot came, nothing is known:
 * an empty book that is not whole is no empty account.
 */
import type { PositionRecord, SnapshotMessage, TradeMessage } from '../protocol/messages.js';
import type { Direction } from '../signals/signal.js';

export interface OpenPosition {
  /** Ticket, decimal text. */
  readonly position: string;
  readonly brokerName: string;
  readonly magic: bigint;
  readonly direction: Direction;
  readonly volume: number;
  /** Mean price it was opened at. */
  readonly openPrice: number;
  /** 0 for none. */
  readonly stopLoss: number;
  readonly takeProfit: number;
  /** By the broker's clock. */
  readonly openedMs: number;
}

interface Coming {
  readonly query: number;
  readonly takenMs: number;
  readonly positions: OpenPosition[];
  /** Told while its pages still came. */
  readonly after: TradeMessage[];
  page: number;
}

function opened(record: PositionRecord): OpenPosition {
  const { position, symbol, magic, side, volume, openPrice, stopLoss, takeProfit, openTimeMs } = record;
  return {
    position: String(position),
    brokerName: symbol,
    magic,
    direction: side,
    volume,
    openPrice,
    stopLoss,
    takeProfit,
    openedMs: openTimeMs,
  };
}

export class PositionBook {
  readonly #positions = new Map<string, OpenPosition>();
  /** Tickets by the broker's name of their symbol. */
  readonly #tickets = new Map<string, Set<string>>();
  #coming: Coming | undefined;
  /** Broker's time of the snapshot that the book started from. */
  #takenMs: number | undefined;

  /** Whether a whole snapshot came: only then is what is not here not there. */
  get whole(): boolean {
    return this.#takenMs !== undefined;
  }

  get size(): number {
    return this.#positions.size;
  }

  all(): IterableIterator<OpenPosition> {
    return this.#positions.values();
  }

  /** Those of one symbol, by its broker's name. */
  of(brokerName: string): readonly OpenPosition[] {
    const tickets = [...(this.#tickets.get(brokerName) ?? [])];
    return tickets.map((ticket) => this.#positions.get(ticket) as OpenPosition);
  }

  get(position: string): OpenPosition | undefined {
    return this.#positions.get(position);
  }

  /** A page; a snapshot that misses one, or that the terminal could not take, is none. True with the page that makes it whole. */
  page({ query, page, last, completeness, brokerTimeMs, positions }: SnapshotMessage): boolean {
    if (page === 0) this.#coming = { query, takenMs: brokerTimeMs, positions: [], after: [], page: 0 };
    const coming = this.#coming;
    if (coming?.query !== query || coming.page !== page || completeness !== 'COMPLETE') {
      this.#coming = undefined;
      return false;
    }
    coming.page += 1;
    for (const record of positions) coming.positions.push(opened(record));
    if (!last) return false;
    this.#coming = undefined;
    this.#takenMs = coming.takenMs;
    this.#positions.clear();
    this.#tickets.clear();
    for (const position of coming.positions) this.#put(position);
    for (const trade of coming.after) this.#apply(trade);
    return true;
  }

  #put(position: OpenPosition): void {
    const { position: ticket, brokerName } = position;
    if (this.#positions.get(ticket)?.brokerName !== brokerName) this.#drop(ticket);
    this.#positions.set(ticket, position);
    const tickets = this.#tickets.get(brokerName);
    if (tickets === undefined) this.#tickets.set(brokerName, new Set([ticket]));
    else tickets.add(ticket);
  }

  #drop(ticket: string): void {
    const brokerName = this.#positions.get(ticket)?.brokerName;
    if (brokerName === undefined) return;
    this.#positions.delete(ticket);
    const tickets = this.#tickets.get(brokerName);
    tickets?.delete(ticket);
    if (tickets?.size === 0) this.#tickets.delete(brokerName);
  }

  change(trade: TradeMessage): void {
    this.#coming?.after.push(trade);
    if (this.whole) this.#apply(trade);
  }

  #apply(trade: TradeMessage): void {
    if (trade.position === 0n || trade.side === 'NONE' || trade.brokerTimeMs < (this.#takenMs ?? 0)) return;
    const ticket = String(trade.position);
    const before = this.#positions.get(ticket);
    if (trade.tradeKind === 'POSITION') this.#keep(ticket, trade, trade.side, trade.price, before);
    else if (trade.tradeKind === 'DEAL') this.#deal(ticket, trade, trade.side, before);
  }

  #deal(ticket: string, trade: TradeMessage, side: Direction, before: OpenPosition | undefined): void {
    const { entry, volume, remaining, price } = trade;
    // What closes a position that is not here says nothing of what is left of it: no price, no stops.
    if (entry === 'OUT' || entry === 'OUT_BY') {
      if (remaining <= 0) this.#drop(ticket);
      else if (before !== undefined) this.#put({ ...before, volume: remaining });
      return;
    }
    const added = entry === 'IN' && before !== undefined && before.direction === side;
    if (added && before.volume === remaining) return;
    const mean = added ? (before.openPrice * Math.max(0, remaining - volume) + price * volume) / remaining : price;
    // An order without stops that adds to a position leaves those it has.
    const stopLoss = added && trade.stopLoss === 0 ? before.stopLoss : trade.stopLoss;
    const takeProfit = added && trade.takeProfit === 0 ? before.takeProfit : trade.takeProfit;
    this.#keep(ticket, { ...trade, stopLoss, takeProfit }, side, mean, before);
  }

  #keep(ticket: string, trade: TradeMessage, direction: Direction, openPrice: number, before: OpenPosition | undefined): void {
    const { symbol: brokerName, magic, remaining, stopLoss, takeProfit, brokerTimeMs } = trade;
    if (remaining <= 0) {
      this.#drop(ticket);
      return;
    }
    const openedMs = before?.openedMs ?? brokerTimeMs;
    this.#put({
      position: ticket,
      brokerName,
      magic: before?.magic ?? magic,
      direction,
      volume: remaining,
      openPrice,
      stopLoss,
      takeProfit,
      openedMs,
    });
  }
}
