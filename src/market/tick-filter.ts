import { LIMITS } from '../limits.js';

/**
 * Judges the quotes of one symbol before anything is built from them. In this order a quote is
 *   absurd      not a number, not positive, crossed: never used;
 *   duplicate   equal in time and prices to the last quote used or held: used once;
 *   late        for a minute that is closed: changes nothing, at any timeframe, so that minutes always add up to hours;
 *   held        2 % or more away from the last one: kept aside until three quotes agree with it within 0.1 %, then all of them
 *               are used in their order; when one disagrees first, it was absurd (`jump`) and those after it are judged anew;
 *   outOfOrder  earlier than one already used, in a minute still open: used where its time belongs;
 *   accepted    all others.
 * Only quotes that are used move the price that jumps are measured from.
 */
export type Absurdity = 'notANumber' | 'negative' | 'crossed' | 'jump';
export type TickVerdict = 'accepted' | 'outOfOrder' | 'duplicate' | 'late' | 'held' | Exclude<Absurdity, 'jump'>;

export interface TickCounts {
  /** All that came: accepted + duplicate + late + absurd + those held. */
  ticks: number;
  /** Used, the ones out of order among them. */
  accepted: number;
  outOfOrder: number;
  duplicate: number;
  late: number;
  readonly absurd: Record<Absurdity, number>;
}

export interface TickFilterState {
  readonly closedBeforeMs: number | null;
  readonly lastTimeMs: number | null;
  readonly lastSum: number;
  readonly seen: readonly [number, number, number] | null;
  readonly held: readonly (readonly [number, number, number])[];
  readonly counts: TickCounts;
}

type Use = (timeMs: number, bid: number, ask: number) => void;
type Quote = readonly [timeMs: number, bid: number, ask: number];

const { absurdJump, confirmTicks, confirmWithin } = LIMITS.market;
const MINUTE_MS = 60_000;

export class TickFilter {
  readonly counts: TickCounts = {
    ticks: 0,
    accepted: 0,
    outOfOrder: 0,
    duplicate: 0,
    late: 0,
    absurd: { notANumber: 0, negative: 0, crossed: 0, jump: 0 },
  };
  readonly #use: Use;
  /** Quotes before this instant come too late: the start of the minute in progress. */
  #closedBeforeMs = Number.NEGATIVE_INFINITY;
  #minuteEndMs = Number.NEGATIVE_INFINITY;
  #lastTimeMs = Number.NEGATIVE_INFINITY;
  /** bid + ask of the last quote used, 0 before the first. */
  #lastSum = 0;
  #seenTimeMs = Number.NaN;
  #seenBid = 0;
  #seenAsk = 0;
  #held: Quote[] = [];

  /** `use` gets each quote that is to be used, in the order of use. */
  constructor(use: Use) {
    this.#use = use;
  }

  get closedBeforeMs(): number {
    return this.#closedBeforeMs;
  }

  get lastTimeMs(): number {
    return this.#lastTimeMs;
  }

  offer(timeMs: number, bid: number, ask: number): TickVerdict {
    this.counts.ticks += 1;
    // One comparison chain that NaN fails, for the many; the reasons only for the few.
    if (!(bid > 0 && ask >= bid && ask < Number.POSITIVE_INFINITY && Math.abs(timeMs) < Number.POSITIVE_INFINITY)) {
      return this.#refuse(timeMs, bid, ask);
    }
    if (timeMs === this.#seenTimeMs && bid === this.#seenBid && ask === this.#seenAsk) {
      this.counts.duplicate += 1;
      return 'duplicate';
    }
    if (timeMs < this.#closedBeforeMs) {
      this.counts.late += 1;
      return 'late';
    }
    this.#seenTimeMs = timeMs;
    this.#seenBid = bid;
    this.#seenAsk = ask;
    return this.#held.length > 0 ? this.#weigh(timeMs, bid, ask) : this.#judge(timeMs, bid, ask);
  }

