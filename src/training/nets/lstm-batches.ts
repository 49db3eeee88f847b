import { type InputScale, SCALED_COUNT, writeScaledInputs } from '../../models/input-scale.js';
import { INPUT_COUNT, INPUT_NAMES } from '../../models/model-inputs.js';
import { assert } from '../../runtime/assert.js';
import type { Random } from '../../runtime/random.js';
import type { Dataset, Horizon } from '../dataset.js';
import { LSTM_HORIZONS, LSTM_STEPS, type Stretches } from './lstm-net.js';

const HORIZONS = LSTM_HORIZONS.length;
const RANGE_SHARE = INPUT_NAMES.indexOf('natr_14');

/** Stretches of a dataset, and what came after each of their windows. */
export interface LstmBatch {
  readonly stretches: Stretches;
  /** Returns in the scale of each horizon, `[windows, horizons]`; 0 where the window does not count. */
  readonly came: Float32Array;
  /** 1 for each window that is an example of the part, else 0. */
  readonly counts: Float32Array;
}

/** Row's return over a horizon, in units of its atr_14. natr_14 is that range in hundredths of the price. */
export function returnInRanges(dataset: Dataset, row: number, horizon: Horizon): number {
  const share = (dataset.inputs[row * INPUT_COUNT + RANGE_SHARE] as number) / 100;
  return dataset.return(row, horizon) / share;
}

/** Examples of one part, cut into stretches of rows that follow one another. */
export class LstmExamples {
  /** In the dataset's order: a symbol's rows side by side. */
  readonly #rows: Int32Array;
  readonly #isExample: Uint8Array;

  constructor(
    readonly dataset: Dataset,
    rows: Int32Array,
    readonly scale: InputScale,
    readonly horizonScales: readonly number[],
    readonly windows: number,
  ) {
    assert(rows.length > 0, 'a net learns from some rows');
    this.#rows = rows.slice().sort();
    this.#isExample = new Uint8Array(dataset.rows);
    for (const row of rows) this.#isExample[row] = 1;
  }

  /** First rows of stretches that hold every example; those after the first begin `shift` rows earlier, so that cuts wander. */
  starts(shift = 0): Int32Array {
    const starts: number[] = [];
    let after = 0;
    for (const row of this.#rows) {
      if (row < after) continue;
      starts.push(row);
      after = row + this.windows - (starts.length === 1 ? shift % this.windows : 0);
    }
    return Int32Array.from(starts);
  }

  batch(starts: Int32Array): LstmBatch {
    const candles = this.windows + LSTM_STEPS - 1;
    const scaled = new Float32Array(starts.length * candles * SCALED_COUNT);
    const came = new Float32Array(starts.length * this.windows * HORIZONS);
    const counts = new Float32Array(starts.length * this.windows);
    for (const [stretch, start] of starts.entries()) {
      for (let candle = 0; candle < candles; candle++) {
        const row = start - LSTM_STEPS + 1 + candle;
        if (row >= this.dataset.rows) break;
        const at = (stretch * candles + candle) * SCALED_COUNT;
        writeScaledInputs(this.dataset.inputs, row * INPUT_COUNT, this.scale, scaled, at);
      }
      for (let window = 0; window < this.windows; window++) {
        const row = start + window;
        if (this.#isExample[row] !== 1) continue;
        const at = stretch * this.windows + window;
        counts[at] = 1;
        for (const [place, horizon] of LSTM_HORIZONS.entries())
          came[at * HORIZONS + place] = returnInRanges(this.dataset, row, horizon) / (this.horizonScales[place] as number);
      }
    }
    return { stretches: { count: starts.length, windows: this.windows, scaled }, came, counts };
  }
}

export function shuffled(values: Int32Array, random: Random): Int32Array {
  const all = values.slice();
  for (let at = all.length - 1; at > 0; at--) {
    const other = random.int(at + 1);
    [all[at], all[other]] = [all[other] as number, all[at] as number];
  }
  return all;
}
