/**
 * Settles signals whose outcome is unknown from the broker's history, by their magics. A deal that is found decides at once.
 * "Not found" decides only when the terminal has been synchronised for a minute, the signal can no longer be executed, and
 * two looks agree; a look that the terminal could not answer counts for nothing. How long something has been so is told by steady
 * time: a machine's clock that is set forward makes no broker faster. A signal that went out over suho-1 bears no
 * magic of ours, so no history can tell what became of it: it stays UNKNOWN until its EA or an operator says more.
 */
import { NO_INSTANCE } from '../protocol/ea-session.js';
import type { HistoryMessage } from '../protocol/messages.js';
import type { Clock } from '../runtime/clock.js';
import type { SignalRow } from '../storage/ledger/ledger.js';

export const SYNCHRONISED_FOR_MS = 60_000;
const LOOKS_NEEDED = 2;
const LOOKS_APART_MS = 60_000;
/** The broker's clock is not ours: what is asked for starts and ends this much outside. */
const CLOCK_MARGIN_MS = 86_400_000;

interface Look {
  readonly pages: Set<number>;
  lastPage: number | undefined;
  complete: boolean;
  /** Signals that it is to decide. */
  readonly of: ReadonlySet<string>;
  /** Where it answers for what was traded since a backup: from when on that is. */
  readonly owedFromMs: number | undefined;
  /** Signals whose deals stood in a page of it: whatever becomes of storing that, they are not missing. */
  readonly found: Set<string>;
}

/** An order that left at the last moment may be filled so much later, though its terminal has given up. */
export const SETTLED_AFTER_MS = 60_000;

/** A signal whose outcome is unknown. */
interface Doubt {
  /** Since when it is known to be so here, by steady time. */
  readonly sinceMs: number;
  /** How many looks have not found it. */
  readonly looks: number;
}

/** What hour it is, and how long it took to get there. */
export type EngineTime = Pick<Clock, 'nowMs' | 'steadyMs'>;

export class Reconciliation {
  #doubts: ReadonlyMap<string, Doubt> = new Map();
  #look: Look | undefined;
  /** When the newest was asked for, where it may count; it may be lost, too. */
  #askedMs = Number.NEGATIVE_INFINITY;
  #told: number | undefined;

  /** Signals that wait to be settled. */
  get doubts(): number {
    return this.#doubts.size;
  }

  /** From when on a whole look has just told everything that was owed since a restore; once. */
  takeTold(): number | undefined {
    const told = this.#told;
    this.#told = undefined;
    return told;
  }

  /** Signals that need a look, and the range to ask for; undefined while there are none or a look is under way. */
  due(
    signals: Iterable<SignalRow>,
    clock: EngineTime,
    synchronisedSinceMs: number | undefined,
    owedFromMs: number | undefined = undefined,
  ): { readonly fromMs: number; readonly toMs: number } | undefined {
    const [nowMs, steadyMs] = [clock.nowMs(), clock.steadyMs()];
    const unknown = this.#doubted(signals, steadyMs);
    if (steadyMs - this.#askedMs < LOOKS_APART_MS) return undefined;
    if (synchronisedSinceMs === undefined || steadyMs - synchronisedSinceMs < SYNCHRONISED_FOR_MS) return undefined;
    const due = unknown.filter((row) => this.isOver(row, clock));
    const fromMs = Math.min(owedFromMs ?? Number.POSITIVE_INFINITY, ...due.map(({ createdAt }) => createdAt));
    if (fromMs === Number.POSITIVE_INFINITY) return undefined;
    const of = new Set(due.map(({ id }) => id));
    this.#askedMs = steadyMs;
    this.#look = { pages: new Set(), lastPage: undefined, complete: true, of, owedFromMs, found: new Set() };
    return { fromMs: Math.max(0, fromMs - CLOCK_MARGIN_MS), toMs: nowMs + CLOCK_MARGIN_MS };
  }

  /**
   * Nothing more comes of a signal that has not been traded by now: its time is over, and it has been unknown for as long as an order that
   * left may take. By the first alone one would be over as soon as the machine's clock is set forward.
   */
  isOver({ id, validUntil }: SignalRow, clock: EngineTime): boolean {
    const doubt = this.#doubts.get(id);
    if (doubt === undefined || clock.steadyMs() - doubt.sinceMs < SETTLED_AFTER_MS) return false;
    return validUntil + SETTLED_AFTER_MS <= clock.nowMs();
  }

  /** Those whose outcome a history can tell; what was in doubt and has been settled by other news is forgotten. */
  #doubted(signals: Iterable<SignalRow>, steadyMs: number): readonly SignalRow[] {
    const unknown = [...signals].filter(({ state, instance }) => state === 'UNKNOWN' && instance !== NO_INSTANCE);
    this.#doubts = new Map(unknown.map(({ id }) => [id, this.#doubts.get(id) ?? { sinceMs: steadyMs, looks: 0 }]));
    return unknown;
  }

  /**
   * Takes a page of the answer, and the ids of the signals whose deals it holds. When it is the page that makes the look whole:
   * the signals whose absence two looks agree on.
   */
  page(message: HistoryMessage, signals: Iterable<SignalRow>, found: Iterable<string>): readonly SignalRow[] {
    const look = this.#look;
    if (look === undefined) return [];
    look.pages.add(message.page);
    for (const id of found) look.found.add(id);
    if (message.last) look.lastPage = message.page;
    if (message.completeness !== 'COMPLETE') look.complete = false;
    if (look.lastPage === undefined || look.pages.size <= look.lastPage) return [];
    this.#look = undefined;
    if (!look.complete) {
      this.#askedMs = Number.NEGATIVE_INFINITY;
      return [];
    }
    this.#told = look.owedFromMs;
    return this.#notFound(signals, look);
  }

  #notFound(signals: Iterable<SignalRow>, { of, found }: Look): readonly SignalRow[] {
    const settled: SignalRow[] = [];
    const doubts = new Map(this.#doubts);
    for (const row of signals) {
      const doubt = row.state === 'UNKNOWN' ? doubts.get(row.id) : undefined;
      if (doubt === undefined) continue;
      const looks = found.has(row.id) ? 0 : doubt.looks + (of.has(row.id) ? 1 : 0);
      if (looks >= LOOKS_NEEDED) settled.push(row);
      doubts.set(row.id, { ...doubt, looks: looks % LOOKS_NEEDED });
    }
    this.#doubts = doubts;
    return settled;
  }
}
