import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowRange } from '../parts/window-range.js';

/** The middle of the range over three windows; the spans, which charts draw ahead, have at a candle the value drawn there. */
class Ichimoku extends StreamingIndicator {
  readonly #ranges: readonly [WindowRange, WindowRange, WindowRange];
  readonly #spans: readonly PastValues[];

  constructor(short: number, middle: number, long: number) {
    super(4);
    const range = (period: number): WindowRange => this.keep(new WindowRange(period));
    this.#ranges = [range(short), range(middle), range(long)];
    this.#spans = [this.keep(new PastValues(middle)), this.keep(new PastValues(middle))];
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const ranges = this.#ranges;
    const spans = this.#spans;
    // Loops, so that there is one call of each kind: as many as stand here apart the engine would not inline.
    for (let at = 0; at < ranges.length; at++) {
      const range = ranges[at] as WindowRange;
      range.high = candle.high;
      range.low = candle.low;
      range.advance();
    }
    const short = ranges[0];
    const middle = ranges[1];
    const long = ranges[2];
    const tenkan = (short.highest + short.lowest) / 2;
    const kijun = (middle.highest + middle.lowest) / 2;
    values[0] = tenkan;
    values[1] = kijun;
    values[2] = (tenkan + kijun) / 2;
    values[3] = (long.highest + long.lowest) / 2;
    for (let at = 0; at < spans.length; at++) values[2 + at] = (spans[at] as PastValues).update(values[2 + at] as number);
  }
}

export function ichimoku(short: number, middle: number, long: number): IndicatorDefinition {
  const column = (name: string, definition: string, warmup: number) => ({
    name: `ichimoku_${name}`,
    definition,
    warmup,
    unit: 'price' as const,
  });
  const range = (period: number): string => `(highest high + lowest low)/2 of the last ${period} candles`;
  return {
    family: 'trend',
    source: 'Suho',
    volume: false,
    columns: [
      column('tenkan', range(short), short),
      column('kijun', range(middle), middle),
      column('senkou_a', `(tenkan + kijun)/2 as it was ${middle} candles before`, 2 * middle),
      column('senkou_b', `${range(long)}, as it was ${middle} candles before`, long + middle),
    ],
    create: () => new Ichimoku(short, middle, long),
  };
}
