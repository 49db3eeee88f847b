import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { utcDay } from '../parts/utc-day.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const DAY = 0;
const CLOSE = 1;

class PriceVolumeTrend extends StreamingIndicator {
  readonly #state = this.keepCells(2);

  constructor() {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close } = candle;
    const day = utcDay(candle.time);
    if (state[DAY] !== day) this.values[0] = 0;
    else this.values[0] = (this.values[0] as number) + ((close - state[CLOSE]) / state[CLOSE]) * candle.volume;
    state[DAY] = day;
    state[CLOSE] = close;
  }
}

export function pvt(): IndicatorDefinition {
  const definition = 'from 0 at the UTC day’s first candle on: plus volume · (close − close before) / close before';
  return {
    family: 'volume',
    source: 'Suho',
    volume: true,
    columns: [{ name: 'pvt', definition, warmup: 1, settles: 'day', unit: 'volume' }],
    create: () => new PriceVolumeTrend(),
  };
}
