/** ln(close / before), to the last digit where the two are near each other: their quotient would have lost most digits of it. */
export function logReturn(close: number, before: number): number {
  return Math.log1p((close - before) / before);
}
