/**
 * How often somebody tried in vain, by name or by network. A try counts before it is looked at, so that many at once count as many;
 * past a few that are free each makes the next wait twice as long. Names that nobody has count like any other.
 */
export interface AttemptRules {
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
  /** What was tried longer ago is forgiven. */
  readonly forgivenMs: number;
  /** Keys kept in mind; past it the one that tried longest ago is forgotten. */
  readonly kept: number;
}

interface Tried {
  readonly count: number;
  readonly untilMs: number;
  readonly lastMs: number;
}

export class Attempts {
  /** The one that tried longest ago first. */
  readonly #tried = new Map<string, Tried>();

  constructor(readonly rules: AttemptRules) {}

  /** How long until the key may try again; 0: it may now. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#standing(key, nowMs)?.untilMs ?? 0) - nowMs);
  }

  count(key: string, nowMs: number): void {
    const { free, firstMs, mostMs, kept } = this.rules;
    const count = (this.#standing(key, nowMs)?.count ?? 0) + 1;
    const waits = count < free ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(count - free, 30));
    this.#tried.delete(key);
    this.#tried.set(key, { count, untilMs: nowMs + waits, lastMs: nowMs });
    const [oldest] = this.#tried.keys();
    if (this.#tried.size > kept && oldest !== undefined) this.#tried.delete(oldest);
  }

  /** The try was right: it never counted. */
  takeBack(key: string): void {
    const tried = this.#tried.get(key);
    if (tried === undefined) return;
    if (tried.count <= 1) this.#tried.delete(key);
    else this.#tried.set(key, { ...tried, count: tried.count - 1, untilMs: 0 });
  }

  forget(key: string): void {
    this.#tried.delete(key);
  }

  #standing(key: string, nowMs: number): Tried | undefined {
    const tried = this.#tried.get(key);
    return tried !== undefined && nowMs - tried.lastMs < this.rules.forgivenMs ? tried : undefined;
  }
}
