/**
 * EMA(fast) − EMA(slow) of the accumulation/distribution line, both seeded with the line's first value, as in TA-Lib.
 *
 * The line runs on from candle to candle without bound and would take the digits of both averages with it. But the oscillator
 * is the same whatever constant is added to the line. So each average is kept as its distance from the line's present
 * value: when the line moves by `flow`, the distance first grows by −flow, then shrinks by the weight.
 */
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { moneyFlow } from '../parts/money-flow.js';
import { forgottenAfter } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Candles seen, at most the slow period. */
const COUNT = 0;
const FAST = 1;
const SLOW = 2;

class AccumulationOscillator extends StreamingIndicator {
  readonly #state = this.keepCells(3);
  readonly #keptFast: number;
  readonly #keptSlow: number;

  constructor(
    fast: number,
    readonly slow: number,
  ) {
    super(1);
    this.#keptFast = 1 - 2 / (fast + 1);
    this.#keptSlow = 1 - 2 / (slow + 1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    if (state[COUNT] > 0) {
      const flow = moneyFlow(candle);
      state[FAST] = (state[FAST] - flow) * this.#keptFast;
      state[SLOW] = (state[SLOW] - flow) * this.#keptSlow;
    }
    if (state[COUNT] < this.slow) state[COUNT] += 1;
    if (state[COUNT] === this.slow) this.values[0] = state[FAST] - state[SLOW];
  }
}

export function adosc(fast: number, slow: number): IndicatorDefinition {
  const definition = `EMA ${fast} − EMA ${slow} of ad when it runs on over days, both seeded with its first value`;
  // An average lies several candles' volumes from the line, not one: as much longer to forget where it began.
  const settles = 2 * slow + forgottenAfter(1 - 2 / (slow + 1));
  return {
    family: 'volume',
    source: 'TA-Lib',
    volume: true,
    columns: [{ name: 'adosc', definition, warmup: slow, settles, unit: 'volume' }],
    create: () => new AccumulationOscillator(fast, slow),
  };
}
