/**
 * Windows of candles as the convolutional net is given them: each price by how far it lies from the newest close, in the range
 * (atr_14) of the newest candle. Without a range, and where a candle is missing, there is nothing: 0, as in the model's graph.
 */
import { COLUMNS } from '../../indicators/registry.js';
import { CANDLE_NUMBERS } from '../../features/candle-numbers.js';
import { CANDLE_STEPS } from '../../models/candle-window.js';
import { INPUT_COUNT, INPUT_NAMES, RANGE_LEAST } from '../../models/model-inputs.js';
import type { Dataset } from '../dataset.js';

/** Open, high, low, close. */
export const PRICES = 4;
export const WINDOW_LENGTH = CANDLE_STEPS * PRICES;
/** Prices further than so many ranges from the newest close are as far as can be. */
export const CANDLE_CLIP = 40;

/** The catalogue's chart patterns: what the net tells of, in this order. */
export const SHAPES: readonly string[] = COLUMNS.filter((name) => name.startsWith('chart_'));
const SHAPE_INPUTS = SHAPES.map((name) => INPUT_NAMES.indexOf(name));
/** A pattern is still told of for so many candles from the one that confirmed it. */
export const CONFIRMED_WITHIN = 4;

/** Of `CANDLE_NUMBERS` of `CANDLE_STEPS` candles from `from` on. */
export function writeCandleWindow(candles: Float64Array, from: number, into: Float32Array, at: number): void {
  const width = CANDLE_NUMBERS.length;
  const newest = from + (CANDLE_STEPS - 1) * width;
  const close = candles[newest + PRICES - 1] as number;
  const range = candles[newest + PRICES] as number;
  const unit = range > RANGE_LEAST * close ? range : Number.NaN;
  for (let candle = 0; candle < CANDLE_STEPS; candle++) {
    for (let price = 0; price < PRICES; price++) {
      const value = ((candles[from + candle * width + price] as number) - close) / unit;
      into[at + candle * PRICES + price] = Number.isNaN(value) ? 0 : Math.min(CANDLE_CLIP, Math.max(-CANDLE_CLIP, value));
    }
  }
}

/** The window that ends with a row, which must have one. */
export function writeRowWindow({ candles }: Dataset, row: number, into: Float32Array, at: number): void {
  writeCandleWindow(candles, (row - CANDLE_STEPS + 1) * CANDLE_NUMBERS.length, into, at);
}

/** Which patterns the rules confirmed at the row's candle or a few before it: a bit each. */
export function shapesOf({ inputs }: Dataset, row: number, within = CONFIRMED_WITHIN): number {
  let bits = 0;
  for (const [place, input] of SHAPE_INPUTS.entries()) {
    for (let before = 0; before < within; before++) {
      const value = inputs[(row - before) * INPUT_COUNT + input] as number;
      if (value > 0 || value < 0) bits |= 1 << place;
    }
  }
  return bits;
}
