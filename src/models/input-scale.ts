import { assert } from '../runtime/assert.js';
import { CODED_INPUTS, INPUT_COUNT, MEASURED_INPUTS } from './model-inputs.js';

/** How the measured inputs of a net are brought to one width: (input − centre) / width, cut off at ± clip. */
export interface InputScale {
  /** One per measured input. */
  readonly centres: Float64Array;
  readonly widths: Float64Array;
  readonly clip: number;
}

/** Scaled inputs, then the coded, then a mask: 1 where the measured input has no value, and then it is 0. */
export const SCALED_COUNT = INPUT_COUNT + MEASURED_INPUTS.length;

/** What a net is given, of inputs as `writeModelInputs` gives them. */
export function writeScaledInputs(
  inputs: Float32Array | Float64Array,
  from: number,
  { centres, widths, clip }: InputScale,
  into: Float32Array,
  at: number,
): void {
  const measured = MEASURED_INPUTS.length;
  assert(centres.length === measured && widths.length === measured, 'a scale is of every measured input');
  for (let place = 0; place < measured; place++) {
    const value = ((inputs[from + place] as number) - (centres[place] as number)) / (widths[place] as number);
    const missing = Number.isNaN(value);
    into[at + place] = missing ? 0 : Math.min(clip, Math.max(-clip, value));
    into[at + INPUT_COUNT + place] = missing ? 1 : 0;
  }
  for (let place = 0; place < CODED_INPUTS.length; place++)
    into[at + measured + place] = inputs[from + measured + place] as number;
}

/**
 * How far a row lies from what a model was trained on: the root of the mean square of the measured inputs that have a value, as
 * scaled and cut off; as far as can be told where none has.
 */
export function inputDistance(scaled: Float32Array, at: number, { clip }: Pick<InputScale, 'clip'>): number {
  let [sum, count] = [0, 0];
  for (let place = 0; place < MEASURED_INPUTS.length; place++) {
    sum += (scaled[at + place] as number) ** 2;
    count += 1 - (scaled[at + INPUT_COUNT + place] as number);
  }
  return count === 0 ? clip : Math.sqrt(sum / count);
}
