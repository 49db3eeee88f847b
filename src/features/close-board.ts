/** Closes kept of a symbol: at a candle's close the others' candles of the same start may have closed already, or not yet. */
interface Closes {
  time: number;
  close: number;
  timeBefore: number;
  closeBefore: number;
}

/**
 * What the other symbols of one timeframe closed at. A candle reads only candles that started before it, so its columns do not
 * depend on which of two symbols closes first at one boundary.
 */
export class CloseBoard {
  readonly #closes = new Map<string, Closes>();

  post(symbol: string, time: number, close: number): void {
    const kept = this.#closes.get(symbol);
    if (kept === undefined) {
      this.#closes.set(symbol, { time, close, timeBefore: Number.NEGATIVE_INFINITY, closeBefore: Number.NaN });
      return;
    }
    if (time <= kept.time) return;
    kept.timeBefore = kept.time;
    kept.closeBefore = kept.close;
    kept.time = time;
    kept.close = close;
  }

  /** The close of the symbol's newest candle that starts before `time`; NaN where none is known. */
  closeBefore(symbol: string, time: number): number {
    const kept = this.#closes.get(symbol);
    if (kept === undefined) return Number.NaN;
    if (kept.time < time) return kept.close;
    return kept.timeBefore < time ? kept.closeBefore : Number.NaN;
  }
}
