/** What an account's EA tells of money, positions and orders, as rows of its history. Pure. */
import type { Frame2, Message2 } from '../protocol/messages.js';
import type { BalanceRow } from '../storage/ledger/history.js';
import { Drawdown } from './drawdown.js';

type Told<K extends Message2['kind']> = Extract<Message2, { kind: K }>;

/** A row this long after the one before, also where the balance has not changed. */
const ROW_EVERY_MS = 30_000;

/** Tickets of what is open at the broker: all of them from a snapshot, then what changes. */
class OpenTickets {
  #tickets = new Set<bigint>();
  /** Of a snapshot whose pages still come. */
  #coming: Set<bigint> | undefined;

  get count(): number {
    return this.#tickets.size;
  }

  forget(): void {
    this.#tickets.clear();
    this.#coming = undefined;
  }

  page({ page, last, completeness }: Told<'SNAPSHOT'>, tickets: readonly bigint[]): void {
    if (page === 0) this.#coming = new Set();
    if (completeness !== 'COMPLETE') this.#coming = undefined;
    for (const ticket of tickets) this.#coming?.add(ticket);
    if (!last || this.#coming === undefined) return;
    this.#tickets = this.#coming;
    this.#coming = undefined;
  }

  change(ticket: bigint, remaining: number): void {
    if (ticket === 0n) return;
    if (remaining > 0) this.#tickets.add(ticket);
    else this.#tickets.delete(ticket);
  }
}

export class BalanceTrail {
  readonly #drawdown: Drawdown;
  readonly #positions = new OpenTickets();
  readonly #orders = new OpenTickets();
  #newest: { readonly atMs: number; readonly balance: number } | undefined;

  /** Goes on from the newest row that was kept. */
  constructor(
    readonly owner: { readonly tenantId: string; readonly accountId: string },
    newest: BalanceRow | undefined,
  ) {
    this.#drawdown = new Drawdown(
      newest && {
        highestEquity: newest.highestEquity ?? newest.equity,
        equity: newest.equity,
        newestMovement: BigInt(newest.newestMovement ?? 0),
      },
    );
  }

  get drawdownPercent(): number {
    return this.#drawdown.percent;
  }

  beginSession(): void {
    this.#drawdown.beginSession();
    this.#positions.forget();
    this.#orders.forget();
  }

  /** The row that is due by what was told; undefined for none. */
  tell(message: Frame2['message'], atMs: number): BalanceRow | undefined {
    switch (message.kind) {
      case 'FINANCE':
        return this.#money(message, atMs);
      case 'SNAPSHOT':
        this.#positions.page(
          message,
          message.positions.map(({ position }) => position),
        );
        this.#orders.page(
          message,
          message.orders.map(({ order }) => order),
        );
        return undefined;
      case 'TRADE':
        this.#trade(message);
        return undefined;
      case 'HISTORY':
        for (const { tradeKind, deal, profit } of message.deals) if (tradeKind === 'BALANCE') this.#movement(deal, profit, true);
        return undefined;
      default:
        return undefined;
    }
  }

  #trade({ tradeKind, deal, position, order, remaining, profit }: Told<'TRADE'>): void {
    if (tradeKind === 'BALANCE') this.#movement(deal, profit, false);
    else if (tradeKind === 'ORDER') this.#orders.change(order, remaining);
    else this.#positions.change(position, remaining);
  }

  /** The next money is a row: until it is kept, whoever goes on from the newest one would count the movement again. */
  #movement(ticket: bigint, amount: number, past: boolean): void {
    if (ticket > this.#drawdown.newestMovement) this.#newest = undefined;
    this.#drawdown.tellMovement(ticket, amount, past);
  }

  #money(finance: Told<'FINANCE'>, atMs: number): BalanceRow | undefined {
    this.#drawdown.tellMoney(finance);
    const newest = this.#newest;
    if (newest !== undefined && newest.balance === finance.balance && atMs - newest.atMs < ROW_EVERY_MS) return undefined;
    const { balance, equity, margin, freeMargin, floating, dayProfit } = finance;
    this.#newest = { atMs, balance };
    return {
      ...this.owner,
      atMs,
      balance,
      equity,
      margin,
      marginFree: freeMargin,
      marginLevel: margin > 0 ? (100 * equity) / margin : null,
      floatingProfit: floating,
      dailyProfit: dayProfit,
      drawdownPercent: this.#drawdown.percent,
      openPositions: this.#positions.count,
      pendingOrders: this.#orders.count,
      highestEquity: this.#drawdown.highestEquity,
      newestMovement: String(this.#drawdown.newestMovement),
    };
  }
}
