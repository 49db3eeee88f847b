import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { typicalPrice } from '../parts/typical-price.js';
import { utcDay } from '../parts/utc-day.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const DAY = 0;
/** The day's volume so far. */
const VOLUME = 1;
const MEAN = 2;

/** Moves the mean towards each price by its share of the volume, rather than dividing two sums, so that flat prices stay exact. */
class VolumeWeightedPrice extends StreamingIndicator {
  readonly #state = this.keepCells(3);

  constructor() {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { volume } = candle;
    const day = utcDay(candle.time);
    if (state[DAY] !== day) {
      state[DAY] = day;
      state[VOLUME] = 0;
      state[MEAN] = 0;
    }
    const typical = typicalPrice(candle);
    state[VOLUME] += volume;
    if (state[VOLUME] === volume) state[MEAN] = typical;
    else state[MEAN] += (typical - state[MEAN]) * (volume / state[VOLUME]);
    this.values[0] = state[MEAN];
  }
}

export function vwap(): IndicatorDefinition {
  const definition =
    'mean of (high + low + close) / 3 over the UTC day so far, weighted by volume; this candle’s where the day has no volume yet';
  return {
    family: 'volume',
    source: 'Suho',
    volume: true,
    columns: [{ name: 'vwap', definition, warmup: 1, settles: 'day', unit: 'price' }],
    create: () => new VolumeWeightedPrice(),
  };
}
