/**
 * What a broker held and had lost lately. A node judges by what its EA told last, which may be some minutes old where they were cut
 * off from each other: what left it must fit one of these.
 */
import type { Broker } from '../../src/ea-sim/broker.js';
import type { Position } from '../../src/ea-sim/trading-book.js';

const LATELY_MS = 3 * 60_000;

export interface BookMoment {
  readonly atMs: number;
  readonly equity: number;
  /** Of the broker's day, closed and floating, of what the day began with. */
  readonly dayLossPercent: number;
  readonly positions: readonly Position[];
}

export class RecentBooks {
  #moments: readonly BookMoment[] = [];

  note(broker: Broker, nowMs: number): void {
    const { balance, equity, floating } = broker.account();
    const closed = broker.dayProfit();
    const moment: BookMoment = {
      atMs: nowMs,
      equity,
      dayLossPercent: (-100 * (closed + floating)) / (balance - closed),
      positions: [...broker.book.positions.values()],
    };
    // One of before the span tells what was there when it began.
    const past = this.#moments.findLastIndex(({ atMs }) => atMs <= nowMs - LATELY_MS);
    this.#moments = [...this.#moments.slice(Math.max(0, past)), moment];
  }

  /** The least that a figure was at any of them. */
  least(figure: (moment: BookMoment) => number): number {
    return Math.min(...this.#moments.map(figure));
  }
}
