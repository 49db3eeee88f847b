/**
 * Brokers' quotes as the reference feed, for a node without a data provider: the operator names accounts in an order of
 * preference, and what the EA of one of them is quoted becomes the market's ticks, by the time of receipt. One account is the
 * feed at a time, for all symbols. The next takes over when it has been silent for a while, and gives back when it has been there
 * again for longer; either begins with a minute that holds no tick of the other, so that no candle of a minute is of two brokers.
 * Longer candles may be, and their source says so.
 */
import type { BrokerQuote } from '../accounts/account-book.js';
import type { AccountTerms } from '../accounts/assessment.js';
import type { TickSource } from '../actors/feed.js';
import { LIMITS } from '../limits.js';
import { TickCollector } from '../market/tick-collector.js';
import { candleStart, TIMEFRAME_MS } from '../market/timeframe.js';

type Told = Pick<BrokerQuote, 'bid' | 'ask' | 'brokerTimeMs'>;

/** What one of the named accounts has told. */
class Source {
  /** Of its newest quote, and of the first since its last silence; undefined before it has told any. */
  quotedMs: number | undefined;
  presentSinceMs = 0;
  /** Of its newest frame. */
  heardMs: number | undefined;
  readonly #last = new Map<string, Told>();

  constructor(readonly accountId: string) {}

  quoted(atMs: number): void {
    if (!this.isPresent(atMs)) this.presentSinceMs = atMs;
    this.quotedMs = atMs;
  }

  isPresent(nowMs: number): boolean {
    return this.quotedMs !== undefined && nowMs - this.quotedMs < LIMITS.feed.silenceMs;
  }

  /** What is told again unchanged, with the broker's own time unchanged too, is no quote of the market's. */
  isNew({ symbol, bid, ask, brokerTimeMs }: BrokerQuote): boolean {
    const last = this.#last.get(symbol);
    if (last?.bid === bid && last.ask === ask && last.brokerTimeMs === brokerTimeMs) return false;
    this.#last.set(symbol, { bid, ask, brokerTimeMs });
    return true;
  }
}

export interface EaFeedState {
  readonly ok: boolean;
  readonly detail: string;
}

export interface EaFeedOptions {
  /** In the order of preference; at least one. */
  readonly accounts: readonly string[];
  /** Told when another account is the feed from here on. */
  readonly onSwitch?: (accountId: string, fromMs: number) => void;
}

export class EaFeed implements TickSource {
  readonly name: string;
  readonly #options: EaFeedOptions;
  readonly #sources: readonly Source[];
  readonly #collector = new TickCollector();
  #waiting = 0;
  #active: Source;
  /** The active one's quotes count from here on. */
  #fromMs = Number.NEGATIVE_INFINITY;
  /** Of the newest quote that counted. */
  #tickMs = Number.NEGATIVE_INFINITY;
  #startMs: number | undefined;
  /** Who was the feed from when on, newest last. */
  readonly #past: { readonly accountId: string; readonly fromMs: number }[] = [];
  /** `early`: quotes of a minute that was another account's; `again`: told again unchanged; `dropped`: nobody took them in time. */
  readonly figures = { ticks: 0, again: 0, early: 0, dropped: 0, switches: 0 };

  constructor(options: EaFeedOptions) {
    const [first, ...others] = options.accounts.map((accountId) => new Source(accountId));
    if (first === undefined) throw new RangeError('a feed of accounts names one at least');
    this.#options = options;
    this.#sources = [first, ...others];
    this.#active = first;
    this.#past.push({ accountId: first.accountId, fromMs: Number.NEGATIVE_INFINITY });
    this.name = 'ea';
  }

  /** Whether this account's quotes are the reference now. */
  isSource(accountId: string): boolean {
    return this.#active.accountId === accountId && this.#active.quotedMs !== undefined;
  }

  heard({ account }: AccountTerms, _message: unknown, atMs: number): void {
    const source = this.#find(account.id);
    if (source !== undefined) source.heardMs = atMs;
  }

  quoted({ account }: AccountTerms, quotes: readonly BrokerQuote[], atMs: number): void {
    this.quotedBy(account.id, quotes, atMs);
  }

