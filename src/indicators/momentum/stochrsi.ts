import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { WilderChanges } from '../parts/wilder-changes.js';
import { relativeStrength } from './rsi.js';
import { SMOOTHING, Stochastic, stochasticWarmup } from './stoch.js';

/**
 * While the close stands still, gains and losses shrink alike and the index stays where it is but for its last digit. The
 * place within such a range would be noise between 0 and 100; it is far narrower than any that a change of price makes.
 */
const NOISE = 1e-9;

class StochasticRsi extends Stochastic {
  readonly #changes: WilderChanges;

  constructor(strengthPeriod: number, period: number) {
    super(period, NOISE);
    this.#changes = this.keep(new WilderChanges(strengthPeriod));
  }

  override update(candle: CandleInput): void {
    if (!this.#changes.update(candle.close)) return;
    const strength = relativeStrength(this.#changes);
    this.stand(strength, strength, strength);
  }
}

export function stochrsi(strengthPeriod: number, period: number): IndicatorDefinition {
  const warmup = strengthPeriod + stochasticWarmup(period);
  const settles = wilderSettles(strengthPeriod) + stochasticWarmup(period);
  const name = `rsi_${strengthPeriod}`;
  const place = `100 · (${name} − its lowest) / (its highest − its lowest) of ${period} candles, 0 where it moved by less than ${NOISE}`;
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
