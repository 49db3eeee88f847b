/** A finished bar of some source, of any length: what history, bar feeds and files bring, before it is a `Candle`. */
export interface Bar {
  /** Start, UTC milliseconds. */
  readonly timeMs: number;
  readonly spanMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Traded volume where the source has it, else its count of quotes, else 0. */
  readonly volume: number;
  /** Mean of ask − bid in price units, 0 where the source has no ask. */
  readonly spread: number;
}

export type BarFault = 'notANumber' | 'negative' | 'crossed';

/** Why a bar cannot be true, or undefined when it can. Bars are not judged by jumps: nothing follows them at once to confirm one. */
export function barFault(bar: Bar): BarFault | undefined {
  const { open, high, low, close, volume, spread } = bar;
  if (!Number.isFinite(bar.timeMs + open + high + low + close + volume + spread)) return 'notANumber';
  if (open <= 0 || high <= 0 || low <= 0 || close <= 0 || volume < 0) return 'negative';
  return high < open || high < close || low > open || low > close || spread < 0 ? 'crossed' : undefined;
}
