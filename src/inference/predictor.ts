/**
 * Makes predictions out of what models answer, and learns from what comes of them how much to trust each: one for all symbols,
 * since models are pooled over them.
 *
 * What a model's record is at a candle is read when the candle is asked about, not when the answer is there: so a prediction
 * does not depend on how long threads took.
 */
import type { CatalogueVector } from '../features/feature-stream.js';
import type { VectorWindow } from '../features/vector-window.js';
import { REGIMES, type Regime } from '../indicators/regime/regimes.js';
import { placeOf } from '../indicators/registry.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import type { LeftOut } from '../signals/ensemble.js';
import type { ModelRecords, RecordBook } from '../signals/model-record.js';
import { learnOutcome, OutcomeBoard, type PredictionOutcome } from '../signals/outcome-board.js';
import type { ModelOutput } from '../signals/model-output.js';
import {
  directionSaid,
  type ModelSaid,
  type Prediction,
  saidWithout,
  shapesSeen,
  SIGNAL_HORIZON,
} from '../signals/prediction.js';
import { askModels, drawOf, type ModelReply } from './ask-models.js';
import type { ModelShelf } from './model-shelf.js';

/** What somebody outside said of a candle, or why nothing. */
export type Advice = { readonly model: string; readonly version: string } & (
  | { readonly output: ModelOutput }
  | { readonly leftOut: LeftOut }
);

export interface PredictorOptions {
  readonly shelf: Pick<ModelShelf, 'of' | 'ask' | 'pooled'>;
  readonly records: RecordBook;
  /** What advisers have to say of the candle that ends then, at once. */
  readonly advice?: (symbol: string, timeframe: Timeframe, atMs: number) => readonly Advice[];
}

type Silence = Extract<ModelReply, { readonly why: unknown }>['why'];

const REGIME = placeOf('regime');

const WORDS: Readonly<Record<Silence, LeftOut>> = {
  unknown: 'no model',
  'other columns': 'other catalogue',
  'other ports': 'failed',
  'other file': 'failed',
  expired: 'expired',
  failing: 'failed',
  slow: 'slow',
  late: 'slow',
  busy: 'slow',
  'not ready': 'not ready',
};

export class ModelPredictor {
  readonly #options: PredictorOptions;
  readonly #boards = new Map<Timeframe, OutcomeBoard>();
  readonly #listeners: ((outcome: PredictionOutcome) => void)[] = [];

  constructor(options: PredictorOptions) {
    this.#options = options;
  }

  onOutcome(listener: (outcome: PredictionOutcome) => void): void {
    this.#listeners.push(listener);
  }

  asks(timeframe: Timeframe): boolean {
    return this.#options.shelf.of(timeframe).length > 0;
  }

  async predict(window: VectorWindow): Promise<Prediction> {
    const { candle, values } = window.newest;
    const { symbol, timeframe, time } = candle;
    const regime: Regime | undefined = REGIMES[values[REGIME] as number];
    const records = this.#options.records.read(timeframe);
    const atMs = time + TIMEFRAME_MS[timeframe];
    const advised = (this.#options.advice?.(symbol, timeframe, atMs) ?? []).map((one) => saidOutside(one, records, regime));
    const replies = await askModels(this.#options.shelf, timeframe, window);
    const said = [...replies.flatMap((reply) => saidBy(reply, records, regime)), ...advised];
    const seen = replies.flatMap((reply) => ('outputs' in reply ? (shapesSeen(reply.card, reply.outputs) ?? []) : []));
    return {
      symbol,
      timeframe,
      time,
      atMs,
      regime,
      said,
      shapes: seen[0],
      pooled: this.#options.shelf.pooled(timeframe, drawOf(symbol, time)),
    };
  }

  said(prediction: Prediction, { candle }: CatalogueVector): void {
    this.#board(candle.timeframe).post(prediction, candle.close);
  }

  closed(vector: CatalogueVector): void {
    for (const outcome of this.#learn(vector)) for (const listener of this.#listeners) listener(outcome);
  }

  /** What another node asked of models, and what came of it: learned from as if it had been asked here, and told by that node alone. */
  followed(vector: CatalogueVector, prediction: Prediction | undefined): void {
    this.#learn(vector);
    if (prediction !== undefined) this.said(prediction, vector);
  }

  #learn({ candle }: CatalogueVector): readonly PredictionOutcome[] {
    const { records } = this.#options;
    const outcomes = this.#board(candle.timeframe).ended(candle);
    if (outcomes.length > 0) records.write(candle.timeframe, outcomes.reduce(learnOutcome, records.read(candle.timeframe)));
    return outcomes;
  }

  #board(timeframe: Timeframe): OutcomeBoard {
    const known = this.#boards.get(timeframe);
    if (known !== undefined) return known;
    const board = new OutcomeBoard(timeframe);
    this.#boards.set(timeframe, board);
    return board;
  }
}

function saidOutside(advice: Advice, records: ModelRecords, regime: Regime | undefined): ModelSaid {
  const named = { model: advice.model, version: advice.version, kind: 'adviser' as const };
  if ('leftOut' in advice) return { ...named, leftOut: advice.leftOut };
  return saidWithout(named, SIGNAL_HORIZON, advice.output, records, regime);
}

/** A model of shapes tells no direction, and is no member. */
function saidBy(reply: ModelReply, records: ModelRecords, regime: Regime | undefined): readonly ModelSaid[] {
  const { card } = reply;
  if (card.says.kind === 'shapes') return [];
  if ('outputs' in reply) return [directionSaid(card, reply.outputs, records, regime)];
  return [{ model: card.name, version: String(card.version), kind: card.kind, leftOut: WORDS[reply.why] }];
}
