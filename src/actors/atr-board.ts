import { placeOf } from '../indicators/registry.js';
import type { Timeframe } from '../market/timeframe.js';
import type { CatalogueVector } from '../features/feature-stream.js';

const ATR = placeOf('atr_14');

/** The newest average true range of each symbol and timeframe, for who follows a price at a distance that goes with it. */
export class AtrBoard {
  readonly #newest = new Map<string, number>();

  post({ candle, values }: CatalogueVector): void {
    const atr = values[ATR] as number;
    if (atr > 0) this.#newest.set(`${candle.symbol} ${candle.timeframe}`, atr);
  }

  of(symbol: string, timeframe: Timeframe): number | undefined {
    return this.#newest.get(`${symbol} ${timeframe}`);
  }
}
