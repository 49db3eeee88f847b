/**
 * What advisers may cost in a day of UTC: requests and tokens, each adviser for itself. A request and the most that it may come
 * to are written down before it is sent, so that a kill forgives nothing; what it came to is put in place of that after.
 */
import { assert } from '../runtime/assert.js';
import type { Clock } from '../runtime/clock.js';

export interface Spent {
  readonly requests: number;
  readonly tokens: number;
}

export interface BudgetState {
  /** Begin of the day. */
  readonly dayMs: number;
  /** By adviser. */
  readonly spent: Readonly<Record<string, Spent>>;
}

/** Where it outlives the process. */
export interface BudgetStore {
  /** Undefined where nothing was kept yet. */
  load(): Promise<BudgetState | undefined>;
  save(state: BudgetState): Promise<void>;
}

export interface BudgetLimits {
  readonly requests: number;
  readonly tokens: number;
}

/** A request that may be sent. */
export interface Reserved {
  /** Tokens that it came to; the estimate stands where that is not known. */
  settle(tokens: number | undefined): Promise<void>;
}

const DAY_MS = 86_400_000;
const NOTHING: Spent = { requests: 0, tokens: 0 };

export class Budget {
  #dayMs: number;
  readonly #spent: Map<string, Spent>;
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    readonly store: BudgetStore,
    readonly limits: BudgetLimits,
    readonly clock: Pick<Clock, 'nowMs'>,
    kept: BudgetState | undefined,
  ) {
    this.#dayMs = kept?.dayMs ?? 0;
    this.#spent = new Map(Object.entries(kept?.spent ?? {}));
  }

  static async open(store: BudgetStore, limits: BudgetLimits, clock: Pick<Clock, 'nowMs'>): Promise<Budget> {
    return new Budget(store, limits, clock, await store.load());
  }

  spent(adviser: string): Spent {
    this.#turn();
    return this.#spent.get(adviser) ?? NOTHING;
  }

  /** Undefined: it would be over the budget. Fails where it cannot be kept, and then nothing may be sent. */
  async reserve(adviser: string, tokens: number): Promise<Reserved | undefined> {
    const { requests, tokens: used } = this.spent(adviser);
    if (requests + 1 > this.limits.requests || used + tokens > this.limits.tokens) return undefined;
    this.#spent.set(adviser, { requests: requests + 1, tokens: used + tokens });
    const dayMs = this.#dayMs;
    await this.#save();
    let settled = false;
    return {
      settle: async (came) => {
        assert(!settled, 'a request is settled once');
        settled = true;
        // What was asked yesterday was paid for yesterday.
        if (came === undefined || this.#dayMs !== dayMs) return;
        const now = this.spent(adviser);
        this.#spent.set(adviser, { ...now, tokens: Math.max(0, now.tokens + came - tokens) });
        await this.#save();
      },
    };
  }

  /** A clock that is set back does not give the day again. */
  #turn(): void {
    const dayMs = Math.floor(this.clock.nowMs() / DAY_MS) * DAY_MS;
    if (dayMs <= this.#dayMs) return;
    this.#dayMs = dayMs;
    this.#spent.clear();
  }

  /** One after the other, each as it stands when its turn has come. */
  #save(): Promise<void> {
    const saved = this.#saving.then(() => this.store.save({ dayMs: this.#dayMs, spent: Object.fromEntries(this.#spent) }));
    this.#saving = saved.catch(() => {});
    return saved;
  }
}
