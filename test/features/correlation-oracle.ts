/** Pearson's correlation in two passes over the returns of a window, shifted against each other: nothing is carried along. */
const FLAT = 1e-12;

export function logReturns(closes: readonly number[]): number[] {
  return closes.slice(1).map((close, at) => Math.log(close / (closes[at] as number)));
}

function deviations(values: readonly number[]): { readonly each: readonly number[]; readonly total: number } {
  const origin = values[0] as number;
  const mean = origin + values.reduce((sum, value) => sum + (value - origin), 0) / values.length;
  const each = values.map((value) => value - mean);
  return { each, total: Math.sqrt(each.reduce((sum, value) => sum + value * value, 0)) };
}

export function pearson(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [deviations(first), deviations(second)];
  const flat = FLAT * Math.sqrt(first.length);
  if (a.total <= flat || b.total <= flat) return 0;
  return a.each.reduce((sum, value, at) => sum + (value / a.total) * ((b.each[at] as number) / b.total), 0);
}

/** Correlation of the `period` returns up to place `at`; the leader's are taken `lag` earlier. */
export function correlationAt(
  first: readonly number[],
  second: readonly number[],
  at: number,
  period: number,
  lag: number,
): number {
  const upTo = (series: readonly number[], end: number): readonly number[] => series.slice(end + 1 - period, end + 1);
  return pearson(upTo(first, at - Math.max(lag, 0)), upTo(second, at - Math.max(-lag, 0)));
}

export function populationDeviation(values: readonly number[]): number {
  return deviations(values).total / Math.sqrt(values.length);
}
