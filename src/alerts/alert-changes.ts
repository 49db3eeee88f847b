import type { Alert } from './alert.js';

/** Finds which alerts are not as they were: fired, told, acknowledged or over; a figure that moves is none of it. */
export class AlertChanges {
  #before: ReadonlyMap<string, string> = new Map();

  /** Oldest first; of a list with all that there are. */
  of(list: readonly Alert[]): readonly Alert[] {
    const now = new Map(list.map((alert) => [alert.id, stateOf(alert)]));
    const changed = list.filter(({ id }) => now.get(id) !== this.#before.get(id));
    this.#before = now;
    return [...changed].sort((a, b) => a.number - b.number);
  }
}

function stateOf({ severity, step, acknowledged, resolvedMs }: Alert): string {
  return `${severity} ${step} ${acknowledged?.atMs ?? '-'} ${resolvedMs ?? '-'}`;
}
