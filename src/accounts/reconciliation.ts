/**
 * Settles signals whose outcome is unknown from the broker's history, by their magics. A deal that is found decides at once.
 * "Not found" decides only when the terminal has been synchronised for a minute, the signal can no longer be executed, and
 * two looks agree; a look that the terminal could not answer counts for nothing. A signal that went out over suho-1 bears no
 * magic of ours, so no history can tell what became of it: it stays UNKNOWN until its EA or an operator says more.
 */
import { NO_INSTANCE } from '../protocol/ea-session.js';
import type { HistoryMessage } from '../protocol/messages.js';
import type { SignalRow } from '../storage/ledger/ledger.js';

export const SYNCHRONISED_FOR_MS = 60_000;
const LOOKS_NEEDED = 2;
/** The broker's clock is not ours: what is asked for starts and ends this much outside. */
const CLOCK_MARGIN_MS = 86_400_000;

interface Look {
  readonly pages: Set<number>;
  lastPage: number | undefined;
  complete: boolean;
  readonly askedAtMs: number;
  /** Where it answers for what was traded since a backup: from when on that is. */
  readonly owedFromMs: number | undefined;
  /** Signals whose deals stood in a page of it: whatever becomes of storing that, they are not missing. */
  readonly found: Set<string>;
}

/** An order that left at the last moment may be filled so much later, though its terminal has given up. */
export const SETTLED_AFTER_MS = 60_000;

/** Nothing more can come of it, and the history can tell what has. */
function isDue({ state, validUntil, instance }: SignalRow, nowMs: number): boolean {
  return state === 'UNKNOWN' && isOver(validUntil, nowMs) && instance !== NO_INSTANCE;
}

/** What has not been traded by now is not traded any more. */
export function isOver(validUntilMs: number, nowMs: number): boolean {
  return validUntilMs + SETTLED_AFTER_MS <= nowMs;
}

export class Reconciliation {
  readonly #missing = new Map<string, number>();
  #look: Look | undefined;
  #told: number | undefined;

  /** Signals that were looked for once and not found. */
  get missing(): number {
    return this.#missing.size;
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
    nowMs: number,
    synchronisedSinceMs: number | undefined,
    owedFromMs: number | undefined = undefined,
  ): { readonly fromMs: number; readonly toMs: number } | undefined {
    if (this.#look !== undefined && nowMs - this.#look.askedAtMs < SYNCHRONISED_FOR_MS) return undefined;
    if (synchronisedSinceMs === undefined || nowMs - synchronisedSinceMs < SYNCHRONISED_FOR_MS) return undefined;
    let fromMs = owedFromMs ?? Number.POSITIVE_INFINITY;
    for (const row of signals) if (isDue(row, nowMs)) fromMs = Math.min(fromMs, row.createdAt);
    if (fromMs === Number.POSITIVE_INFINITY) {
      // What was missing once has been settled since by other news than a look.
      this.#missing.clear();
      return undefined;
    }
    this.#look = { pages: new Set(), lastPage: undefined, complete: true, askedAtMs: nowMs, owedFromMs, found: new Set() };
    return { fromMs: Math.max(0, fromMs - CLOCK_MARGIN_MS), toMs: nowMs + CLOCK_MARGIN_MS };
  }

  /**
   * Takes a page of the answer, and the ids of the signals whose deals it holds. When it is the page that makes the look whole:
   * the signals whose absence two looks agree on.
   */
  page(message: HistoryMessage, unknown: Iterable<SignalRow>, found: Iterable<string>): readonly SignalRow[] {
    const look = this.#look;
    if (look === undefined) return [];
    look.pages.add(message.page);
    for (const id of found) look.found.add(id);
    if (message.last) look.lastPage = message.page;
    if (message.completeness !== 'COMPLETE') look.complete = false;
    if (look.lastPage === undefined || look.pages.size <= look.lastPage) return [];
    this.#look = undefined;
    if (!look.complete) return [];
    this.#told = look.owedFromMs;
    return this.#notFound(unknown, look);
  }

  #notFound(unknown: Iterable<SignalRow>, { askedAtMs, found }: Look): readonly SignalRow[] {
    const settled: SignalRow[] = [];
    const rows = [...unknown];
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of this.#missing.keys()) if (!ids.has(id) || found.has(id)) this.#missing.delete(id);
    for (const row of rows) {
      if (!isDue(row, askedAtMs) || found.has(row.id)) continue;
      const looks = (this.#missing.get(row.id) ?? 0) + 1;
      this.#missing.set(row.id, looks);
      if (looks >= LOOKS_NEEDED) settled.push(row);
    }
    for (const { id } of settled) this.#missing.delete(id);
    return settled;
  }
}
