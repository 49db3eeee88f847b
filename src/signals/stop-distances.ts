/** The twelve regimes, in the catalogue's order (0..11). */
export const REGIMES = [
  'TREND_UP_STRONG',
  'TREND_UP_WEAK',
  'TREND_UP_EXHAUSTING',
  'TREND_DOWN_STRONG',
  'TREND_DOWN_WEAK',
  'TREND_DOWN_EXHAUSTING',
  'RANGE_TIGHT',
  'RANGE_WIDE',
  'BREAKOUT_UP',
  'BREAKOUT_DOWN',
  'VOLATILE',
  'QUIET',
] as const;

export type Regime = (typeof REGIMES)[number];

const STOP_ATR = 1.5;
const TARGET_ATR = 2.25;

interface Scale {
  readonly stop: number;
  readonly target: number;
}

const NEUTRAL: Scale = { stop: 1, target: 1 };
const RUNNING: Scale = { stop: 1, target: 1.25 };
/** What is left of an exhausting move, or fits in a narrow range, is less. */
const SPENT: Scale = { stop: 1, target: 0.75 };
/** Noise alone reaches the usual stop. */
const NOISY: Scale = { stop: 1.5, target: 1.5 };

const SCALES: Readonly<Record<Regime, Scale>> = {
  TREND_UP_STRONG: RUNNING,
  TREND_UP_WEAK: NEUTRAL,
  TREND_UP_EXHAUSTING: SPENT,
  TREND_DOWN_STRONG: RUNNING,
  TREND_DOWN_WEAK: NEUTRAL,
  TREND_DOWN_EXHAUSTING: SPENT,
  RANGE_TIGHT: SPENT,
  RANGE_WIDE: NEUTRAL,
  BREAKOUT_UP: RUNNING,
  BREAKOUT_DOWN: RUNNING,
  VOLATILE: NOISY,
  QUIET: SPENT,
};

export interface StopDistances {
  readonly stop: number;
  readonly target: number;
}

/** Columns of the catalogue that stops are placed by. */
export const STOP_COLUMNS = ['atr_14'] as const;

export interface StopInputs {
  /** NaN while not ready. */
  readonly atr: number;
  /** Unknown at first, and then neutral. */
  readonly regime: Regime | undefined;
}

export function stopInputs(read: (column: (typeof STOP_COLUMNS)[number]) => number): StopInputs {
  return { atr: read('atr_14'), regime: undefined };
}

/** How far stop and target stand from the entry, in price. */
export function stopDistances({ atr, regime }: StopInputs): StopDistances {
  const scale = regime === undefined ? NEUTRAL : SCALES[regime];
  return { stop: STOP_ATR * atr * scale.stop, target: TARGET_ATR * atr * scale.target };
}
