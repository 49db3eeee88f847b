/** Tells of closed trades that lost more than was planned. Their deals are in the ledger and read from there, a trade after the other. */
import { type LossBeyondPlan, lossBeyondPlan } from '../../accounts/loss-beyond-plan.js';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Activity } from '../../runtime/activity.js';
import type { Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { Ledger, SignalRow } from './ledger.js';

export interface LossReporterOptions {
  readonly ledger: Pick<Ledger, 'closedTrades'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly activity?: Activity;
  readonly beyond: (signal: SignalRow, loss: LossBeyondPlan, atMs: number) => void;
}

interface Closed {
  readonly signal: SignalRow;
  readonly atMs: number;
}

/** The clock of a ledger's row may be that of the node before. */
const EARLIER_MS = 60_000;

export class LossReporter {
  readonly #waiting: Closed[] = [];
  #reading: Promise<void> | undefined;

  constructor(readonly options: LossReporterOptions) {}

  closed(signal: SignalRow): void {
    // Trades that a node could not read for so long are told by nobody.
    if (this.#waiting.length >= LIMITS.ledger.historyRows) this.#waiting.shift();
    this.#waiting.push({ signal, atMs: this.options.clock.nowMs() });
    this.#reading ??= this.#read();
  }

  async settled(): Promise<void> {
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { ledger, log, activity, beyond } = this.options;
    activity?.begin();
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        const { signal, atMs } = next;
        const trades = await ledger.closedTrades(signal.accountId, atMs - EARLIER_MS);
        this.#waiting.shift();
        const trade = trades.find((rows) => rows.signal.id === signal.id);
        const loss = trade && lossBeyondPlan(trade);
        if (loss !== undefined) beyond(signal, loss, atMs);
      }
    } catch (error) {
      log.warn({ err: sentence(error) }, 'cannot read a closed trade; it is read with the next one');
    } finally {
      this.#reading = undefined;
      activity?.end();
    }
  }
}
