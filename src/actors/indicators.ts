import type { CatalogueVector, FeatureStream } from '../features/feature-stream.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import type { Candle } from '../market/candle.js';
import type { Timeframe } from '../market/timeframe.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import { type InferenceMessage, inferenceActor, type Predictor } from './inference.js';
import type { Prediction } from '../signals/prediction.js';
import type { Subscriptions } from './subscriptions.js';

export interface IndicatorsOptions {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly features: FeatureStreams;
  readonly subscriptions: Subscriptions;
  readonly onVector: (vector: CatalogueVector) => void;
  /** Told of a vector that goes to tenants, and of what models said of it. */
  readonly onHanded?: (vector: CatalogueVector, prediction: Prediction | undefined) => void;
  /** Told of the vector of a candle that another node has closed: that node hands its own on. */
  readonly onFollowedVector?: (vector: CatalogueVector) => void;
  /** Without it vectors go out as they are. */
  readonly inference?: InferenceWiring;
}

export interface InferenceWiring {
  readonly predictor: Predictor;
  readonly onPrediction: (prediction: Prediction, vector: CatalogueVector) => void;
}

export type IndicatorsMessage =
  | { readonly kind: 'candle'; readonly candle: Candle; readonly tickAtNs: bigint }
  /** Another node has the symbol: the stream goes along, and nothing is handed on. */
  | { readonly kind: 'followed'; readonly candle: Candle };

/** What outlives a crash: how far the mailbox was worked off. The journal is ahead of it by what still waits there. */
interface Survival {
  upTo: number | undefined;
}

/** One symbol and timeframe: candles in, vectors out: to inference, its child, which hands them on to every tenant that follows. */
class IndicatorsActor implements Behaviour<IndicatorsMessage> {
  readonly #stream: FeatureStream;
  readonly #inference: ActorRef<InferenceMessage> | undefined;
  #vectors = 0;

  constructor(
    readonly context: ActorContext<IndicatorsMessage>,
    readonly options: IndicatorsOptions,
    readonly survival: Survival,
  ) {
    const { features, symbol, timeframe, inference } = options;
    this.#stream = features.open(symbol, timeframe, survival.upTo);
    survival.upTo ??= this.#stream.newest?.time;
    if (inference !== undefined)
      this.#inference = context.child('inference') ?? context.spawn(inferenceActor({ ...options, ...inference }));
  }

  receive(message: IndicatorsMessage): void {
    const { candle } = message;
    this.survival.upTo = candle.time;
    const vector = this.options.features.update(candle);
    if (message.kind === 'followed') {
      this.options.onFollowedVector?.(vector);
      return;
    }
    const { tickAtNs } = message;
    this.#vectors += 1;
    if (this.#inference === undefined) {
      this.options.subscriptions.handOver(vector, { tickAtNs });
      this.options.onHanded?.(vector, undefined);
    } else this.#inference.tell({ kind: 'vector', vector, tickAtNs });
    this.options.onVector(vector);
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { newest, taken, unsettled } = this.#stream;
    return {
      vectors: this.#vectors,
      newest: newest === undefined ? null : new Date(newest.time).toISOString(),
      candles: taken,
      unsettled: unsettled.length,
    };
  }
}

export function indicatorsActor(options: IndicatorsOptions): ActorSpec<IndicatorsMessage> {
  const survival: Survival = { upTo: undefined };
  return { name: options.timeframe, create: (context) => new IndicatorsActor(context, options, survival) };
}
