/**
 * What a row is to be learned from: where the price went after its candle. For training alone; nothing live reads a label.
 *
 * A row's candle ends at E. For a horizon h its label looks at the span from E to E + h:
 * - price: the close of the newest M1 candle that ends by then. At E that is the candle's own close.
 * - `label_return`: ln(price at E + h / price at E).
 * - gap: a stretch of the span without M1 candles; only what lies inside the span counts. Where one is over a quarter of
 *   h there is no label. So a label of one minute needs that very minute.
 * - A horizon shorter than the candle has no label, nor has one that reaches beyond the last M1 candle of the input: what
 *   would have come is not known, and a longer input never changes a label that a shorter one gave.
 * - `label_direction`: −1, 0 or 1; 0 where |return| ≤ max(spread, 0.25 atr_14 √(h / length of the candle)), both as shares
 *   of the candle's close, since the return is one. The spread is the candle's mean of ask − bid, 0 where the source has
 *   no ask; the range of h candles grows by the square root of h, as that of a random walk. None while atr_14 has no value.
 *
 * Each horizon walks the waiting rows once, in order, and keeps the newest gap that is too long for it: any older one ends
 * before this one begins, so if this one reaches a span only in part, from before, older ones do not reach it at all. That
 * makes a label O(1), and what waits is the rows of the longest horizon, a day.
 */
const MINUTE_MS = 60_000;

export const HORIZONS_MS = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '4h': 240 * MINUTE_MS,
  '1d': 1_440 * MINUTE_MS,
} as const;

const NAMES = Object.keys(HORIZONS_MS);
/** Shortest first. */
const SPANS_MS: readonly number[] = Object.values(HORIZONS_MS);
const COUNT = SPANS_MS.length;

export const LABEL_COLUMNS: readonly string[] = [
  ...NAMES.map((name) => `label_return_${name}`),
  ...NAMES.map((name) => `label_direction_${name}`),
];

const GAP_MOST = 0.25;
const RANGE_SHARE = 0.25;

/** A row that waits for its labels. */
export interface LabelledRow {
  /** The candle's end, UTC milliseconds. */
  readonly endMs: number;
  readonly spanMs: number;
  readonly close: number;
  /** Mean of ask − bid, in price units. */
  readonly spread: number;
  /** NaN while it has no value. */
  readonly atr14: number;
  /** One place per label column, to be filled; NaN is none. */
  readonly labels: Float64Array;
}

export class Labeller<Row extends LabelledRow> {
  readonly #sink: (row: Row) => void;
  readonly #waiting: Row[] = [];
  /** Per horizon: how many of the waiting rows have its label. */
  readonly #labelled = new Array<number>(COUNT).fill(0);
  /** Per horizon: the newest gap that is too long for it. */
  readonly #gapStarts = new Float64Array(COUNT).fill(Number.NEGATIVE_INFINITY);
  readonly #gapEnds = new Float64Array(COUNT).fill(Number.NEGATIVE_INFINITY);
  #lastEndMs = Number.NaN;
  #lastClose = Number.NaN;

  /** Rows leave in the order in which they came, as soon as all their labels are known. */
  constructor(sink: (row: Row) => void) {
    this.#sink = sink;
  }

  /** A row whose candle has closed, in the order of closing: after the M1 candle that ends with it, before any later one. */
  add(row: Row): void {
    row.labels.fill(Number.NaN);
    this.#waiting.push(row);
  }

  /** The next M1 candle. */
  minute(startMs: number, close: number): void {
    if (startMs > this.#lastEndMs) {
      this.#labelThrough(startMs);
      this.#noteGap(this.#lastEndMs, startMs);
    }
    this.#lastEndMs = startMs + MINUTE_MS;
    this.#lastClose = close;
    this.#labelThrough(this.#lastEndMs);
    while ((this.#labelled[COUNT - 1] as number) > 0) this.#release();
  }

  /** The input is over: what is still unknown stays so. */
  end(): void {
    while (this.#waiting.length > 0) this.#release();
  }

  #noteGap(startMs: number, endMs: number): void {
    for (let at = 0; at < COUNT; at++) {
      if (endMs - startMs <= GAP_MOST * (SPANS_MS[at] as number)) return;
      this.#gapStarts[at] = startMs;
      this.#gapEnds[at] = endMs;
    }
  }

  #labelThrough(nowMs: number): void {
    const waiting = this.#waiting;
    for (let at = 0; at < COUNT; at++) {
      const horizonMs = SPANS_MS[at] as number;
      let next = this.#labelled[at] as number;
      for (let row = waiting[next]; row !== undefined && row.endMs + horizonMs <= nowMs; row = waiting[next]) {
        this.#label(row, at, horizonMs);
        next += 1;
      }
      this.#labelled[at] = next;
    }
  }

  #label(row: Row, at: number, horizonMs: number): void {
    const { endMs, spanMs, close, spread, atr14, labels } = row;
    if (horizonMs < spanMs) return;
    const gapMost = GAP_MOST * horizonMs;
    if ((this.#gapEnds[at] as number) - Math.max(this.#gapStarts[at] as number, endMs) > gapMost) return;
    if (endMs + horizonMs - Math.max(this.#lastEndMs, endMs) > gapMost) return;
    const change = Math.log(this.#lastClose / close);
    const still = Math.max(spread, RANGE_SHARE * atr14 * Math.sqrt(horizonMs / spanMs)) / close;
    labels[at] = change;
    if (!Number.isNaN(still)) labels[COUNT + at] = Math.abs(change) <= still ? 0 : Math.sign(change);
  }

  #release(): void {
    const row = this.#waiting.shift() as Row;
    for (let at = 0; at < COUNT; at++) this.#labelled[at] = Math.max(0, (this.#labelled[at] as number) - 1);
    this.#sink(row);
  }
}
