const DAY_MS = 86_400_000;

/** Number of the UTC day that holds `time`, counted from 1, so that the zero of fresh cells is no day. */
export function utcDay(time: number): number {
  return Math.floor(time / DAY_MS) + 1;
}
