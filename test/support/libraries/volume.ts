import type { CandleInput } from '../../../src/indicators/indicator.js';
import { days } from '../reference/series.js';
import { taLibFunction, tulipFunction } from './libraries.js';
import { type LibraryColumn, type LibraryColumns, taLibColumn, tulipColumn } from './library-column.js';

const SMA = taLibFunction('SMA', { optInTimePeriod: 20 });

/** Restarted each UTC day, where the library would run on: it is given one day after the other. */
function eachDay(column: LibraryColumn): LibraryColumn {
  return {
    ...column,
    run: async (candles) => (await Promise.all(days(candles).map((day) => column.run(day)))).flat(),
  };
}

/** Each window by itself: TA-Lib subtracts what left, and of large flows something stays when small ones follow. */
function eachWindow(column: LibraryColumn, length: number): LibraryColumn {
  return {
    ...column,
    run: async (candles) => {
      const windows = candles.map((_, at) => (at + 1 < length ? [] : candles.slice(at + 1 - length, at + 1)));
      return Promise.all(
        windows.map(async (window) => (window.length === 0 ? Number.NaN : (await column.run(window)).at(-1)) as number),
      );
    },
  };
}

/** Mean of Tulip's emv over 14; without volume emv divides by zero, and the catalogue says 0. */
async function easeOf(candles: readonly CandleInput[]): Promise<number[]> {
  const [emv = []] = await tulipFunction('emv', ['high', 'low', 'volume'], [], candles);
  const ease = emv.map((value, at) => (candles[at]?.volume === 0 ? 0 : value));
  return ease.map((_, at) => (at < 14 ? Number.NaN : ease.slice(at - 13, at + 1).reduce((sum, value) => sum + value, 0) / 14));
}

export const VOLUME_LIBRARIES: LibraryColumns = {
  obv: eachDay(taLibColumn(taLibFunction('OBV'))),
  mfi_14: eachWindow(taLibColumn(taLibFunction('MFI', { optInTimePeriod: 14 })), 15),
  ad: eachDay(taLibColumn(taLibFunction('AD'))),
  adosc: taLibColumn(
    taLibFunction('ADOSC', { optInFastPeriod: 3, optInSlowPeriod: 10 }),
    'outReal',
    'TA-Lib averages the line itself, which runs on without bound: the sum of what each flow adds is the reference',
  ),
  eom_14: { library: 'Tulip', run: easeOf },
  volume_sma_20: taLibColumn((series) => SMA({ ...series, close: series.volume })),
  nvi: tulipColumn('nvi', ['close', 'volume'], []),
  pvi: tulipColumn('pvi', ['close', 'volume'], []),
};
