/** What tenants use, counted by hour and handed over to be kept. Pure. */
import type { UsageRow } from '../storage/ledger/history.js';

/** What is counted: a name is stored, so it is never renamed. `cost` is in the units of `schema/cost-units.json`. */
export const USAGE_KINDS = ['decisions', 'signals', 'refusals', 'sessions', 'frames', 'requests', 'predictions', 'cost'] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];

/** What is charged or bounded: a kill may lose seconds of it, not an hour. */
const KEPT_AT_ONCE: ReadonlySet<UsageKind> = new Set(['predictions', 'signals', 'requests', 'cost']);

const HOUR_MS = 3_600_000;

export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

export class UsageCount {
  /** By hour, then by tenant. */
  readonly #hours = new Map<number, Map<string, Map<UsageKind, number>>>();

  add(tenantId: string, what: UsageKind, timeMs: number, amount = 1): void {
    const hourMs = hourOf(timeMs);
    const tenants = this.#hours.get(hourMs) ?? new Map<string, Map<UsageKind, number>>();
    this.#hours.set(hourMs, tenants);
    const counts = tenants.get(tenantId) ?? new Map<UsageKind, number>();
    tenants.set(tenantId, counts);
    counts.set(what, (counts.get(what) ?? 0) + amount);
  }

  /**
   * Hands over, row by row, what was counted since the last time: of what is charged or bounded all of it, of the rest what was
   * counted in hours that had ended at `timeMs`. Rows of an hour add up. What is not taken is kept for the next time.
   */
  handOver(timeMs: number, take: (row: UsageRow) => boolean): void {
    for (const [hour, tenants] of this.#hours) {
      const ended = hour + HOUR_MS <= timeMs;
      for (const [tenantId, counts] of tenants) {
        for (const [what, amount] of counts) {
          const due = ended || KEPT_AT_ONCE.has(what);
          if (due && take({ tenantId, hourMs: hour, what, amount })) counts.delete(what);
        }
        if (counts.size === 0) tenants.delete(tenantId);
      }
      if (tenants.size === 0) this.#hours.delete(hour);
    }
  }
}
