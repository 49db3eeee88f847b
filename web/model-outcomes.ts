/** How right models have been since the node began, out of its counters: horizons that are over, and whether they leaned that way. */

export interface Tally {
  readonly told: number;
  readonly right: number;
}

/** By horizon. */
export type Outcomes = ReadonlyMap<string, Tally>;

const LINE = /^suho_model_outcomes_total\{([^}]*)\} (\S+)$/;
const LABEL = /(\w+)="([^"]*)"/g;

/** By model, as `name@version`. */
export function outcomesOf(metrics: string): ReadonlyMap<string, Outcomes> {
  const models = new Map<string, Map<string, Tally>>();
  for (const line of metrics.split('\n')) {
    const [, labels, value] = LINE.exec(line) ?? [];
    if (labels === undefined) continue;
    const {
      model = '',
      horizon = '',
      right,
    } = Object.fromEntries([...labels.matchAll(LABEL)].map(([, name, word]) => [name, word]));
    const horizons = models.get(model) ?? new Map<string, Tally>();
    const before = horizons.get(horizon) ?? { told: 0, right: 0 };
    const more = Number(value);
    horizons.set(horizon, { told: before.told + more, right: before.right + (right === 'true' ? more : 0) });
    models.set(model, horizons);
  }
  return models;
}

export async function askOutcomes(): Promise<ReadonlyMap<string, Outcomes>> {
  const response = await fetch('/metrics');
  return outcomesOf(response.ok ? await response.text() : '');
}

export function overall(outcomes: Outcomes | undefined): Tally {
  let [told, right] = [0, 0];
  for (const one of outcomes?.values() ?? []) {
    told += one.told;
    right += one.right;
  }
  return { told, right };
}
