import { assert } from '../../runtime/assert.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { typicalPrice } from '../parts/typical-price.js';
import { WindowValues } from '../parts/window-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Makes the mean deviation of evenly spread prices come out near 100. */
const SCALE = 0.015;

/**
 * A mean absolute deviation has no shorter form that is as exact: the mean moves under every price. So the kept prices are
 * gone through at each candle, as differences to the newest, which keeps flat prices at exactly 0. They are added in pairs:
 * half as many additions then have to wait for the one before. The sum of a longer period goes on from the shorter one's.
 */
class CommodityChannel extends StreamingIndicator {
  readonly #prices: WindowValues;

  constructor(readonly periods: readonly number[]) {
    super(periods.length);
    for (const period of periods) assert(period % 2 === 0, 'the prices of a period come in pairs');
    this.#prices = this.keep(new WindowValues(Math.max(...periods)));
  }

  override update(candle: CandleInput): void {
    const { periods, values } = this;
    const prices = this.#prices;
    const typical = typicalPrice(candle);
    prices.update(typical);
    const { cells, end } = prices;
    let from = end;
    let sum = 0;
    for (let line = 0; line < periods.length; line++) {
      const period = periods[line] as number;
      if (prices.count < period) return;
      for (; from > end - period; from -= 2)
        sum += (cells[from - 1] as number) - typical + ((cells[from - 2] as number) - typical);
      const mean = sum / period;
      let apart = 0;
      for (let at = from; at < end; at += 2) {
        apart += Math.abs((cells[at] as number) - typical - mean) + Math.abs((cells[at + 1] as number) - typical - mean);
      }
      values[line] = apart === 0 ? 0 : -mean / (SCALE * (apart / period));
    }
  }
}

/** The periods, ascending, each even. */
export function cci(...periods: readonly number[]): IndicatorDefinition {
  const definition = (period: number): string =>
    `(t − mean of t) / (${SCALE} · mean |t − that mean|) over ${period}, t = (high + low + close)/3; 0 where t stands still`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: periods.map((period) => ({
      name: `cci_${period}`,
      definition: definition(period),
      warmup: period,
      unit: 'index',
    })),
    create: () => new CommodityChannel(periods),
  };
}
