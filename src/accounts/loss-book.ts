/**
 * What an account has lost, closed and floating, in the broker's day and in its week from Monday. The day's closed profit is
 * what the broker tells; of the days before it, the deals that the ledger holds, so that a restart changes nothing. In percent of
 * the balance that the day or week began with: today's, less what was closed since.
 */
import type { FinanceMessage } from '../protocol/messages.js';
import type { BookedDay } from '../storage/ledger/ledger.js';
import { DAY_MS } from './allowances.js';

/** 1970 began on a Thursday. */
const MONDAY_TO_FIRST = 3;

export class LossBook {
  /** By day of the broker's clock. */
  readonly #booked = new Map<number, number>();
  #offsetMs = 0;

  begin(booked: readonly BookedDay[], brokerOffsetSeconds: number): void {
    this.#offsetMs = brokerOffsetSeconds * 1_000;
    this.#booked.clear();
    for (const { day, net } of booked) this.#booked.set(day, net);
  }

  /** A deal that the ledger did not hold before. */
  book(brokerTimeMs: number, net: number): void {
    const day = Math.floor(brokerTimeMs / DAY_MS);
    this.#booked.set(day, (this.#booked.get(day) ?? 0) + net);
  }

  /** The broker's day, counted from 1970. */
  dayAt(nowMs: number): number {
    return Math.floor((nowMs + this.#offsetMs) / DAY_MS);
  }

  dailyPercent({ balance, floating, dayProfit }: FinanceMessage): number {
    return lossPercent(dayProfit, floating, balance);
  }

  weeklyPercent({ balance, floating, dayProfit }: FinanceMessage, nowMs: number): number {
    const today = this.dayAt(nowMs);
    const monday = today - ((today + MONDAY_TO_FIRST) % 7);
    let closed = dayProfit;
    for (let day = monday; day < today; day++) closed += this.#booked.get(day) ?? 0;
    return lossPercent(closed, floating, balance);
  }
}

function lossPercent(closed: number, floating: number, balance: number): number {
  const loss = 0 - closed - floating;
  const began = balance - closed;
  // Of nothing there is no share: what is lost beyond it is all.
  if (!(began > 0)) return loss > 0 ? 100 : 0;
  return (100 * loss) / began;
}
