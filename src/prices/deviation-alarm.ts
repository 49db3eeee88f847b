/**
 * The alarm of one symbol at one broker: the broker, or the feed, is off the market. It begins with the first quote above the
 * limit and is told once; it is over when quotes have stayed clearly below for a while, or when no quote can be compared any more.
 */
import { LIMITS } from '../limits.js';
import type { Deviation } from './usual-deviation.js';

export interface AlarmEpisode {
  readonly symbol: string;
  readonly beganMs: number;
  /** Undefined while it lasts. */
  readonly endedMs: number | undefined;
  /** Greatest share of the reference so far, in percent, and the price deviations of that quote. */
  readonly greatestPercent: number;
  readonly deviationBid: number;
  readonly deviationAsk: number;
  /** Quotes above the limit. */
  readonly quotes: number;
}

const { alarmShare, alarmOverShare, alarmQuietMs } = LIMITS.prices;

export class DeviationAlarm {
  readonly #symbol: string;
  #episode: AlarmEpisode | undefined;
  #quietSinceMs: number | undefined;

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  get episode(): AlarmEpisode | undefined {
    return this.#episode;
  }

  /** Answers an episode that begins or ends with this quote. */
  take(deviation: Deviation, atMs: number): AlarmEpisode | undefined {
    const { share } = deviation;
    if (share > alarmShare) return this.#above(deviation, atMs);
    if (this.#episode === undefined) return undefined;
    if (share > alarmOverShare) this.#quietSinceMs = undefined;
    else this.#quietSinceMs ??= atMs;
    const over = this.#quietSinceMs !== undefined && atMs - this.#quietSinceMs >= alarmQuietMs;
    return over ? this.end(atMs) : undefined;
  }

  /** Quotes are not compared any more. Answers the episode that is over by it. */
  end(atMs: number): AlarmEpisode | undefined {
    if (this.#episode === undefined) return undefined;
    const ended = { ...this.#episode, endedMs: atMs };
    this.#episode = undefined;
    this.#quietSinceMs = undefined;
    return ended;
  }

  #above({ bid, ask, share }: Deviation, atMs: number): AlarmEpisode | undefined {
    const before = this.#episode;
    const worst = { greatestPercent: 100 * share, deviationBid: bid, deviationAsk: ask };
    this.#quietSinceMs = undefined;
    if (before === undefined) {
      this.#episode = { symbol: this.#symbol, beganMs: atMs, endedMs: undefined, ...worst, quotes: 1 };
      return this.#episode;
    }
    const quotes = before.quotes + 1;
    this.#episode = { ...before, ...(worst.greatestPercent > before.greatestPercent ? worst : {}), quotes };
    return undefined;
  }
}

/** An alarm as an event of risk. */
export interface AlarmEvent {
  readonly kind: 'price-deviation' | 'price-deviation-over';
  readonly severity: 'info' | 'warning';
  readonly sentence: string;
  /** Percent of the reference. */
  readonly limitValue: number;
  readonly currentValue: number;
  readonly action: 'alarm' | 'alarm-over';
}

export function alarmEventOf({ symbol, beganMs, endedMs, ...figures }: AlarmEpisode): AlarmEvent {
  const { greatestPercent, deviationBid, deviationAsk, quotes } = figures;
  const compared = { limitValue: 100 * alarmShare, currentValue: greatestPercent };
  const sides = `bid ${signed(deviationBid)}, ask ${signed(deviationAsk)}`;
  const percent = `${greatestPercent.toFixed(3)} %`;
  if (endedMs === undefined) {
    const sentence = `The broker’s ${symbol} stands ${percent} from the reference: ${sides}.`;
    return { kind: 'price-deviation', severity: 'warning', sentence, ...compared, action: 'alarm' };
  }
  const seconds = Math.round((endedMs - beganMs) / 1_000);
  const sentence = `The broker’s ${symbol} is no longer off the reference: at most ${percent} (${sides}) in ${quotes} quotes of ${seconds} s.`;
  return { kind: 'price-deviation-over', severity: 'info', sentence, ...compared, action: 'alarm-over' };
}

function signed(price: number): string {
  return `${price < 0 ? '−' : '+'}${Number(Math.abs(price).toPrecision(6))}`;
}
