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

/** What regimes come down to where twelve are too many, in the order of `regime_parent` (0..3). */
export const REGIME_PARENTS = ['TRENDING_UP', 'TRENDING_DOWN', 'RANGING', 'VOLATILE'] as const;

export type RegimeParent = (typeof REGIME_PARENTS)[number];

export const PARENT_OF: Readonly<Record<Regime, RegimeParent>> = {
  TREND_UP_STRONG: 'TRENDING_UP',
  TREND_UP_WEAK: 'TRENDING_UP',
  TREND_UP_EXHAUSTING: 'TRENDING_UP',
  TREND_DOWN_STRONG: 'TRENDING_DOWN',
  TREND_DOWN_WEAK: 'TRENDING_DOWN',
  TREND_DOWN_EXHAUSTING: 'TRENDING_DOWN',
  RANGE_TIGHT: 'RANGING',
  RANGE_WIDE: 'RANGING',
  BREAKOUT_UP: 'TRENDING_UP',
  BREAKOUT_DOWN: 'TRENDING_DOWN',
  VOLATILE: 'VOLATILE',
  QUIET: 'RANGING',
};
