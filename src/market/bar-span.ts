/**
 * How long the bars of a file are. Hardly any format says, so the starts tell: bars are as long as the shortest step between
 * two of them. A handful of bars may lie apart by chance, so few of them never make bars longer than the ones asked for.
 */
const SPANS_MS = [1_000, 5_000, 15_000, 30_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 14_400_000, 86_400_000];
const ENOUGH = 30;

/** The span in milliseconds, or undefined where the step is none that candles can be made of. */
export function barSpanOf(startsMs: readonly number[], finestWantedMs: number): number | undefined {
  let step = Number.POSITIVE_INFINITY;
  for (let at = 1; at < startsMs.length; at++) {
    const between = (startsMs[at] as number) - (startsMs[at - 1] as number);
    if (between > 0 && between < step) step = between;
  }
  if (startsMs.length >= ENOUGH) return SPANS_MS.includes(step) ? step : undefined;
  const longest = Math.min(step, finestWantedMs);
  return SPANS_MS.findLast((span) => span <= longest);
}

export function spanText(spanMs: number): string {
  if (spanMs >= 86_400_000) return `D${spanMs / 86_400_000}`;
  if (spanMs >= 3_600_000) return `H${spanMs / 3_600_000}`;
  return spanMs >= 60_000 ? `M${spanMs / 60_000}` : `S${spanMs / 1_000}`;
}
