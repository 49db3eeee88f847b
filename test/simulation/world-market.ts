/** The one market of a world: brokers see it at once, and each node's feed brings it from when the node started. */
import type { TickSource } from '../../src/actors/feed.js';
import { LIMITS } from '../../src/limits.js';
import type { Candle } from '../../src/market/candle.js';
import { CandleBuilder } from '../../src/market/candle-builder.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import type { Clock } from '../../src/runtime/clock.js';
import type { SharedPrices } from '../../src/ea-sim/price-source.js';

const MINUTE_MS = 60_000;
/** A Tuesday, 07:00 UTC: London opens. */
const OPENS_MS = Date.UTC(2026, 0, 6, 7);
/** When a world begins. */
export const BEGINS_MS = OPENS_MS - 10_000;
const HISTORY_MINUTES = LIMITS.market.history + 1;
/** A quiet feed's ticks, times this. */
const RATE = 2;

type Tick = readonly [symbol: string, timeMs: number, bid: number, ask: number];

export class WorldMarket {
  /** Candles of the hours before, in the order in which they closed. */
  readonly history: readonly Candle[];
  readonly #market: SyntheticMarket;
  /** Of the present poll period alone: a feed that was not there has missed it. */
  #ticks: Tick[] = [];
  #count = 0;

  constructor(
    seed: number | string,
    readonly symbols: readonly string[],
    readonly prices: SharedPrices,
    /** True time; a node's own clock may be off, and what a feed brings does not depend on it. */
    readonly clock: Pick<Clock, 'nowMs'>,
  ) {
    const fromMs = OPENS_MS - HISTORY_MINUTES * MINUTE_MS;
    this.#market = new SyntheticMarket({ seed, symbols, startMs: fromMs, rate: RATE });
    this.history = this.#before(OPENS_MS - MINUTE_MS);
    for (const symbol of symbols) this.#tell(symbol, BEGINS_MS);
  }

  /** Lets the market come to that time. */
  advance(nowMs: number): void {
    // A feed polls once a second; what is older than a few of them nobody can still want.
    if (this.#ticks.length > 5_000) {
      this.#ticks = this.#ticks.slice(-2_500);
    }
    this.#market.advanceTo(nowMs, (symbol, timeMs, bid, ask) => {
      this.#ticks.push([symbol, timeMs, bid, ask]);
      this.#count += 1;
      this.#tell(symbol, timeMs);
    });
  }

  /** A feed that brings what comes from now on. */
  feed(): TickSource {
    let seen = this.#count;
    const poll: TickSource['poll'] = (_nowMs, sink) => {
      this.advance(this.clock.nowMs());
      const fresh = Math.min(this.#count - seen, this.#ticks.length);
      seen = this.#count;
      for (const tick of fresh === 0 ? [] : this.#ticks.slice(-fresh)) sink(...tick);
    };
    return { name: 'synthetic', poll };
  }

  #before(endMs: number): readonly Candle[] {
    const closed: Candle[] = [];
    const keep = (candle: Candle): void => void closed.push(candle);
    const builders = new Map(this.symbols.map((symbol) => [symbol, new CandleBuilder({ symbol }, keep)]));
    this.#market.advanceTo(endMs - 1, (symbol, timeMs, bid, ask) => void builders.get(symbol)?.onTick(timeMs, bid, ask));
    for (const builder of builders.values()) builder.closeDue(endMs + LIMITS.market.closeGraceMs);
    return closed;
  }

  #tell(symbol: string, timeMs: number): void {
    const truth = this.#market.truth(symbol);
    if (truth !== undefined) this.prices.accept(symbol, timeMs, truth.bid, truth.ask);
  }
}
