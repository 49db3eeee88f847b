import { loneStream } from '../indicators/candle-stream.js';
import { IndicatorSet } from '../indicators/indicator-set.js';
import { definitionsFor } from '../indicators/registry.js';
import type { Candle } from '../market/candle.js';
import type { Timeframe } from '../market/timeframe.js';
import { DECISION_COLUMNS } from '../signals/decider.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { ActorContext, ActorSpec, Behaviour } from './actor.js';
import type { Subscriptions } from './subscriptions.js';

export interface IndicatorsOptions {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly journal: CandleJournal;
  readonly subscriptions: Subscriptions;
}

export type IndicatorsMessage = { readonly kind: 'candle'; readonly candle: Candle; readonly tickAtNs: bigint };

/** One symbol and timeframe: candles in, a vector out to every tenant that follows it. Warm from the journal at (re)start. */
class IndicatorsActor implements Behaviour<IndicatorsMessage> {
  readonly #set: IndicatorSet;
  #newest = Number.NEGATIVE_INFINITY;
  #vectors = 0;

  constructor(
    readonly context: ActorContext<IndicatorsMessage>,
    readonly options: IndicatorsOptions,
  ) {
    this.#set = new IndicatorSet(definitionsFor(DECISION_COLUMNS), loneStream(options.symbol, options.timeframe));
    for (const candle of options.journal.recent(options.symbol, options.timeframe)) this.#update(candle);
  }

  receive({ candle, tickAtNs }: IndicatorsMessage): void {
    // A restart warms up from the journal, which may hold a candle that is still in the mailbox.
    if (candle.time > this.#newest) this.#update(candle);
    const vector = { kind: 'vector', candle, values: this.#set.read(DECISION_COLUMNS), tickAtNs } as const;
    this.#vectors += 1;
    for (const reader of this.options.subscriptions.readers(candle.symbol, candle.timeframe)) reader.tell(vector);
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { vectors: this.#vectors, newest: Number.isFinite(this.#newest) ? new Date(this.#newest).toISOString() : null };
  }

  #update(candle: Candle): void {
    this.#set.update(candle);
    this.#newest = candle.time;
  }
}

export function indicatorsActor(options: IndicatorsOptions): ActorSpec<IndicatorsMessage> {
  return { name: options.timeframe, create: (context) => new IndicatorsActor(context, options) };
}
