import { type PriceSeries, taLibFunction } from './libraries.js';
import { type LibraryColumns, taLibColumn, taLibFormula } from './library-column.js';

const DEVIATION = taLibFunction('STDDEV', { optInTimePeriod: 20, optInNbDev: 1 });
const AVERAGE = taLibFunction('SMA', { optInTimePeriod: 20 });

const zscore = (series: PriceSeries): number[] => {
  const [spread = [], middle = []] = [DEVIATION(series).outReal, AVERAGE(series).outReal];
  return series.close.map((close, at) => (spread[at] === 0 ? 0 : (close - (middle[at] as number)) / (spread[at] as number)));
};

export const PRICE_LIBRARIES: LibraryColumns = {
  typical: taLibColumn(taLibFunction('TYPPRICE')),
  median: taLibColumn(taLibFunction('MEDPRICE')),
  weighted_close: taLibColumn(taLibFunction('WCLPRICE')),
  zscore_20: {
    ...taLibFormula(zscore),
    shown: 'TA-Lib subtracts running sums of squares: the exact window is the reference',
  },
};
