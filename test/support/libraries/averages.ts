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

/**
 * Tulip's weighted sums subtract what leaves, and what rounding leaves behind mounts up (on a zigzag to 1e-9 within 11,000
 * candles): it is begun anew every thousand candles, far enough before to have its whole window.
 */
function hma(period: number): LibraryColumn {
  const [tulip, lead, length] = [tulipColumn('hma', ['close'], [period]), 2 * period, 1_000];
  return {
    library: 'Tulip',
    run: async (candles) => {
      const values: number[] = [];
      for (let from = 0; from < candles.length; from += length) {
        const start = Math.max(0, from - lead);
        values.push(...(await tulip.run(candles.slice(start, from + length))).slice(from - start));
      }
      return values;
    },
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
  hma_9: hma(9),
  hma_20: hma(20),
  // Tulip shows it from the ninth candle on, while it has seen no whole window yet.
  zlema_20: tulipColumn('zlema', ['close'], [20], { from: 19 }),
  vwma_20: vwma(20),
};
