import { type PriceSeries, taLibFunction, type TaLibRun, tulipFunction } from './libraries.js';
import { type LibraryColumn, type LibraryColumns, taLibColumn, taLibFormula } from './library-column.js';
import { lastOfWindows } from './window-runs.js';

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

const EMA = taLibFunction('EMA', { optInTimePeriod: 20 });
const ATR = taLibFunction('ATR', { optInTimePeriod: 20 });
const HIGHEST = taLibFunction('MAX', { optInTimePeriod: 20 });
const LOWEST = taLibFunction('MIN', { optInTimePeriod: 20 });

const keltner = (ranges: number): LibraryColumn =>
  taLibFormula((series) => {
    const { outReal: middle = [] } = EMA(series);
    const { outReal: range = [] } = ATR(series);
    return middle.map((value, at) => value + ranges * (range[at] as number));
  });

const donchian = (of: (highest: number, lowest: number) => number): LibraryColumn =>
  taLibFormula((series) => {
    const { outReal: highest = [] } = HIGHEST({ ...series, close: series.high });
    const { outReal: lowest = [] } = LOWEST({ ...series, close: series.low });
    return highest.map((high, at) => of(high, lowest[at] as number));
  });

/**
 * TA-Lib takes the square of the mean from the mean of squares, and takes what little variance is left for none. Prices that
 * are counted from the newest, in units of how far they lie apart, lose nothing there.
 */
const spread = (name: 'STDDEV' | 'VAR', power: 1 | 2): LibraryColumn => {
  const library = taLibFunction(name, { optInTimePeriod: 20, optInNbDev: 1 });
  const run: TaLibRun = (window) => {
    const newest = window.close.at(-1) ?? 1;
    const apart = window.close.map((close) => close - newest);
    const most = Math.max(...apart.map(Math.abs));
    const unit = most === 0 ? 1 : 2 ** Math.floor(Math.log2(most));
    const { outReal = [] } = library({ ...window, close: apart.map((distance) => distance / unit) });
    return { outReal: outReal.map((value) => value * unit ** power) };
  };
  return taLibFormula(lastOfWindows(run, 'outReal', 20));
};

/** Below this an average range is none: what it is compared with is then 0, where Tulip gives infinities or no number. */
const NOTHING = 1e-14;

const chaikinVol: LibraryColumn = {
  library: 'Tulip',
  run: async (candles) => {
    const [theirs = []] = await tulipFunction('cvi', ['high', 'low'], [10], candles);
    const ranges = candles.map((candle) => ({ ...candle, close: candle.high - candle.low }));
    const [averages = []] = await tulipFunction('ema', ['close'], [10], ranges);
    return theirs.map((value, at) => (at >= 19 && (averages[at - 10] as number) < NOTHING ? 0 : value));
  },
};

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
  kc_upper: keltner(2),
  kc_middle: taLibColumn(EMA),
  kc_lower: keltner(-2),
  dc_upper: donchian((highest) => highest),
  dc_middle: donchian((highest, lowest) => (highest + lowest) / 2),
  dc_lower: donchian((_, lowest) => lowest),
  stddev_20: spread('STDDEV', 1),
  var_20: spread('VAR', 2),
  chaikin_vol_10: chaikinVol,
};
