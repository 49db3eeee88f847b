import type { CandleInput } from '../../../src/indicators/indicator.js';
import type { ReferenceColumns } from './series.js';

export function chartReference(_candles: readonly CandleInput[]): ReferenceColumns {
  return {};
}
