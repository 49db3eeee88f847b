import { AVERAGES_LIBRARIES } from './averages.js';
import { CANDLES_LIBRARIES } from './candles.js';
import { MOMENTUM_LIBRARIES } from './momentum.js';
import { PRICE_LIBRARIES } from './price.js';
import { TREND_LIBRARIES } from './trend.js';
import { VOLATILITY_LIBRARIES } from './volatility.js';
import { VOLUME_LIBRARIES } from './volume.js';
import type { LibraryColumns } from './library-column.js';

/** Every column that a reference library has, and how it gives it. */
export const LIBRARY_COLUMNS: LibraryColumns = {
  ...AVERAGES_LIBRARIES,
  ...TREND_LIBRARIES,
  ...MOMENTUM_LIBRARIES,
  ...VOLATILITY_LIBRARIES,
  ...VOLUME_LIBRARIES,
  ...PRICE_LIBRARIES,
  ...CANDLES_LIBRARIES,
};
