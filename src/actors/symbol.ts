import { type Epoch, sameEpoch } from '../cluster/epoch.js';
import { thingOf } from '../cluster/member.js';
import { EVERY_ROLE, type Roles } from '../cluster/roles.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import type { Candle } from '../market/candle.js';
import { CandleBuilder, type CandleBuilderState } from '../market/candle-builder.js';
import type { OpenCandles } from '../market/open-candles.js';
import type { Quote } from '../market/quote.js';
import type { QuoteBoard } from '../market/quote-board.js';
import type { TickBatch } from '../market/tick.js';
import { candleStart, TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import type { Cancel } from '../runtime/clock.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import { type IndicatorsMessage, type InferenceWiring, indicatorsActor } from './indicators.js';
import type { Subscriptions } from './subscriptions.js';

export interface SymbolOptions {
  readonly symbol: string;
  readonly board: QuoteBoard;
  readonly journal: CandleJournal;
  readonly features: FeatureStreams;
  readonly subscriptions: Subscriptions;
  /** Told of ticks of which some were taken, and of the newest of those. */
  readonly onTicks: (batch: TickBatch, newest: Quote) => void;
  /** Told of each closed candle, after it is journalled, and when the tick that closed it came in. */
  readonly onCandle: (candle: Candle, tickAtNs: bigint) => void;
  /** Told of each vector, after it is handed on. */
  readonly onVector: (vector: CatalogueVector) => void;
  readonly inference?: InferenceWiring;
  /** Where its candles in progress can be seen. */
  readonly openCandles?: OpenCandles;
  /** Of several nodes one closes the symbol's candles; the others follow it, and stand ready to go on. */
  readonly roles?: Roles;
  /** Told of a candle that another node has closed, after it is journalled. */
  readonly onFollowed?: (candle: Candle) => void;
}

export type SymbolMessage =
  | { readonly kind: 'ticks'; readonly batch: TickBatch; readonly atNs: bigint }
  /** The node that has the symbol has closed a candle. */
  | { readonly kind: 'closed'; readonly candle: Candle }
  /** This node has the symbol now. */
  | { readonly kind: 'promoted' }
  | { readonly kind: 'clock' };

/**
 * What outlives a crash of the symbol's actor: the builder as it stood after the newest close, and the ticks since. A fresh
 * behaviour takes the one and replays the other, so a crash loses the batch that caused it and nothing else.
 */
interface Survival {
  state: CandleBuilderState | undefined;
  tail: TickBatch[];
  /** Candles that closed here while another node has the symbol, and that it has not told of yet: its to tell, or ours should it go. */
  unconfirmed: Candle[];
  /** Under which it has taken over. What was in the mailbox before it heard of an epoch is of the time of another holder. */
  actsUnder: Epoch | undefined;
}

/** Enough for all timeframes of the time that it takes to see that a node is gone. */
const UNCONFIRMED = 32;
const LOOK_AGAIN_MS = 1_000;

/** Ticks to candles for one symbol; its children are the indicators of each timeframe. */
class SymbolActor implements Behaviour<SymbolMessage> {
  #builder: CandleBuilder;
  readonly #children = new Map<Timeframe, ActorRef<IndicatorsMessage>>();
  #closed = 0;
  #tickAtNs = 0n;
  #dueMs: number | undefined;
  #cancel: Cancel = () => {};
  #isReminded = false;

  constructor(
    readonly context: ActorContext<SymbolMessage>,
    readonly options: SymbolOptions,
    readonly survival: Survival,
  ) {
    for (const timeframe of TIMEFRAMES) {
      const spec = indicatorsActor({ ...options, timeframe });
      this.#children.set(timeframe, context.child<IndicatorsMessage>(timeframe) ?? context.spawn(spec));
    }
    this.#builder = this.#newBuilder();
    if (survival.state === undefined) this.#takeUp();
    else this.#builder.restore(survival.state);
    for (const batch of survival.tail) this.#feed(batch);
    options.openCandles?.follow(options.symbol, () => this.#builder.unfinished());
    this.#armClock();
  }

  receive(message: SymbolMessage): void {
    this.#mindEpoch();
    const closedBefore = this.#closed;
    if (message.kind === 'closed') return this.#follow(message.candle);
    this.#tickAtNs = message.kind === 'ticks' ? message.atNs : this.context.clock.monotonicNs();
    if (message.kind === 'ticks') this.#feed(message.batch);
    else {
      if (message.kind === 'promoted') this.#takeOver();
      if (message.kind === 'clock') this.#dueMs = undefined;
      // By the clock of who acts alone: another's may be off, and what it closes is closed for all ticks to come.
      if (this.#acts()) this.#builder.closeDue(this.context.clock.nowMs());
    }
    if (this.#closed > closedBefore || message.kind === 'promoted') {
      this.survival.state = this.#builder.snapshot();
      this.survival.tail = [];
    } else if (message.kind === 'ticks') this.survival.tail.push(message.batch);
    this.#armClock(message.kind === 'clock' ? LOOK_AGAIN_MS : 0);
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { ...this.#builder.counts, candles: this.#closed };
  }

  #newBuilder(): CandleBuilder {
    return new CandleBuilder({ symbol: this.options.symbol }, (candle) => this.#close(candle));
  }

  /**
   * Minutes that closed here and that nobody has told are ours to tell. Longer candles are what their minutes are together, whoever has
   * closed them: this node may have been away for some of those, or have had other ticks, so what it has in progress of them does not count.
   */
  #takeOver(): void {
    this.#isReminded = false;
    this.survival.actsUnder = this.#epoch();
    for (const candle of this.survival.unconfirmed.splice(0)) if (candle.timeframe === 'M1') this.#close(candle);
    const own = this.#builder.snapshot();
    this.#builder = this.#newBuilder();
    this.#takeUp();
    this.#builder.goOnWith(own);
  }

  /** After a restart of the node: the journal's hours and minutes of the present day are what its open candles hold so far. */
  #takeUp(): void {
    const { journal, symbol } = this.options;
    const last = journal.newest(symbol, 'M1');
    if (last === undefined) return;
    const dayMs = candleStart(last.time, 'D1');
    const hourMs = candleStart(last.time, 'H1');
    const hours = journal.recent(symbol, 'H1').filter(({ time }) => time >= dayMs && time < hourMs);
    const minutes = journal.recent(symbol, 'M1').filter(({ time }) => time >= hourMs);
    for (const candle of [...hours, ...minutes])
      this.#builder.onBar({ ...candle, timeMs: candle.time, spanMs: TIMEFRAME_MS[candle.timeframe] });
  }

  #feed(batch: TickBatch): void {
    const { count, timesMs, bids, asks } = batch;
    let last = -1;
    for (let at = 0; at < count; at++) {
      const verdict = this.#builder.onTick(timesMs[at] as number, bids[at] as number, asks[at] as number);
      if (verdict === 'accepted') last = at;
    }
    if (last < 0) return;
    const newest = { bid: bids[last] as number, ask: asks[last] as number, timeMs: timesMs[last] as number };
    this.options.board.post(this.options.symbol, newest);
    this.options.onTicks(batch, newest);
  }

  #close(candle: Candle): void {
    if (this.#isFinal(candle)) return;
    this.#closed += 1;
    if (!this.#acts()) {
      this.survival.unconfirmed.push(candle);
      if (this.survival.unconfirmed.length > UNCONFIRMED) this.survival.unconfirmed.shift();
      return;
    }
    this.options.journal.append(candle);
    this.options.onCandle(candle, this.#tickAtNs);
    this.#children.get(candle.timeframe)?.tell({ kind: 'candle', candle, tickAtNs: this.#tickAtNs });
  }

  /**
   * A close is final, and so is that of a longer candle: one that a restart or a replayed tail comes to again was journalled and handed on
   * before, and a minute that only a node had that was not heard for a while comes too late for what others have closed without it.
   */
  #isFinal({ symbol, timeframe, time }: Candle): boolean {
    return TIMEFRAMES.slice(TIMEFRAMES.indexOf(timeframe)).some((longer) => {
      const newest = this.options.journal.newest(symbol, longer);
      return newest !== undefined && time < newest.time + TIMEFRAME_MS[longer];
    });
  }

  #epoch(): Epoch | undefined {
    return (this.options.roles ?? EVERY_ROLE).holds(thingOf('symbol', this.options.symbol));
  }

  #acts(): boolean {
    const epoch = this.#epoch();
    return epoch !== undefined && sameEpoch(epoch, this.survival.actsUnder);
  }

  /** What tells of a promotion may be lost, with a full mailbox or in a crash. */
  #mindEpoch(): void {
    const epoch = this.#epoch();
    if (epoch === undefined || sameEpoch(epoch, this.survival.actsUnder) || this.#isReminded) return;
    this.#isReminded = this.context.self.tell({ kind: 'promoted' });
  }

  /** As another node has closed it: its candle is everybody's, also where ticks came here that it did not have. */
  #follow(candle: Candle): void {
    const { journal, onFollowed } = this.options;
    const { survival } = this;
    const isLater = ({ timeframe, time }: Candle): boolean => timeframe !== candle.timeframe || time > candle.time;
    survival.unconfirmed = survival.unconfirmed.filter(isLater);
    const newest = journal.newest(candle.symbol, candle.timeframe);
    if (newest !== undefined && candle.time <= newest.time) return;
    journal.append(candle);
    onFollowed?.(candle);
    this.#children.get(candle.timeframe)?.tell({ kind: 'followed', candle });
  }

  /** Wakes when the clock must close a candle that no tick has closed; who does not act then looks again, for it may act by then. */
  #armClock(leastMs = 0): void {
    const dueMs = this.#builder.nextDueMs();
    if (dueMs === this.#dueMs) return;
    this.#cancel();
    this.#dueMs = dueMs;
    if (dueMs === undefined) return;
    this.#cancel = this.context.after(Math.max(leastMs, dueMs - this.context.clock.nowMs()), { kind: 'clock' });
  }
}

export function symbolActor(options: SymbolOptions): ActorSpec<SymbolMessage> {
  const { symbol, roles = EVERY_ROLE } = options;
  const actsUnder = roles.holds(thingOf('symbol', symbol));
  const survival: Survival = { state: undefined, tail: [], unconfirmed: [], actsUnder };
  return { name: symbol, create: (context) => new SymbolActor(context, options, survival) };
}
