import type { CandleInput, IndicatorDefinition, Unit } from '../indicator.js';
import { RegressionLine } from '../parts/regression-line.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const DEGREES = 180 / Math.PI;

class Linreg extends StreamingIndicator {
  readonly #line: RegressionLine;

  constructor(period: number) {
    super(4);
    this.#line = this.keep(new RegressionLine(period));
  }

  override update(candle: CandleInput): void {
    const line = this.#line;
    if (!line.update(candle.close)) return;
    const { end, slope } = line;
    this.values[0] = end;
    this.values[1] = slope;
    this.values[2] = Math.atan(slope) * DEGREES;
    this.values[3] = end + slope;
  }
}

export function linreg(period: number): IndicatorDefinition {
  const column = (name: string, definition: string, unit: Unit) => ({ name, definition, warmup: period, unit });
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      column('linreg', `least-squares line through the last ${period} closes, at the newest`, 'price'),
      column('linreg_slope', `its rise per candle`, 'price'),
      column('linreg_angle', 'arctangent of linreg_slope', 'degrees'),
      column('tsf', 'linreg + linreg_slope: the line one candle ahead', 'price'),
    ],
    create: () => new Linreg(period),
  };
}
