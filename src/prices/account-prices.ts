/** One account's broker beside the reference, symbol by symbol: estimates, alarms, and whether a quote may price a signal. */
import { LIMITS } from '../limits.js';
import { instrumentOf } from '../market/instrument.js';
import type { Quote } from '../market/quote.js';
import { type AlarmEpisode, DeviationAlarm } from './deviation-alarm.js';
import { type DeviationFigures, deviationOf, UsualDeviation } from './usual-deviation.js';

/** What is known of a symbol's price at this broker when a signal is priced. */
export interface PriceStanding {
  readonly figures: DeviationFigures;
  /** Since when its newest quotes are far from the usual; undefined where the newest is not. */
  readonly spikeSinceMs: number | undefined;
}

interface Symbol {
  readonly usual: UsualDeviation;
  readonly alarm: DeviationAlarm;
}

export interface AccountPricesOptions {
  /** The reference feed's quote nearest in time. */
  readonly reference: (symbol: string, timeMs: number) => Quote | undefined;
  /** The account's own quotes are the reference now: nothing is compared. */
  readonly isReference: () => boolean;
  /** Told when an alarm begins and when it is over. */
  readonly onAlarm: (episode: AlarmEpisode) => void;
}

export class AccountPrices {
  readonly #options: AccountPricesOptions;
  readonly #symbols = new Map<string, Symbol>();

  constructor(options: AccountPricesOptions) {
    this.#options = options;
  }

  /** A quote of one of the engine's symbols, by its time of receipt. Without a reference near enough in time nothing is compared. */
  take(name: string, quote: Pick<Quote, 'bid' | 'ask'>, atMs: number): void {
    if (this.#options.isReference()) return this.#tell(this.#symbols.get(name)?.alarm.end(atMs));
    const reference = this.#options.reference(name, atMs);
    if (reference === undefined || Math.abs(reference.timeMs - atMs) > LIMITS.quote.referenceMs) return;
    const symbol = this.#symbol(name);
    const deviation = deviationOf(quote, reference);
    symbol.usual.take(deviation, atMs);
    this.#tell(symbol.alarm.take(deviation, atMs));
  }

  standing(name: string): PriceStanding | undefined {
    if (this.#options.isReference()) return undefined;
    const usual = this.#symbols.get(name)?.usual;
    const figures = usual?.figures();
    return usual && figures && { figures, spikeSinceMs: usual.spikeSinceMs };
  }

  /** No quotes come any more: what is known of the broker stays, alarms are over. */
  interrupt(atMs: number): void {
    for (const { alarm } of this.#symbols.values()) this.#tell(alarm.end(atMs));
  }

  #tell(episode: AlarmEpisode | undefined): void {
    if (episode !== undefined) this.#options.onAlarm(episode);
  }

  #symbol(name: string): Symbol {
    let symbol = this.#symbols.get(name);
    if (symbol === undefined) {
      symbol = { usual: new UsualDeviation(instrumentOf(name)?.pip ?? 0.0001), alarm: new DeviationAlarm(name) };
      this.#symbols.set(name, symbol);
    }
    return symbol;
  }
}
