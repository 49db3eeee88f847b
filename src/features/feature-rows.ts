import { COLUMNS } from '../indicators/registry.js';
import type { Candle } from '../market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import { CloseBoard } from './close-board.js';
import { type CatalogueVector, FeatureStream } from './feature-stream.js';
import { LABEL_COLUMNS, Labeller } from './labels.js';

/** A closed candle with the catalogue's columns after it, and its labels where they are asked for. */
export interface FeatureRow extends CatalogueVector {
  /** In the order of LABEL_COLUMNS, or empty; NaN is no value. */
  readonly labels: Float64Array;
}

export interface FeatureRowsOptions {
  readonly symbol: string;
  readonly timeframes: readonly Timeframe[];
  readonly labels: boolean;
}

interface WaitingRow extends FeatureRow {
  readonly endMs: number;
  readonly spanMs: number;
  readonly close: number;
  readonly spread: number;
  readonly atr14: number;
}

/** One timeframe: the catalogue over its candles, and the closes of others beside them. */
class TimeframeRows {
  readonly board = new CloseBoard();
  readonly stream: FeatureStream;

  constructor(symbol: string, timeframe: Timeframe) {
    const spanMs = TIMEFRAME_MS[timeframe];
    this.stream = new FeatureStream({
      symbol,
      spanMs,
      closeBefore: (other, time) => this.board.closeBefore(other, time),
    });
  }
}

const NO_LABELS = new Float64Array(0);
const ATR = COLUMNS.indexOf('atr_14');

/**
 * The rows of `suho features` out of closed candles. Candles of the symbol come in the order of closing, M1 among them where
 * labels are asked for; those of other symbols before any candle of the symbol that starts after them, and none that starts
 * later than the next candle of the symbol.
 */
export class FeatureRows {
  readonly #timeframes: ReadonlyMap<Timeframe, TimeframeRows>;
  readonly #sink: (row: FeatureRow) => void;
  readonly #labeller: Labeller<WaitingRow> | undefined;

  constructor({ symbol, timeframes, labels }: FeatureRowsOptions, sink: (row: FeatureRow) => void) {
    this.#timeframes = new Map(timeframes.map((timeframe) => [timeframe, new TimeframeRows(symbol, timeframe)]));
    this.#sink = sink;
    this.#labeller = labels ? new Labeller<WaitingRow>(sink) : undefined;
  }

  /** A candle of another symbol. */
  post({ symbol, timeframe, time, close }: Candle): void {
    this.#timeframes.get(timeframe)?.board.post(symbol, time, close);
  }

  add(candle: Candle): void {
    const labeller = this.#labeller;
    if (candle.timeframe === 'M1') labeller?.minute(candle.time, candle.close);
    const vector = this.#timeframes.get(candle.timeframe)?.stream.update(candle);
    if (vector === undefined) return;
    if (labeller === undefined) this.#sink({ ...vector, labels: NO_LABELS });
    else labeller.add(waitingRow(vector));
  }

  /** The input is over: rows that still wait for labels get those that they have. */
  end(): void {
    this.#labeller?.end();
  }
}

function waitingRow({ candle, values }: CatalogueVector): WaitingRow {
  const { time, timeframe, close, spread } = candle;
  const spanMs = TIMEFRAME_MS[timeframe];
  const atr14 = values[ATR] as number;
  return { candle, values, labels: new Float64Array(LABEL_COLUMNS.length), endMs: time + spanMs, spanMs, close, spread, atr14 };
}
