import { taLibFunction } from './libraries.js';
import { type LibraryColumn, type LibraryColumns, taLibColumn, tulipColumn } from './library-column.js';

const single = (name: string, periods: readonly number[]): LibraryColumns =>
  Object.fromEntries(
    periods.map((optInTimePeriod) => [
      `${name.toLowerCase()}_${optInTimePeriod}`,
      taLibColumn(taLibFunction(name, { optInTimePeriod })),
    ]),
  );

/** Where no volume was traded within the window Tulip divides what its running sums have left over by zero; ours is the close. */
function vwma(period: number): LibraryColumn {
  const tulip = tulipColumn('vwma', ['close', 'volume'], [period]);
  return {
    library: 'Tulip',
    run: async (candles) =>
      (await tulip.run(candles)).map((value, at) => {
        const window = candles.slice(Math.max(0, at + 1 - period), at + 1);
        const traded = window.length < period || window.some(({ volume }) => volume > 0);
        return traded ? value : (window[period - 1]?.close ?? Number.NaN);
      }),
  };
}

export const AVERAGES_LIBRARIES: LibraryColumns = {
  ...single('SMA', [5, 10, 20, 50, 100, 200]),
  ...single('EMA', [5, 9, 12, 20, 26, 50, 100, 200]),
  ...single('WMA', [10, 20]),
  ...single('DEMA', [20]),
  ...single('TEMA', [20]),
  ...single('TRIMA', [20]),
  ...single('KAMA', [10]),
  t3_5: taLibColumn(taLibFunction('T3', { optInTimePeriod: 5, optInVFactor: 0.7 })),
  hma_9: tulipColumn('hma', ['close'], [9]),
  hma_20: tulipColumn('hma', ['close'], [20]),
  // Tulip shows it from the ninth candle on, while it has seen no whole window yet.
  zlema_20: tulipColumn('zlema', ['close'], [20], { from: 19 }),
  vwma_20: vwma(20),
};
