/** The machine's one monotonic clock, which all its processes share, in microseconds: a double holds them for two centuries. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
