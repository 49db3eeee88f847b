import { taLibFunction } from './libraries.js';
import { type LibraryColumns, taLibColumn } from './library-column.js';

const single = (name: string, periods: readonly number[]): LibraryColumns =>
  Object.fromEntries(
    periods.map((optInTimePeriod) => [
      `${name.toLowerCase()}_${optInTimePeriod}`,
      taLibColumn(taLibFunction(name, { optInTimePeriod })),
    ]),
  );

export const AVERAGES_LIBRARIES: LibraryColumns = {
  ...single('SMA', [5, 10, 20, 50, 100, 200]),
  ...single('EMA', [5, 9, 12, 20, 26, 50, 100, 200]),
};