  /** The clock or a bar closed everything before `timeMs`. */
  closeBefore(timeMs: number): void {
    if (timeMs > this.#closedBeforeMs) this.#closedBeforeMs = timeMs;
  }

  /** No more quotes will come: what is held was never confirmed. */
  end(): void {
    this.counts.absurd.jump += this.#held.length;
    this.#held = [];
  }

  snapshot(): TickFilterState {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    return {
      closedBeforeMs: finite(this.#closedBeforeMs),
      lastTimeMs: finite(this.#lastTimeMs),
      lastSum: this.#lastSum,
      seen: Number.isNaN(this.#seenTimeMs) ? null : [this.#seenTimeMs, this.#seenBid, this.#seenAsk],
      held: [...this.#held],
      counts: { ...this.counts, absurd: { ...this.counts.absurd } },
    };
  }

  restore(state: TickFilterState): void {
    this.#closedBeforeMs = state.closedBeforeMs ?? Number.NEGATIVE_INFINITY;
    this.#minuteEndMs = Number.NEGATIVE_INFINITY;
    this.#lastTimeMs = state.lastTimeMs ?? Number.NEGATIVE_INFINITY;
    this.#lastSum = state.lastSum;
    [this.#seenTimeMs, this.#seenBid, this.#seenAsk] = state.seen ?? [Number.NaN, 0, 0];
    this.#held = [...state.held];
    const { absurd, ...counts } = state.counts;
    Object.assign(this.counts, counts);
    Object.assign(this.counts.absurd, absurd);
  }

  #refuse(timeMs: number, bid: number, ask: number): Exclude<Absurdity, 'jump'> {
    const numbers = Number.isFinite(timeMs) && Number.isFinite(bid) && Number.isFinite(ask);
    const kind = !numbers ? 'notANumber' : bid <= 0 || ask <= 0 ? 'negative' : 'crossed';
    this.counts.absurd[kind] += 1;
    return kind;
  }

  #judge(timeMs: number, bid: number, ask: number): TickVerdict {
    const sum = bid + ask;
    if (this.#lastSum > 0 && Math.abs(sum - this.#lastSum) > absurdJump * this.#lastSum) {
      this.#held.push([timeMs, bid, ask]);
      return 'held';
    }
    return this.#accept(timeMs, bid, ask);
  }

  /** Some quote is held: this one confirms it, or shows it false. */
  #weigh(timeMs: number, bid: number, ask: number): TickVerdict {
    const held = this.#held;
    const [, firstBid, firstAsk] = held[0] as Quote;
    const firstSum = firstBid + firstAsk;
    if (Math.abs(bid + ask - firstSum) <= confirmWithin * firstSum) {
      if (held.length < confirmTicks) {
        held.push([timeMs, bid, ask]);
        return 'held';
      }
      this.#held = [];
      for (const quote of held) this.#accept(...quote);
      return this.#accept(timeMs, bid, ask);
    }
    this.counts.absurd.jump += 1;
    this.#held = [];
    for (const quote of held.slice(1)) this.#again(...quote);
    return this.#again(timeMs, bid, ask);
  }

  #again(timeMs: number, bid: number, ask: number): TickVerdict {
    return this.#held.length > 0 ? this.#weigh(timeMs, bid, ask) : this.#judge(timeMs, bid, ask);
  }

  #accept(timeMs: number, bid: number, ask: number): TickVerdict {
    // Again, for one that was held while its minute closed.
    if (timeMs < this.#closedBeforeMs) {
      this.counts.late += 1;
      return 'late';
    }
    if (timeMs >= this.#minuteEndMs) {
      const minuteMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
      this.#closedBeforeMs = Math.max(this.#closedBeforeMs, minuteMs);
      this.#minuteEndMs = minuteMs + MINUTE_MS;
    }
    this.counts.accepted += 1;
    this.#lastSum = bid + ask;
    this.#use(timeMs, bid, ask);
    if (timeMs < this.#lastTimeMs) {
      this.counts.outOfOrder += 1;
      return 'outOfOrder';
    }
    this.#lastTimeMs = timeMs;
    return 'accepted';
  }
}
