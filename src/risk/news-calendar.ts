/** Times of news, and which of them forbid a trade at a time. Pure: the file it comes of is read in `feeds/news-file.ts`. */
import type { Impact, RiskSettings } from '../accounts/trading-settings.js';
import type { NewsTime } from './risk-check.js';

export interface NewsEvent extends NewsTime {
  readonly impact: Impact;
}

const MINUTE_MS = 60_000;

export class NewsCalendar {
  /** By currency, in the order of their times. */
  readonly #events = new Map<string, NewsEvent[]>();

  constructor(readonly events: readonly NewsEvent[]) {
    for (const event of [...events].sort((one, other) => one.atMs - other.atMs)) {
      const own = this.#events.get(event.currency);
      if (own === undefined) this.#events.set(event.currency, [event]);
      else own.push(event);
    }
  }

  /** The first of these currencies' news that the settings keep clear of at that time. */
  blocking(currencies: readonly string[], settings: RiskSettings, atMs: number): NewsEvent | undefined {
    const { newsBlackout, newsMinutesBefore, newsMinutesAfter, newsImpacts } = settings;
    if (!newsBlackout) return undefined;
    const from = atMs - newsMinutesAfter * MINUTE_MS;
    const to = atMs + newsMinutesBefore * MINUTE_MS;
    for (const currency of currencies) {
      const own = this.#events.get(currency);
      if (own === undefined) continue;
      for (let at = firstFrom(own, from); at < own.length && (own[at] as NewsEvent).atMs <= to; at++) {
        const event = own[at] as NewsEvent;
        if (newsImpacts.includes(event.impact)) return event;
      }
    }
    return undefined;
  }
}

/** Place of the first that is at that time or later. */
function firstFrom(events: readonly NewsEvent[], atMs: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] as NewsEvent).atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
