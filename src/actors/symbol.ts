import type { Candle } from '../market/candle.js';
import { CandleBuilder, type CandleBuilderState } from '../market/candle-builder.js';
import type { QuoteBoard } from '../market/quote-board.js';
import type { TickBatch } from '../market/tick.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import type { Cancel } from '../runtime/clock.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import { type IndicatorsMessage, indicatorsActor } from './indicators.js';
import type { Subscriptions } from './subscriptions.js';

export interface SymbolOptions {
  readonly symbol: string;
  readonly board: QuoteBoard;
  readonly journal: CandleJournal;
  readonly subscriptions: Subscriptions;
  /** Told of each closed candle, after it is journalled. */
  readonly onCandle: (candle: Candle) => void;
}

export type SymbolMessage =
  | { readonly kind: 'ticks'; readonly batch: TickBatch; readonly atNs: bigint }
  | { readonly kind: 'clock' };

/**
 * What outlives a crash of the symbol's actor: the builder as it stood after the newest close, and the ticks since. A fresh
 * behaviour takes the one and replays the other, so a crash loses the batch that caused it and nothing else.
 */
interface Survival {
  state: CandleBuilderState | undefined;
  tail: TickBatch[];
}

/** Ticks to candles for one symbol; its children are the indicators of each timeframe. */
class SymbolActor implements Behaviour<SymbolMessage> {
  readonly #builder: CandleBuilder;
  readonly #children = new Map<Timeframe, ActorRef<IndicatorsMessage>>();
  #replaying = true;
  #closed = 0;
  #tickAtNs = 0n;
  #dueMs: number | undefined;
  #cancel: Cancel = () => {};

  constructor(
    readonly context: ActorContext<SymbolMessage>,
    readonly options: SymbolOptions,
    readonly survival: Survival,
  ) {
    for (const timeframe of TIMEFRAMES) {
      const spec = indicatorsActor({ ...options, timeframe });
      this.#children.set(timeframe, context.child<IndicatorsMessage>(timeframe) ?? context.spawn(spec));
    }
    this.#builder = new CandleBuilder({ symbol: options.symbol }, (candle) => this.#close(candle));
    if (survival.state !== undefined) this.#builder.restore(survival.state);
    for (const batch of survival.tail) this.#feed(batch);
    this.#replaying = false;
    this.#armClock();
  }

  receive(message: SymbolMessage): void {
    const closedBefore = this.#closed;
    this.#tickAtNs = message.kind === 'ticks' ? message.atNs : this.context.clock.monotonicNs();
    if (message.kind === 'ticks') this.#feed(message.batch);
    else this.#builder.closeDue(this.context.clock.nowMs());
    if (this.#closed > closedBefore) {
      this.survival.state = this.#builder.snapshot();
      this.survival.tail = [];
    } else if (message.kind === 'ticks') this.survival.tail.push(message.batch);
    this.#armClock();
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { ...this.#builder.counts, candles: this.#closed };
  }

  #feed({ count, timesMs, bids, asks }: TickBatch): void {
    let last = -1;
    for (let at = 0; at < count; at++) {
      const verdict = this.#builder.onTick(timesMs[at] as number, bids[at] as number, asks[at] as number);
      if (verdict === 'accepted') last = at;
    }
    if (last < 0) return;
    this.options.board.post(this.options.symbol, {
      bid: bids[last] as number,
      ask: asks[last] as number,
      timeMs: timesMs[last] as number,
    });
  }

  #close(candle: Candle): void {
    // Candles that close while a crash's tail is replayed were journalled and handed on before it.
    if (this.#replaying) return;
    this.#closed += 1;
    this.options.journal.append(candle);
    this.options.onCandle(candle);
    this.#children.get(candle.timeframe)?.tell({ kind: 'candle', candle, tickAtNs: this.#tickAtNs });
  }

  /** Wakes when the clock must close a candle that no tick has closed. */
  #armClock(): void {
    const dueMs = this.#builder.nextDueMs();
    if (dueMs === this.#dueMs) return;
    this.#cancel();
    this.#dueMs = dueMs;
    if (dueMs !== undefined) this.#cancel = this.context.after(dueMs - this.context.clock.nowMs(), { kind: 'clock' });
  }
}

export function symbolActor(options: SymbolOptions): ActorSpec<SymbolMessage> {
  const survival: Survival = { state: undefined, tail: [] };
  return { name: options.symbol, create: (context) => new SymbolActor(context, options, survival) };
}
