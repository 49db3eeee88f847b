import { thingOf } from '../cluster/member.js';
import { EVERY_ROLE, type Roles } from '../cluster/roles.js';
import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { TickBatch } from '../market/tick.js';
import { TickCollector } from '../market/tick-collector.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import type { SymbolMessage } from './symbol.js';

/** Where ticks come from; `poll` hands over all that have come by now. */
export interface TickSource {
  readonly name: string;
  poll(nowMs: number, sink: (symbol: string, timeMs: number, bid: number, ask: number) => void): void;
}

export interface FeedOptions {
  readonly source: TickSource;
  /** Engine milliseconds between polls. */
  readonly periodMs: number;
  readonly symbol: (name: string) => ActorRef<SymbolMessage> | undefined;
  /** Of several nodes one is the feed; the others go along with their sources, and hand on nothing. */
  readonly roles?: Roles;
  /** Of the newest tick of a symbol that is known here, whoever handed it on. */
  readonly newestMs?: (symbol: string) => number | undefined;
  /** Told of what is handed on. */
  readonly onTicks?: (batch: TickBatch) => void;
}

/** What one node at a time is the feed for. */
export const FEED = thingOf('feed', 'market');

interface Tick {
  readonly symbol: string;
  readonly timeMs: number;
  readonly bid: number;
  readonly ask: number;
}

export type FeedMessage = { readonly kind: 'poll' };

/** Market data in: polls its source and gives each symbol its ticks, one batch a turn. */
class FeedActor implements Behaviour<FeedMessage> {
  readonly #collector = new TickCollector();
  /** Of a feed that stands by: what its source had and the feed has not told yet, the oldest first. */
  #untold: readonly Tick[] = [];
  #ticks = 0;
  #conflated = 0;

  constructor(
    readonly context: ActorContext<FeedMessage>,
    readonly options: FeedOptions,
  ) {
    context.every(options.periodMs, { kind: 'poll' });
  }

  receive(_message: FeedMessage): void {
    if ((this.options.roles ?? EVERY_ROLE).holds(FEED) === undefined) {
      this.#standBy();
      return;
    }
    // What the feed before did not come to tell.
    for (const { symbol, timeMs, bid, ask } of this.#untold) this.#collector.add(symbol, timeMs, bid, ask);
    this.#untold = [];
    this.options.source.poll(this.context.clock.nowMs(), (symbol, timeMs, bid, ask) =>
      this.#collector.add(symbol, timeMs, bid, ask),
    );
    const atNs = this.context.clock.monotonicNs();
    this.#collector.take((batch) => {
      this.#hand(batch, atNs);
      this.options.onTicks?.(batch);
    });
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { source: this.options.source.name, ticks: this.#ticks, conflated: this.#conflated };
  }

  #standBy(): void {
    const come: Tick[] = [...this.#untold];
    this.options.source.poll(this.context.clock.nowMs(), (symbol, timeMs, bid, ask) => come.push({ symbol, timeMs, bid, ask }));
    const { newestMs } = this.options;
    this.#untold = come.filter(({ symbol, timeMs }) => timeMs > (newestMs?.(symbol) ?? 0)).slice(-LIMITS.feed.untold);
  }

  /** A symbol that cannot keep up is offered the newest tick alone; older ones are given up, counted. */
  #hand(batch: TickBatch, atNs: bigint): void {
    const symbol = this.options.symbol(batch.symbol);
    if (symbol === undefined)
      throw new SuhoError('NOT_FOUND', `the feed ${this.options.source.name} sent ${batch.symbol}, which is not a symbol here`);
    this.#ticks += batch.count;
    if (symbol.tell({ kind: 'ticks', batch, atNs })) return;
    this.#conflated += batch.count - 1;
    symbol.tell({ kind: 'ticks', batch: newestOf(batch), atNs });
  }
}

function newestOf({ symbol, count, timesMs, bids, asks }: TickBatch): TickBatch {
  return { symbol, count: 1, timesMs: timesMs.slice(count - 1), bids: bids.slice(count - 1), asks: asks.slice(count - 1) };
}

export function feedActor(name: string, options: FeedOptions): ActorSpec<FeedMessage> {
  return { name, create: (context) => new FeedActor(context, options) };
}
