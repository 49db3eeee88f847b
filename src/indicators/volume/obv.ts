import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { utcDay } from '../parts/utc-day.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const DAY = 0;
const CLOSE = 1;

class OnBalanceVolume extends StreamingIndicator {
  readonly #state = this.keepCells(2);

  constructor() {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close, volume } = candle;
    const day = utcDay(candle.time);
    const balance = this.values[0] as number;
    if (state[DAY] !== day) this.values[0] = volume;
    else if (close > state[CLOSE]) this.values[0] = balance + volume;
    else if (close < state[CLOSE]) this.values[0] = balance - volume;
    state[DAY] = day;
    state[CLOSE] = close;
  }
}

export function obv(): IndicatorDefinition {
  const definition =
    'from the volume of the UTC day’s first candle on: plus the volume where the close is above the close before, minus it where below';
  return {
    family: 'volume',
    source: 'TA-Lib',
    volume: true,
    columns: [{ name: 'obv', definition, warmup: 1, settles: 'day', unit: 'volume' }],
    create: () => new OnBalanceVolume(),
  };
}
