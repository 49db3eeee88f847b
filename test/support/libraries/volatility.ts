import { type PriceSeries, taLibFunction } from './libraries.js';
import { type LibraryColumns, taLibColumn, taLibFormula } from './library-column.js';

const BANDS = taLibFunction('BBANDS', { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: 0 });
const LOSSY = 'TA-Lib subtracts running sums of squares: the exact window is the reference';

interface Bands {
  readonly upper: number;
  readonly middle: number;
  readonly lower: number;
  readonly close: number;
}

const ofBands = (of: (bands: Bands) => number) => ({
  ...taLibFormula((series: PriceSeries) => {
    const { outRealUpperBand = [], outRealMiddleBand = [], outRealLowerBand = [] } = BANDS(series);
    return series.close.map((close, at) =>
      of({
        upper: outRealUpperBand[at] as number,
        middle: outRealMiddleBand[at] as number,
        lower: outRealLowerBand[at] as number,
        close,
      }),
    );
  }),
  shown: LOSSY,
});

const over = (name: string, optInTimePeriod: number) => taLibColumn(taLibFunction(name, { optInTimePeriod }));

export const VOLATILITY_LIBRARIES: LibraryColumns = {
  tr: taLibColumn(taLibFunction('TRANGE')),
  atr_7: over('ATR', 7),
  atr_14: over('ATR', 14),
  natr_14: over('NATR', 14),
  bb_upper: taLibColumn(BANDS, 'outRealUpperBand', LOSSY),
  bb_middle: taLibColumn(BANDS, 'outRealMiddleBand', LOSSY),
  bb_lower: taLibColumn(BANDS, 'outRealLowerBand', LOSSY),
  bb_width: ofBands(({ upper, middle, lower }) => (upper - lower) / middle),
  bb_percent: ofBands(({ upper, lower, close }) => (close - lower) / (upper - lower)),
};
