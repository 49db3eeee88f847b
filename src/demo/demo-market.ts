import type { TickSource } from '../actors/feed.js';
import { CandleBuilder } from '../market/candle-builder.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { SyntheticMarket } from '../market/synthetic.js';
import { TIMEFRAME_MS } from '../market/timeframe.js';
import { LIMITS } from '../limits.js';
import type { CandleJournal } from '../storage/journal/journal.js';

/** The demo's first candles close on a Tuesday at 07:00 UTC, when London opens. */
export const DEMO_START_MS = Date.UTC(2026, 0, 6, 7);

/** Ticks beside what a quiet feed would bring: about one a second for the majors. */
const RATE = 3;
const MINUTE_MS = TIMEFRAME_MS.M1;
const HISTORY_START_MS = DEMO_START_MS - (LIMITS.market.history + 1) * MINUTE_MS;
/** So long before that the node starts: its EAs have connected and told their quotes by then. */
const LEAD_MS = 10_000;
/** Engine time at which a demo begins. */
export const DEMO_FROM_MS = DEMO_START_MS - LEAD_MS;
/** A candle closes at most this long after it ends, so the engine's clock never goes back over a restart. */
const RESUME_MS = MINUTE_MS + 2 * LIMITS.market.closeGraceMs;

/** The market of a seed from the start of its history on: the same in every process that makes it. */
export function newDemoMarket(seed: number): SyntheticMarket {
  return new SyntheticMarket({ seed, startMs: HISTORY_START_MS, rate: RATE });
}

/** The true prices too: simulated brokers make their own quotes of them. */
export interface TrueMarket {
  accept(symbol: string, timeMs: number, bid: number, ask: number): void;
}

/**
 * The synthetic market as the node's feed: its history goes into an empty journal, and from there on each poll hands over the
 * ticks that have come. A node that starts again on its data folder goes on where the journal ends; one that shares the market
 * with others is handed what came meanwhile at its first poll.
 */
export class DemoMarket implements TickSource {
  readonly name = 'synthetic';
  /** Engine time at which the node takes up the market. */
  readonly startMs: number;
  readonly #market: SyntheticMarket;
  readonly #brokers: TrueMarket;
  ticks = 0;

  /** `nowMs`: where the market is already, for a node that shares it with others; without it the market stands while its node is down. */
  constructor(seed: number, journal: CandleJournal, brokers: TrueMarket, nowMs?: number) {
    this.#brokers = brokers;
    this.#market = newDemoMarket(seed);
    const journalled = journal.newestEndMs();
    this.startMs = nowMs ?? (journalled === undefined ? DEMO_FROM_MS : journalled + RESUME_MS);
    if (journalled === undefined) this.#history(journal);
    // One minute back: what a kill kept from the journal is built again, and what is in it is final anyway.
    else this.#market.advanceTo(journalled - MINUTE_MS, () => {});
    for (const { symbol } of INSTRUMENTS) this.#tell(symbol);
  }

  poll(nowMs: number, sink: (symbol: string, timeMs: number, bid: number, ask: number) => void): void {
    this.#market.advanceTo(nowMs, (symbol, timeMs, bid, ask) => {
      this.ticks += 1;
      sink(symbol, timeMs, bid, ask);
      this.#tell(symbol, timeMs);
    });
  }

  /** Candles of the hours before the start; the minute that is in progress then is left to the first poll. */
  #history(journal: CandleJournal): void {
    const endMs = DEMO_START_MS - MINUTE_MS;
    const builders = new Map(
      INSTRUMENTS.map(({ symbol }) => [symbol, new CandleBuilder({ symbol }, (candle) => journal.append(candle))]),
    );
    this.#market.advanceTo(endMs - 1, (symbol, timeMs, bid, ask) => void builders.get(symbol)?.onTick(timeMs, bid, ask));
    for (const builder of builders.values()) builder.closeDue(endMs + LIMITS.market.closeGraceMs);
  }

  #tell(symbol: string, timeMs?: number): void {
    const truth = this.#market.truth(symbol);
    if (truth !== undefined) this.#brokers.accept(symbol, timeMs ?? this.startMs, truth.bid, truth.ask);
  }
}