  /** Whether or not its EA is connected to this node. */
  quotedBy(accountId: string, quotes: readonly BrokerQuote[], atMs: number): void {
    const source = this.#find(accountId);
    if (source === undefined) return;
    source.heardMs = atMs;
    source.quoted(atMs);
    for (const quote of quotes) {
      if (!source.isNew(quote)) this.figures.again += 1;
      else if (source === this.#active) this.#take(quote, atMs);
    }
  }

  poll(nowMs: number, sink: (symbol: string, timeMs: number, bid: number, ask: number) => void): void {
    this.#startMs ??= nowMs;
    this.#collector.take(({ symbol, count, timesMs, bids, asks }) => {
      for (let at = 0; at < count; at++) sink(symbol, timesMs[at] as number, bids[at] as number, asks[at] as number);
    });
    this.#waiting = 0;
    this.#choose(nowMs);
  }

  state(nowMs: number): EaFeedState {
    const { accountId, quotedMs, heardMs } = this.#active;
    const which = `ea:${accountId}`;
    if (this.#active.isPresent(nowMs)) {
      const instead = this.#active === this.#sources[0] ? '' : `, in place of ${this.#sources[0]?.accountId}`;
      return { ok: true, detail: `${which}${instead}` };
    }
    const connected = heardMs !== undefined && nowMs - heardMs < LIMITS.session.silenceMs;
    if (quotedMs === undefined)
      return { ok: false, detail: `${which} ${connected ? 'has quoted nothing yet' : 'is not connected'}` };
    const seconds = Math.floor((nowMs - quotedMs) / 1_000);
    return { ok: false, detail: `${which} has quoted nothing for ${seconds} s${connected ? '' : ' and is not connected'}` };
  }

  /** Whose quotes a span's candles are made of. */
  sourceOf(fromMs: number, toMs: number): string {
    const names = this.#past.flatMap(({ accountId, fromMs: since }, at) => {
      const until = this.#past[at + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      return since < toMs && until > fromMs ? [accountId] : [];
    });
    return `ea:${[...new Set(names)].join(',')}`;
  }

  #find(accountId: string): Source | undefined {
    return this.#sources.find((source) => source.accountId === accountId);
  }

  #take({ symbol, bid, ask }: BrokerQuote, atMs: number): void {
    if (atMs < this.#fromMs) {
      this.figures.early += 1;
      return;
    }
    // Nobody polls: the node is stopping, or its feed actor has stopped for good.
    if (this.#waiting >= LIMITS.feed.waiting) {
      this.figures.dropped += 1;
      return;
    }
    this.#waiting += 1;
    this.figures.ticks += 1;
    this.#tickMs = Math.max(this.#tickMs, atMs);
    this.#collector.add(symbol, atMs, bid, ask);
  }

  #choose(nowMs: number): void {
    const active = this.#active;
    const silentSinceMs = active.quotedMs ?? (this.#startMs as number);
    for (const source of this.#sources) {
      if (source === active) {
        if (active.isPresent(nowMs)) return;
        continue;
      }
      if (!source.isPresent(nowMs)) continue;
      // One that is preferred must have been there for a while; another, while the one before it was silent.
      const preferred = this.#sources.indexOf(source) < this.#sources.indexOf(active);
      const gone = !active.isPresent(nowMs);
      const sinceMs = gone ? Math.max(silentSinceMs, source.presentSinceMs) : source.presentSinceMs;
      if (!gone && !preferred) continue;
      if (nowMs - sinceMs >= (gone ? LIMITS.feed.silenceMs : LIMITS.feed.returnMs)) return this.#switchTo(source, nowMs);
    }
  }

  #switchTo(source: Source, nowMs: number): void {
    this.#active = source;
    const held = candleStart(this.#tickMs, 'M1') + TIMEFRAME_MS.M1;
    this.#fromMs = Number.isFinite(held) ? Math.max(nowMs, held) : nowMs;
    this.figures.switches += 1;
    this.#past.push({ accountId: source.accountId, fromMs: this.#fromMs });
    if (this.#past.length > LIMITS.feed.switchesKept) this.#past.shift();
    this.#options.onSwitch?.(source.accountId, this.#fromMs);
  }
}
