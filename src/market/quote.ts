/** A two-sided price and when it held, UTC ms by the clock of whoever received it. */
export interface Quote {
  readonly bid: number;
  readonly ask: number;
  readonly timeMs: number;
}
