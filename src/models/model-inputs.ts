import { COLUMNS, placeOf } from '../indicators/registry.js';
import { INPUT_MEASURES, type Measured, YARDSTICKS, type Yardstick } from './input-measures.js';

/** A range below this share of the price is none: a market that stood still gives nothing to measure by. */
export const RANGE_LEAST = 1e-9;

export interface MeasuredInput {
  readonly name: string;
  /** Where its column stands in a vector. */
  readonly place: number;
  readonly measure: Measured;
}

/** 1 where the column is the code, else 0. */
export interface CodedInput {
  readonly name: string;
  readonly place: number;
  readonly code: number;
}

/** Both in the catalogue's order; in a model's inputs the measured come first. */
export const MEASURED_INPUTS: readonly MeasuredInput[] = INPUT_MEASURES.flatMap((measure, place) =>
  measure.kind === 'measured' ? [{ name: COLUMNS[place] as string, place, measure }] : [],
);

export const CODED_INPUTS: readonly CodedInput[] = INPUT_MEASURES.flatMap((measure, place) =>
  measure.kind === 'coded'
    ? Array.from({ length: measure.names }, (_, code) => ({ name: `${COLUMNS[place]}=${code}`, place, code }))
    : [],
);

export const INPUT_NAMES: readonly string[] = [...MEASURED_INPUTS, ...CODED_INPUTS].map(({ name }) => name);
export const INPUT_COUNT = INPUT_NAMES.length;

/** The columns from which close, range and volume are read. The close is twice the weighted close less the median. */
export const YARDSTICK_PLACES = {
  weightedClose: placeOf('weighted_close'),
  median: placeOf('median'),
  range: placeOf('atr_14'),
  volume: placeOf('volume_sma_20'),
} as const;

interface Yard {
  readonly close: number;
  readonly lengths: Readonly<Record<Yardstick, number>>;
}

/** NaN, as everything measured by it then is, where there is nothing to measure by. */
function yardOf(vector: ArrayLike<number>): Yard {
  const read = (place: number): number => vector[place] as number;
  const close = 2 * read(YARDSTICK_PLACES.weightedClose) - read(YARDSTICK_PLACES.median);
  const atr = read(YARDSTICK_PLACES.range);
  const range = atr > RANGE_LEAST * close ? atr : Number.NaN;
  const mean = read(YARDSTICK_PLACES.volume);
  const volume = mean > 0 ? mean : Number.NaN;
  const share = range / close;
  const squared = range * range;
  return {
    close,
    lengths: {
      one: 1,
      range,
      'range²': squared,
      'range share': share,
      volume,
      'volume · range share': volume * share,
      'volume · range': volume * range,
      'range² / volume': squared / volume,
    },
  };
}

/**
 * What a model is given of one vector, written from `at` on in the order of INPUT_NAMES; NaN where there is no value. The same
 * arithmetic, in doubles and in the same order, is what a model's own graph does (training/onnx/inputs-graph.ts).
 */
export function writeModelInputs(vector: ArrayLike<number>, into: Float32Array | Float64Array, at = 0): void {
  const { close, lengths } = yardOf(vector);
  let next = at;
  for (const { place, measure } of MEASURED_INPUTS) {
    const { fromClose, centre, yardstick, scale } = measure;
    into[next++] = ((vector[place] as number) - (fromClose ? close : 0) - centre) / (lengths[yardstick] * scale);
  }
  for (const { place, code } of CODED_INPUTS) into[next++] = vector[place] === code ? 1 : 0;
}

/** Where a yardstick stands in YARDSTICKS. */
export function yardstickPlace(yardstick: Yardstick): number {
  return YARDSTICKS.indexOf(yardstick);
}
