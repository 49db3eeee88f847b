/** The newest prediction of each symbol and timeframe, as an observer of the tree hears it. */
import type { Timeframe } from '../market/timeframe.js';
import type { Prediction } from '../signals/prediction.js';

export class LastPredictions {
  readonly #newest = new Map<string, Prediction>();

  predicted(prediction: Prediction): void {
    this.#newest.set(`${prediction.symbol}/${prediction.timeframe}`, prediction);
  }

  of(symbol: string, timeframe: Timeframe): Prediction | undefined {
    return this.#newest.get(`${symbol}/${timeframe}`);
  }
}
