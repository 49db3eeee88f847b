import { EmaLine } from '../parts/ema-line.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;

/**
 * TA-Lib seeds both averages so that they have their first value on the same candle: the fast one starts late, from the
 * closes just before the slow one is ready. And it shows none of the three before the signal line is ready.
 */
class Macd extends StreamingIndicator {
  readonly #fast: EmaLine;
  readonly #slow: EmaLine;
  readonly #signal: EmaLine;
  readonly #state = this.keepCells(1);

  constructor(fast: number, slow: number, signal: number) {
    super(3);
    this.#fast = this.keep(new EmaLine(fast));
    this.#slow = this.keep(new EmaLine(slow));
    this.#signal = this.keep(new EmaLine(signal));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const late = this.#slow.period - this.#fast.period;
    const slow = this.#slow.update(candle.close);
    if (state[SEEN] < late) {
      state[SEEN] += 1;
      return;
    }
    const line = this.#fast.update(candle.close) - slow;
    if (Number.isNaN(line)) return;
    const signal = this.#signal.update(line);
    if (Number.isNaN(signal)) return;
    this.values[0] = line;
    this.values[1] = signal;
    this.values[2] = line - signal;
  }
}

export function macd(fast: number, slow: number, signal: number): IndicatorDefinition {
  const warmup = slow + signal - 1;
  const settles = emaSettles(slow) + emaSettles(signal);
  const line = `EMA ${fast} − EMA ${slow} of the close, both seeded to start together`;
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      { name: 'macd', definition: line, warmup, settles, unit: 'price' },
      { name: 'macd_signal', definition: `EMA ${signal} of macd`, warmup, settles, unit: 'price' },
      { name: 'macd_hist', definition: 'macd − macd_signal', warmup, settles, unit: 'price' },
    ],
    create: () => new Macd(fast, slow, signal),
  };
}
