/**
 * What has been used of what a tier includes in a minute, an hour or a day (UTC): asked before each use, and answered with why
 * not and when again. What is counted is plain, so that it can be kept and survives a restart; a new tier's rate is held
 * against what was used under the old one. Pure: time is handed in.
 */

/** So much in each span of time; Infinity for no bound. */
export interface Rate {
  readonly amount: number;
  readonly spanMs: number;
}

/** What one holder, a tenant or an account, has used of one thing in the span that began at `fromMs`. */
export interface Use {
  readonly holder: string;
  readonly what: string;
  readonly fromMs: number;
  readonly spanMs: number;
  readonly used: number;
}

export type Allowance =
  | { readonly allowed: true; readonly left: number }
  | { readonly allowed: false; readonly reason: string; readonly resetAtMs: number };

export interface Wish {
  readonly holder: string;
  readonly what: string;
  readonly rate: Rate;
  /** How many; one where it is left out. */
  readonly amount?: number;
}

const SPANS: ReadonlyMap<number, string> = new Map([
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [86_400_000, 'day'],
]);

const keyOf = (holder: string, what: string): string => `${holder}\u0001${what}`;

export class Allowances {
  readonly #uses: Map<string, Use>;

  constructor(uses: readonly Use[] = []) {
    this.#uses = new Map(uses.map((use) => [keyOf(use.holder, use.what), use]));
  }

  /** Takes what is wished for, whole or not at all. */
  take(wish: Wish, nowMs: number): Allowance {
    const { holder, what, rate, amount = 1 } = wish;
    const use = this.#current(wish, nowMs);
    if (use.used + amount > rate.amount) {
      const span = SPANS.get(rate.spanMs) ?? `${rate.spanMs} ms`;
      const reason = `The tier includes ${rate.amount} ${what} in one ${span}, and ${use.used} are used.`;
      return { allowed: false, reason, resetAtMs: use.fromMs + rate.spanMs };
    }
    const used = use.used + amount;
    this.#uses.set(keyOf(holder, what), { ...use, used });
    return { allowed: true, left: rate.amount - used };
  }

  /** What is to be kept; what is past counts for nothing and is forgotten. */
  uses(nowMs: number): readonly Use[] {
    for (const [key, { fromMs, spanMs }] of this.#uses) if (fromMs + spanMs <= nowMs) this.#uses.delete(key);
    return [...this.#uses.values()];
  }

  /** A clock that was set back a little gives no second allowance; one that had run far ahead is not waited for. */
  #current({ holder, what, rate }: Wish, nowMs: number): Use {
    const fromMs = Math.floor(nowMs / rate.spanMs) * rate.spanMs;
    const kept = this.#uses.get(keyOf(holder, what));
    const holds = kept?.spanMs === rate.spanMs && kept.fromMs >= fromMs && kept.fromMs <= fromMs + rate.spanMs;
    return holds ? kept : { holder, what, fromMs, spanMs: rate.spanMs, used: 0 };
  }
}
