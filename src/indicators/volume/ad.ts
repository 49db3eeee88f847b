import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { moneyFlow } from '../parts/money-flow.js';
import { utcDay } from '../parts/utc-day.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const DAY = 0;

class AccumulationDistribution extends StreamingIndicator {
  readonly #state = this.keepCells(1);

  constructor() {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const day = utcDay(candle.time);
    const before = state[DAY] === day ? (this.values[0] as number) : 0;
    this.values[0] = before + moneyFlow(candle);
    state[DAY] = day;
  }
}

export function ad(): IndicatorDefinition {
  const definition =
    'sum over the UTC day so far of volume · ((close − low) − (high − close)) / (high − low), 0 where high = low';
  return {
    family: 'volume',
    source: 'TA-Lib',
    volume: true,
    columns: [{ name: 'ad', definition, warmup: 1, settles: 'day', unit: 'volume' }],
    create: () => new AccumulationDistribution(),
  };
}
