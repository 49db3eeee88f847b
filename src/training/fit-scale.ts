import type { InputScale } from '../models/input-scale.js';
import { INPUT_COUNT, MEASURED_INPUTS } from '../models/model-inputs.js';
import type { Dataset } from './dataset.js';
import type { Part } from './splits.js';

/** Beyond so many widths an input says no more than that it is far out. */
const CLIP = 6;
/** Between the quartiles of a normal distribution lie so many of its standard deviations. */
const QUARTILES_APART = 1.348_979_5;

/**
 * Median and distance of the quartiles of each measured input, of the training part alone. Where half of all values are the
 * same, as with patterns that are mostly 0, the quartiles tell nothing, and the standard deviation stands for them.
 */
export function fitScale({ inputs }: Dataset, { rows }: Part<'train'>): InputScale {
  const centres = new Float64Array(MEASURED_INPUTS.length);
  const widths = new Float64Array(MEASURED_INPUTS.length);
  const column = new Float32Array(rows.length);
  for (let place = 0; place < MEASURED_INPUTS.length; place++) {
    let known = 0;
    for (const row of rows) {
      const value = inputs[row * INPUT_COUNT + place] as number;
      if (!Number.isNaN(value)) column[known++] = value;
    }
    const values = column.subarray(0, known).sort();
    centres[place] = known === 0 ? 0 : quantile(values, 0.5);
    widths[place] = widthOf(values);
  }
  return { centres, widths, clip: CLIP };
}

function quantile(sorted: Float32Array, share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] as number;
}

function widthOf(sorted: Float32Array): number {
  if (sorted.length === 0) return 1;
  const width = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / QUARTILES_APART || deviation(sorted);
  return width > 0 ? width : 1;
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
