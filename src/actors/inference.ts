/**
 * What models say of each closed candle of one symbol and timeframe, asked once for all tenants that follow it: vectors in,
 * vectors with a prediction out, in the order in which the candles closed.
 *
 * One vector is asked about at a time; the next waits, which it hardly ever does, since candles close a minute apart and an
 * answer is given up after a fraction of a second. Nothing is asked where nobody follows or no model stands. A tenant that
 * begins to follow is told the newest two first, so that it decides at the next close by what changed since this one; models are
 * asked about these again, and say the same of the same.
 *
 * A crash loses no vector: what waited is handed over without a prediction, which is absent as `late`.
 */
import type { CatalogueVector } from '../features/feature-stream.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import { VectorWindow } from '../features/vector-window.js';
import { LIMITS } from '../limits.js';
import type { Timeframe } from '../market/timeframe.js';
import type { PredictionOutcome } from '../signals/outcome-board.js';
import type { Prediction } from '../signals/prediction.js';
import { unreachable } from '../runtime/assert.js';
import type { ActorContext, ActorSpec, Behaviour } from './actor.js';
import { featureVector, type Subscription, type Subscriptions } from './subscriptions.js';

/** Whoever knows the models. */
export interface Predictor {
  /** Whether there is anything to ask about this timeframe. */
  asks(timeframe: Timeframe): boolean;
  /** About the window's newest vector; nothing is pushed to it until the answer is there. */
  predict(window: VectorWindow): Promise<Prediction>;
  /** A candle closed: what was said before may have come true. */
  closed(vector: CatalogueVector): void;
  onOutcome(listener: (outcome: PredictionOutcome) => void): void;
  /** As another node had it: a vector that was handed on, and what models said of it. */
  followed?(vector: CatalogueVector, prediction: Prediction | undefined): void;
  /** What was said of a candle goes out, to be held against what comes. */
  said(prediction: Prediction, vector: CatalogueVector): void;
}

export interface InferenceOptions {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly features: FeatureStreams;
  readonly subscriptions: Subscriptions;
  readonly predictor: Predictor;
  readonly onPrediction: (prediction: Prediction, vector: CatalogueVector) => void;
  /** Told of a vector that goes to tenants, and of what models said of it. */
  readonly onHanded?: (vector: CatalogueVector, prediction: Prediction | undefined) => void;
}

export type InferenceMessage =
  | { readonly kind: 'vector'; readonly vector: CatalogueVector; readonly tickAtNs: bigint }
  | { readonly kind: 'follow'; readonly subscription: Subscription }
  | { readonly kind: 'predicted'; readonly prediction: Prediction | undefined };

/** A vector for all, or for one who has begun to follow. */
interface Task {
  readonly vector: CatalogueVector;
  readonly tickAtNs?: bigint;
  readonly only?: Subscription;
}

/** What outlives a crash. */
interface Survival {
  readonly waiting: Task[];
}

/** A decision needs what stood at the close before. */
const CLOSES = 2;

class InferenceActor implements Behaviour<InferenceMessage> {
  #window: VectorWindow | undefined;
  #asking = false;
  #asked = 0;

  constructor(
    readonly context: ActorContext<InferenceMessage>,
    readonly options: InferenceOptions,
    readonly survival: Survival,
  ) {
    const { subscriptions, symbol, timeframe } = options;
    // What a crash interrupted goes on without a prediction: to ask once more might crash once more.
    for (const task of survival.waiting.splice(0)) this.#hand(task, undefined);
    const follow = (subscription: Subscription): void => void context.self.tell({ kind: 'follow', subscription });
    subscriptions.source(symbol, timeframe, { follow });
  }

  receive(message: InferenceMessage): void {
    switch (message.kind) {
      case 'vector':
        this.survival.waiting.push({ vector: message.vector, tickAtNs: message.tickAtNs });
        this.options.predictor.closed(message.vector);
        return this.#goOn();
      case 'follow':
        for (const vector of this.#recent().slice(-CLOSES)) this.survival.waiting.push({ vector, only: message.subscription });
        return this.#goOn();
      case 'predicted':
        this.#asking = false;
        this.#done(message.prediction);
        return this.#goOn();
      default:
        return unreachable(message);
    }
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { asked: this.#asked, waiting: this.survival.waiting.length };
  }

  #recent(): readonly CatalogueVector[] {
    return this.options.features.recent(this.options.symbol, this.options.timeframe);
  }

  #goOn(): void {
    const { predictor, timeframe, symbol, subscriptions } = this.options;
    while (!this.#asking) {
      const [task] = this.survival.waiting;
      if (task === undefined) return;
      const { vector, only } = task;
      const followed = only !== undefined || subscriptions.readers(symbol, timeframe).length > 0;
      if (!followed || !predictor.asks(timeframe)) {
        this.#done(undefined);
        continue;
      }
      this.#asking = true;
      this.#asked += 1;
      this.context.pipe(
        predictor.predict(this.#windowAt(vector)),
        (prediction) => ({ kind: 'predicted', prediction }),
        () => ({ kind: 'predicted', prediction: undefined }),
      );
    }
  }

  /** What goes before a vector, and it: the window that was, where it is just the next one. */
  #windowAt(vector: CatalogueVector): VectorWindow {
    const recent = this.#recent();
    const place = recent.findLastIndex(({ candle }) => candle.time <= vector.candle.time);
    const before = recent[place - 1];
    if (this.#window !== undefined && before !== undefined && this.#window.newest === before) this.#window.push(vector);
    else this.#window = new VectorWindow(recent.slice(0, place + 1), LIMITS.features.recent);
    return this.#window;
  }

  /** The one that was asked about has its answer. */
  #done(prediction: Prediction | undefined): void {
    const task = this.survival.waiting.shift();
    if (task === undefined) return;
    this.#hand(task, prediction);
    if (prediction === undefined || task.only !== undefined) return;
    this.options.predictor.said(prediction, task.vector);
    this.options.onPrediction(prediction, task.vector);
  }

  #hand({ vector, tickAtNs, only }: Task, prediction: Prediction | undefined): void {
    const told = prediction === undefined ? {} : { prediction };
    if (only !== undefined) {
      only.reader.tell(featureVector(vector, only.view, { ...told, past: true }));
      return;
    }
    // Who has begun to follow meanwhile is told this one in its turn, after the one before it.
    const later = new Set(this.survival.waiting.flatMap((task) => task.only ?? []));
    this.options.subscriptions.handOver(vector, { ...told, ...(tickAtNs === undefined ? {} : { tickAtNs }) }, later);
    this.options.onHanded?.(vector, prediction);
  }
}

export function inferenceActor(options: InferenceOptions): ActorSpec<InferenceMessage> {
  const survival: Survival = { waiting: [] };
  return { name: 'inference', create: (context) => new InferenceActor(context, options, survival) };
}
