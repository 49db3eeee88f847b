/** TA-Lib takes a divisor nearer to zero than this as zero; its answers on flat prices depend on it. */
const EPSILON = 1e-14;

export function isTaZero(value: number): boolean {
  return -EPSILON < value && value < EPSILON;
}
