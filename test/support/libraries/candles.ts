import type { CandleInput } from '../../../src/indicators/indicator.js';
import { priceSeries, type TaLibRun, taLibFunction } from './libraries.js';
import type { LibraryColumns } from './library-column.js';

/** TA-Lib's name for each pattern, how far it looks back, and the penetration where it takes one. */
const PATTERNS: Readonly<Record<string, readonly [name: string, lookBack: number, optInPenetration?: number]>> = {
  cdl_doji: ['CDLDOJI', 10],
  cdl_hammer: ['CDLHAMMER', 11],
  cdl_hanging_man: ['CDLHANGINGMAN', 11],
  cdl_inverted_hammer: ['CDLINVERTEDHAMMER', 11],
  cdl_shooting_star: ['CDLSHOOTINGSTAR', 11],
  cdl_engulfing: ['CDLENGULFING', 2],
  cdl_harami: ['CDLHARAMI', 11],
  cdl_piercing: ['CDLPIERCING', 11],
  cdl_dark_cloud: ['CDLDARKCLOUDCOVER', 11, 0.5],
  cdl_morning_star: ['CDLMORNINGSTAR', 12, 0.3],
  cdl_evening_star: ['CDLEVENINGSTAR', 12, 0.3],
  cdl_three_white_soldiers: ['CDL3WHITESOLDIERS', 12],
  cdl_three_black_crows: ['CDL3BLACKCROWS', 13],
  cdl_marubozu: ['CDLMARUBOZU', 10],
  cdl_spinning_top: ['CDLSPINNINGTOP', 10],
  cdl_three_inside: ['CDL3INSIDE', 12],
  cdl_three_outside: ['CDL3OUTSIDE', 3],
  cdl_tasuki_gap: ['CDLTASUKIGAP', 7],
  cdl_belt_hold: ['CDLBELTHOLD', 10],
};

export interface LibraryPattern {
  /** TA-Lib over the whole series at once. */
  whole(candles: readonly CandleInput[]): readonly number[];
  /** What TA-Lib says of one candle, given no more before it than it needs. */
  alone(candles: readonly CandleInput[], at: number): number;
}

function libraryPattern(run: TaLibRun, lookBack: number): LibraryPattern {
  const whole = (candles: readonly CandleInput[]): readonly number[] => run(priceSeries(candles)).outInteger ?? [];
  return {
    whole,
    alone: (candles, at) => (at < lookBack ? Number.NaN : (whole(candles.slice(at - lookBack, at + 1)).at(-1) as number)),
  };
}

/** Every candle pattern, by column. */
export const LIBRARY_PATTERNS: Readonly<Record<string, LibraryPattern>> = Object.fromEntries(
  Object.entries(PATTERNS).map(([column, [name, lookBack, optInPenetration]]) => {
    const options = optInPenetration === undefined ? {} : { optInPenetration };
    return [column, libraryPattern(taLibFunction(name, options), lookBack)];
  }),
);

export const CANDLES_LIBRARIES: LibraryColumns = Object.fromEntries(
  Object.entries(LIBRARY_PATTERNS).map(([column, { whole }]) => [column, { library: 'TA-Lib', run: whole }]),
);
