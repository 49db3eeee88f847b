/**
 * Waits for what was said to come true or not: predictions of one timeframe, by symbol, until the candle that ends their
 * horizon. As in training, a side has come when the price at the horizon's end lies on it, and where there is a gap over a
 * quarter of the horizon before its end nothing can be told. Pure, and it holds little: a symbol's last hour.
 */
import { HORIZONS_MS } from '../features/labels.js';
import type { Candle } from '../market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import { SPOKEN_HORIZONS, type SpokenHorizon } from '../models/model-card.js';
import { isOutput, sidesOf, type SidedProbability } from './model-output.js';
import { learn, type ModelRecords } from './model-record.js';
import { type ModelSaid, type Prediction, recordName, speakerName } from './prediction.js';

/** As in the labels that models learn from. */
const GAP_MOST = 0.25;

interface Waiting {
  readonly prediction: Prediction;
  readonly close: number;
}

/** How a model's word at one horizon ended. */
export interface PredictionOutcome {
  readonly prediction: Prediction;
  readonly horizon: SpokenHorizon;
  /** Close of the candle that was judged, and of the one that ended the horizon. */
  readonly from: number;
  readonly to: number;
  /** By speaker, of each that leaned to a side, whether the price went there; none where it stands where it stood. */
  readonly right: Readonly<Record<string, boolean>>;
}

/** What each model said of a horizon that can be held against what came. */
function saidAt({ said }: Prediction, horizon: SpokenHorizon): readonly (readonly [ModelSaid, SidedProbability])[] {
  return said.flatMap((one) => {
    const output = 'horizons' in one ? one.horizons[horizon]?.output : undefined;
    return output !== undefined && isOutput(output) ? [[one, sidesOf(output)] as const] : [];
  });
}

function rightOf(prediction: Prediction, horizon: SpokenHorizon, from: number, to: number): PredictionOutcome['right'] {
  if (from === to) return {};
  const leaned = saidAt(prediction, horizon).filter(([, { BUY, SELL }]) => BUY !== SELL);
  return Object.fromEntries(leaned.map(([one, { BUY, SELL }]) => [speakerName(one), BUY > SELL === to > from]));
}

export class OutcomeBoard {
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #spanMs: number;

  constructor(timeframe: Timeframe) {
    this.#spanMs = TIMEFRAME_MS[timeframe];
  }

  post(prediction: Prediction, close: number): void {
    if (prediction.said.length === 0) return;
    const waiting = this.#waiting.get(prediction.symbol) ?? [];
    this.#waiting.set(prediction.symbol, waiting);
    waiting.push({ prediction, close });
  }

  /** What a candle's close decides. */
  ended({ symbol, time, close }: Pick<Candle, 'symbol' | 'time' | 'close'>): readonly PredictionOutcome[] {
    const waiting = this.#waiting.get(symbol) ?? [];
    const endMs = time + this.#spanMs;
    const outcomes: PredictionOutcome[] = [];
    for (const horizon of SPOKEN_HORIZONS) {
      const horizonMs = HORIZONS_MS[horizon];
      for (const { prediction, close: from } of waiting) {
        const late = endMs - prediction.atMs - horizonMs;
        // This candle is the first that ends by then: the one before it ended earlier, or there was none.
        const first = late >= 0 && late < this.#spanMs;
        if (first && late <= GAP_MOST * horizonMs)
          outcomes.push({ prediction, horizon, from, to: close, right: rightOf(prediction, horizon, from, close) });
      }
    }
    const longest = HORIZONS_MS[SPOKEN_HORIZONS.at(-1) as SpokenHorizon];
    const kept = waiting.filter(({ prediction }) => endMs - prediction.atMs < longest);
    if (kept.length === 0) this.#waiting.delete(symbol);
    else this.#waiting.set(symbol, kept);
    return outcomes;
  }
}

/** The records with what came of it. A price that stands where it stood proves nobody right. */
export function learnOutcome(
  records: ModelRecords,
  { prediction, horizon, from, to }: Omit<PredictionOutcome, 'right'>,
): ModelRecords {
  if (from === to) return records;
  const direction = to > from ? 'BUY' : 'SELL';
  const said = saidAt(prediction, horizon).map(([one, sides]) => [recordName(one, horizon), sides] as const);
  return learn(records, { regime: prediction.regime, direction, said: Object.fromEntries(said) });
}
