/**
 * What one symbol's quotes at one broker usually are beside the reference, and whether a quote is like that. A quote far from
 * the usual on either side is held to be a spike: it is left out of the estimate, and prices nothing, until others agree with
 * it for a while; then the broker has moved, and the estimate begins anew from there. Memory is the same whatever comes.
 */
import { LIMITS } from '../limits.js';
import type { Quote } from '../market/quote.js';
import { DecayedMoments } from './decayed-moments.js';

export interface Deviation {
  /** Broker − reference. */
  readonly bid: number;
  readonly ask: number;
  /** The larger of the two, as a share of the reference. */
  readonly share: number;
}

/** As figures: of a quote that was compared, and of those before it. */
export interface DeviationFigures {
  readonly deviationBid: number;
  readonly deviationAsk: number;
  readonly usualBid: number;
  readonly usualAsk: number;
  readonly dispersionBid: number;
  readonly dispersionAsk: number;
  /** How far from the usual a quote may be. */
  readonly usualReach: number;
  /** Quotes compared since the estimate began. */
  readonly compared: number;
}

/** `young`: too little is known to judge by. */
export type Judgement = 'usual' | 'young' | 'spike';

export function deviationOf(quote: Pick<Quote, 'bid' | 'ask'>, reference: Pick<Quote, 'bid' | 'ask'>): Deviation {
  const [bid, ask] = [quote.bid - reference.bid, quote.ask - reference.ask];
  return { bid, ask, share: Math.max(Math.abs(bid) / reference.bid, Math.abs(ask) / reference.ask) };
}

const { usualMs, youngWeight, spikeDispersions, spikePips, confirmQuotes, confirmMs } = LIMITS.prices;

interface Held {
  readonly first: Deviation;
  readonly sinceMs: number;
  quotes: number;
}

export class UsualDeviation {
  readonly #bid = new DecayedMoments(usualMs);
  readonly #ask = new DecayedMoments(usualMs);
  readonly #pip: number;
  #compared = 0;
  #newest: { readonly deviation: Deviation; readonly atMs: number } | undefined;
  /** Of quotes far from the usual that agree with each other. */
  #held: Held | undefined;

  constructor(pip: number) {
    this.#pip = pip;
  }

  get newest(): { readonly deviation: Deviation; readonly atMs: number } | undefined {
    return this.#newest;
  }

  /** Since when the newest quotes are far from the usual; undefined where the newest is not. */
  get spikeSinceMs(): number | undefined {
    return this.#held?.sinceMs;
  }

  take(deviation: Deviation, atMs: number): Judgement {
    const young = this.#bid.weightAt(atMs) < youngWeight;
    this.#newest = { deviation, atMs };
    if (young || this.#near(deviation, { bid: this.#bid.mean, ask: this.#ask.mean })) {
      this.#held = undefined;
      this.#add(deviation, atMs);
      return young ? 'young' : 'usual';
    }
    const held = this.#held;
    if (held === undefined || !this.#near(deviation, held.first)) {
      this.#held = { first: deviation, sinceMs: atMs, quotes: 1 };
      return 'spike';
    }
    held.quotes += 1;
    if (held.quotes < confirmQuotes || atMs - held.sinceMs < confirmMs) return 'spike';
    this.#beginAnew();
    this.#add(deviation, atMs);
    return 'young';
  }

  /** Undefined before the first comparison. */
  figures(): DeviationFigures | undefined {
    if (this.#newest === undefined) return undefined;
    const { bid, ask } = this.#newest.deviation;
    return {
      deviationBid: bid,
      deviationAsk: ask,
      usualBid: this.#bid.mean,
      usualAsk: this.#ask.mean,
      dispersionBid: this.#bid.dispersion,
      dispersionAsk: this.#ask.dispersion,
      usualReach: this.#reach(),
      compared: this.#compared,
    };
  }

  #add({ bid, ask }: Deviation, atMs: number): void {
    this.#compared += 1;
    this.#bid.add(bid, atMs);
    this.#ask.add(ask, atMs);
  }

  #beginAnew(): void {
    this.#bid.clear();
    this.#ask.clear();
    this.#compared = 0;
    this.#held = undefined;
  }

  #reach(): number {
    return Math.max(spikePips * this.#pip, spikeDispersions * Math.max(this.#bid.dispersion, this.#ask.dispersion));
  }

  #near(one: Pick<Deviation, 'bid' | 'ask'>, other: Pick<Deviation, 'bid' | 'ask'>): boolean {
    const reach = this.#reach();
    return Math.abs(one.bid - other.bid) <= reach && Math.abs(one.ask - other.ask) <= reach;
  }
}
