import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { type Cells, StreamingIndicator } from '../streaming-indicator.js';

/** Makes the mean deviation of evenly spread prices come out near 100. */
const SCALE = 0.015;

const COUNT = 0;
/** Place that the newest of the kept prices has in either half of the slots. */
const NEWEST = 1;
/** The last prices twice over, so that they stand in a row, oldest first, wherever the newest is. */
const SLOTS = 2;

/**
 * A mean absolute deviation has no shorter form that is as exact: the mean moves under every price. So the kept prices are
 * gone through at each candle, as differences to the newest, which keeps flat prices at exactly 0.
 */
class CommodityChannel extends StreamingIndicator {
  readonly #state: Cells;

  constructor(readonly period: number) {
    super(1);
    this.#state = this.keepCells(Math.max(16, SLOTS + 2 * period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { period } = this;
    const typical = (candle.high + candle.low + candle.close) / 3;
    const newest = state[NEWEST] + 1 === period ? 0 : state[NEWEST] + 1;
    state[NEWEST] = newest;
    state[SLOTS + newest] = typical;
    state[SLOTS + newest + period] = typical;
    if (state[COUNT] < period) state[COUNT] += 1;
    if (state[COUNT] < period) return;
    const from = SLOTS + newest + 1;
    const to = from + period;
    let sum = 0;
    for (let at = from; at < to; at++) sum += (state[at] as number) - typical;
    const mean = sum / period;
    let apart = 0;
    for (let at = from; at < to; at++) apart += Math.abs((state[at] as number) - typical - mean);
    this.values[0] = apart === 0 ? 0 : -mean / (SCALE * (apart / period));
  }
}

export function cci(period: number): IndicatorDefinition {
  const definition = `(t − mean of t) / (${SCALE} · mean |t − that mean|) over ${period}, t = (high + low + close)/3; 0 where t stands still`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `cci_${period}`, definition, warmup: period, unit: 'index' }],
    create: () => new CommodityChannel(period),
  };
}
