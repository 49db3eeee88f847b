/** Predictions, and what came of them, as rows of analytics: what the engine's own models said to all, whatever each tenant heard. */
import { placeOf } from '../../indicators/registry.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import { type SpokenHorizon, SPOKEN_HORIZONS } from '../../models/model-card.js';
import { ensemble } from '../../signals/ensemble.js';
import { sidesOf } from '../../signals/model-output.js';
import type { PredictionOutcome } from '../../signals/outcome-board.js';
import {
  type HorizonSaid,
  membersFor,
  type ModelSaid,
  type Prediction,
  type PredictionRights,
  recordName,
  speakerName,
} from '../../signals/prediction.js';
import type { RowOf } from './tables.js';

/** Of no tenant. */
const SHARED = '';
const EVERYTHING: PredictionRights = { models: () => true, horizons: SPOKEN_HORIZONS, ensemble: true };
const ATR = placeOf('atr_14');
const NAME = 'ensemble';

export function predictionId({ symbol, timeframe, time }: Prediction): string {
  return `${symbol}/${timeframe}/${time}`;
}

function saidBy({ said }: Prediction, kind: ModelSaid['kind']): ModelSaid | undefined {
  return said.find((one) => one.kind === kind);
}

/** The middle of what a model says the price will be; undefined where it says no quantiles of it. */
function priceSaid(said: ModelSaid | undefined, horizon: SpokenHorizon, close: number, atr: number): number | undefined {
  const heard = said !== undefined && 'horizons' in said ? said.horizons[horizon] : undefined;
  if (heard?.output.kind !== 'quantiles') return undefined;
  const { levels, values } = heard.output;
  const middle = values[levels.indexOf(0.5)];
  return middle === undefined ? undefined : close * Math.exp((middle * atr) / close);
}

function onlyHorizon(said: ModelSaid | undefined): HorizonSaid | undefined {
  return said !== undefined && 'horizons' in said ? Object.values(said.horizons)[0] : undefined;
}

function surest(shapes: Readonly<Record<string, number>>): readonly [name: string, probability: number] {
  return Object.entries(shapes).reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0] as [string, number]);
}

export function predictionRow(prediction: Prediction, { candle, values }: CatalogueVector): RowOf<'predictions'> {
  const { symbol, timeframe, atMs, shapes } = prediction;
  const close = candle.close;
  const models = membersFor(atMs, prediction, EVERYTHING);
  const scores = 'absent' in models ? undefined : ensemble(models).scores;
  const lstm = saidBy(prediction, 'lstm');
  const boosting = onlyHorizon(saidBy(prediction, 'trees'));
  const sides = boosting === undefined ? undefined : sidesOf(boosting.output);
  const price = (horizon: SpokenHorizon): number | undefined => priceSaid(lstm, horizon, close, values[ATR] as number);
  const [pattern, probability] = surest(shapes?.shapes ?? {});
  return {
    time: atMs,
    tenantId: SHARED,
    predictionId: predictionId(prediction),
    modelId: NAME,
    symbol,
    timeframe,
    direction: scores === undefined ? 0 : Math.sign(scores.BUY - scores.SELL),
    confidence: scores === undefined ? 0 : Math.max(scores.BUY, scores.SELL) / 100,
    price: close,
    lstmPrice1m: price('1m'),
    lstmPrice5m: price('5m'),
    lstmPrice15m: price('15m'),
    lstmPrice1h: price('1h'),
    lstmConfidence: undefined,
    cnnPattern: pattern,
    cnnProbability: pattern === '' ? undefined : probability,
    cnnTargetPrice: undefined,
    boostingDirection: sides === undefined ? '' : sides.BUY > sides.SELL ? 'BUY' : 'SELL',
    boostingBuy: sides?.BUY,
    boostingSell: sides?.SELL,
    boostingHold: undefined,
    similarPatterns: 0,
    patternSimilarity: undefined,
  };
}

/** A row for each model that leaned to a side. */
export function outcomeRows({ prediction, horizon, from, to, right }: PredictionOutcome): readonly RowOf<'predictionOutcomes'>[] {
  return prediction.said.flatMap((said) => {
    const heard = 'horizons' in said ? said.horizons[horizon] : undefined;
    const correct = right[speakerName(said)];
    if (heard === undefined || correct === undefined) return [];
    const { BUY, SELL } = sidesOf(heard.output);
    return {
      time: prediction.atMs,
      tenantId: SHARED,
      modelId: recordName(said, horizon),
      symbol: prediction.symbol,
      predictionId: predictionId(prediction),
      predictedPrice: undefined,
      actualPrice: to,
      actualDirection: to > from ? 1 : -1,
      correct,
      accuracy: heard.accuracy,
      confidence: Math.max(BUY, SELL),
    };
  });
}
