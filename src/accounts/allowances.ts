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
  | {
      readonly allowed: false;
      readonly reason: string;
      readonly limit: number;
      readonly used: number;
      readonly resetAtMs: number;
    };

export interface Wish {
  readonly holder: string;
  readonly what: string;
  readonly rate: Rate;
  /** How many; one where it is left out. */
  readonly amount?: number;
}

export interface Standing {
  readonly used: number;
  readonly left: number;
  readonly resetAtMs: number;
}

export const DAY_MS = 86_400_000;

const SPANS: ReadonlyMap<number, string> = new Map([
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [DAY_MS, 'day'],
]);

/** When the span of a rate began that `timeMs` lies in: minutes, hours and days of UTC. */
export function spanStart(timeMs: number, spanMs: number): number {
  return Math.floor(timeMs / spanMs) * spanMs;
}

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
      return { allowed: false, reason, limit: rate.amount, used: use.used, resetAtMs: use.fromMs + rate.spanMs };
    }
    const used = use.used + amount;
    this.#uses.set(keyOf(holder, what), { ...use, used });
    return { allowed: true, left: rate.amount - used };
  }

  /** What is left of a rate, with nothing taken. */
  standing(wish: Omit<Wish, 'amount'>, nowMs: number): Standing {
    const { used, fromMs, spanMs } = this.#current(wish, nowMs);
    return { used, left: Math.max(0, wish.rate.amount - used), resetAtMs: fromMs + spanMs };
  }

  /** Something that was taken came to nothing. */
  giveBack(wish: Wish, nowMs: number): void {
    const use = this.#current(wish, nowMs);
    this.#uses.set(keyOf(wish.holder, wish.what), { ...use, used: Math.max(0, use.used - (wish.amount ?? 1)) });
  }

  /** Somebody else's count of the same: the higher of the two holds. */
  known(wish: Omit<Wish, 'amount'>, used: number, nowMs: number): void {
    const use = this.#current(wish, nowMs);
    if (used > use.used) this.#uses.set(keyOf(wish.holder, wish.what), { ...use, used });
  }

  /** What is to be kept; what is past counts for nothing and is forgotten. */
  uses(nowMs: number): readonly Use[] {
    for (const [key, { fromMs, spanMs }] of this.#uses) if (fromMs + spanMs <= nowMs) this.#uses.delete(key);
    return [...this.#uses.values()];
  }

  /** A clock that was set back a little gives no second allowance; one that had run far ahead is not waited for. */
  #current({ holder, what, rate }: Omit<Wish, 'amount'>, nowMs: number): Use {
    const fromMs = spanStart(nowMs, rate.spanMs);
    const kept = this.#uses.get(keyOf(holder, what));
    const holds = kept?.spanMs === rate.spanMs && kept.fromMs >= fromMs && kept.fromMs <= fromMs + rate.spanMs;
    return holds ? kept : { holder, what, fromMs, spanMs: rate.spanMs, used: 0 };
  }
}
