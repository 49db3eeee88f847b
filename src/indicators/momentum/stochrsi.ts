import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { WilderChanges } from '../parts/wilder-changes.js';
import { relativeStrength } from './rsi.js';
import { SMOOTHING, Stochastic, stochasticWarmup } from './stoch.js';

/**
 * While the close stands still, gains and losses shrink alike and the index stays where it is but for its last digits. Its
 * place in a range of those would be noise between 0 and 100, so moves far below any that a change of price makes are left out.
 */
const NOISE = 1e-9;

const STRENGTH = 0;

class StochasticRsi extends Stochastic {
  readonly #state = this.keepCells(1);
  readonly #changes: WilderChanges;

  constructor(strengthPeriod: number, period: number) {
    super(period);
    this.#changes = this.keep(new WilderChanges(strengthPeriod));
  }

  override update(candle: CandleInput): void {
    if (!this.#changes.update(candle)) return;
    const state = this.#state;
    const strength = relativeStrength(this.#changes);
    if (Math.abs(strength - state[STRENGTH]) >= NOISE) state[STRENGTH] = strength;
    this.range.high = state[STRENGTH];
    this.range.low = state[STRENGTH];
    this.close = state[STRENGTH];
    this.advance();
  }
}

export function stochrsi(strengthPeriod: number, period: number): IndicatorDefinition {
  const warmup = strengthPeriod + stochasticWarmup(period);
  const settles = wilderSettles(strengthPeriod) + stochasticWarmup(period);
  const name = `rsi_${strengthPeriod}`;
  const place = `100 · (${name} − its lowest) / (its highest − its lowest) of ${period} candles, its moves below ${NOISE} left out; 0 where it stood still`;
  return {
    family: 'momentum',
    source: 'Suho',
    volume: false,
    columns: [
      { name: 'stochrsi_k', definition: `mean over ${SMOOTHING} of ${place}`, warmup, settles, unit: 'percent' },
      { name: 'stochrsi_d', definition: `mean of stochrsi_k over ${SMOOTHING}`, warmup, settles, unit: 'percent' },
    ],
    create: () => new StochasticRsi(strengthPeriod, period),
  };
}
