import { HORIZONS_MS, LABEL_COLUMNS } from '../features/labels.js';
import { CANDLE_NUMBERS, writeCandleNumbers } from '../features/candle-numbers.js';
import { INPUT_COUNT, writeModelInputs } from '../models/model-inputs.js';
import type { Candle } from '../market/candle.js';
import { assert } from '../runtime/assert.js';

const CANDLE = CANDLE_NUMBERS.length;

/** A row of `suho features --labels`, as far as training reads it. */
export interface TrainingRow {
  /** Without prices it is no window for a model of candles. */
  readonly candle: Pick<Candle, 'symbol' | 'time'> & Partial<Candle>;
  /** In the catalogue's order. */
  readonly values: ArrayLike<number>;
  /** In the order of LABEL_COLUMNS. */
  readonly labels: ArrayLike<number>;
}

export type Horizon = keyof typeof HORIZONS_MS;

const CHUNK_ROWS = 4_096;
const LABELS = LABEL_COLUMNS.length;

/** Rows of one symbol as they come, in chunks, so that nothing is copied while they grow. */
class SymbolRows {
  readonly inputs: Float32Array[] = [];
  readonly labels: Float32Array[] = [];
  readonly candles: Float64Array[] = [];
  readonly startsMs: number[] = [];

  add({ candle, values, labels }: TrainingRow): void {
    const at = this.startsMs.length % CHUNK_ROWS;
    assert(
      candle.time > (this.startsMs.at(-1) ?? Number.NEGATIVE_INFINITY),
      `rows of ${candle.symbol} come in the order of time`,
    );
    if (at === 0) {
      this.inputs.push(new Float32Array(CHUNK_ROWS * INPUT_COUNT));
      this.labels.push(new Float32Array(CHUNK_ROWS * LABELS));
      this.candles.push(new Float64Array(CHUNK_ROWS * CANDLE));
    }
    writeModelInputs(values, this.inputs.at(-1) as Float32Array, at * INPUT_COUNT);
    (this.labels.at(-1) as Float32Array).set(labels, at * LABELS);
    writeCandleNumbers(candle, values, this.candles.at(-1) as Float64Array, at * CANDLE);
    this.startsMs.push(candle.time);
  }
}

/** Takes rows of one timeframe and any symbols, each symbol's in the order of time, in whatever turn. */
export class DatasetBuilder {
  readonly #symbols = new Map<string, SymbolRows>();

  constructor(readonly spanMs: number) {}

  add(row: TrainingRow): void {
    const { symbol } = row.candle;
    let rows = this.#symbols.get(symbol);
    if (rows === undefined) {
      rows = new SymbolRows();
      this.#symbols.set(symbol, rows);
    }
    rows.add(row);
  }

  /** Symbols by name, whatever order they came in. */
  build(): Dataset {
    const symbols = [...this.#symbols.keys()].sort();
    const parts = symbols.map((symbol) => this.#symbols.get(symbol) as SymbolRows);
    const rows = parts.reduce((sum, { startsMs }) => sum + startsMs.length, 0);
    const dataset = new Dataset(symbols, this.spanMs, rows);
    let first = 0;
    for (const [place, { inputs, labels, candles, startsMs }] of parts.entries()) {
      dataset.symbolPlaces.fill(place, first, first + startsMs.length);
      dataset.startsMs.set(startsMs, first);
      for (let chunk = 0; chunk < inputs.length; chunk++) {
        const from = first + chunk * CHUNK_ROWS;
        const filled = Math.min(CHUNK_ROWS, first + startsMs.length - from);
        dataset.inputs.set((inputs[chunk] as Float32Array).subarray(0, filled * INPUT_COUNT), from * INPUT_COUNT);
        dataset.labels.set((labels[chunk] as Float32Array).subarray(0, filled * LABELS), from * LABELS);
        dataset.candles.set((candles[chunk] as Float64Array).subarray(0, filled * CANDLE), from * CANDLE);
      }
      first += startsMs.length;
    }
    this.#symbols.clear();
    return dataset;
  }
}

/** What is learned from: each symbol's rows side by side, in the order of time. */
export class Dataset {
  /** Inputs of a model per row, not scaled; NaN is no value. */
  readonly inputs: Float32Array;
  readonly labels: Float32Array;
  /** CANDLE_NUMBERS of each row. */
  readonly candles: Float64Array;
  /** Start of the row's candle, UTC milliseconds. */
  readonly startsMs: Float64Array;
  readonly symbolPlaces: Uint16Array;

  constructor(
    readonly symbols: readonly string[],
    /** Length of a candle. */
    readonly spanMs: number,
    readonly rows: number,
  ) {
    this.inputs = new Float32Array(rows * INPUT_COUNT);
    this.labels = new Float32Array(rows * LABELS);
    this.candles = new Float64Array(rows * CANDLE);
    this.startsMs = new Float64Array(rows);
    this.symbolPlaces = new Uint16Array(rows);
  }

  /** When the row was known: the end of its candle. */
  endMs(row: number): number {
    return (this.startsMs[row] as number) + this.spanMs;
  }

  symbolOf(row: number): string {
    return this.symbols[this.symbolPlaces[row] as number] as string;
  }

  /** Start of the first of so many candles that end with the row's; NaN where its symbol has not so many. */
  windowStartMs(row: number, steps: number): number {
    const first = row - steps + 1;
    if (first < 0 || this.symbolPlaces[first] !== this.symbolPlaces[row]) return Number.NaN;
    return this.startsMs[first] as number;
  }

  /** −1, 0, 1, or NaN. */
  direction(row: number, horizon: Horizon): number {
    return this.labels[row * LABELS + LABEL_COLUMNS.indexOf(`label_direction_${horizon}`)] as number;
  }

  /** ln of the ratio of closes, or NaN. */
  return(row: number, horizon: Horizon): number {
    return this.labels[row * LABELS + LABEL_COLUMNS.indexOf(`label_return_${horizon}`)] as number;
  }

  /** The direction that the row's own past took: that of the row a horizon before it, which was known when this one was. */
  pastDirection(row: number, horizon: Horizon): number {
    const before = this.#rowBefore(row, horizon);
    return before === undefined ? Number.NaN : this.direction(before, horizon);
  }

  /** The return that its own past took, likewise. */
  pastReturn(row: number, horizon: Horizon): number {
    const before = this.#rowBefore(row, horizon);
    return before === undefined ? Number.NaN : this.return(before, horizon);
  }

  #rowBefore(row: number, horizon: Horizon): number | undefined {
    const startMs = (this.startsMs[row] as number) - HORIZONS_MS[horizon];
    let before = Math.max(0, row - Math.ceil(HORIZONS_MS[horizon] / this.spanMs));
    while (before < row && (this.symbolPlaces[before] !== this.symbolPlaces[row] || (this.startsMs[before] as number) < startMs))
      before += 1;
    return this.startsMs[before] === startMs ? before : undefined;
  }
}
