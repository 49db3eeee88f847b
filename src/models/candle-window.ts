/** What a model of candles is given of each: not what the catalogue's columns say, but the candle itself and its range. */
import type { CatalogueStamp } from '../features/catalogue-version.js';
import { sha256Hex } from '../runtime/digest.js';

/** In this order; the last is the catalogue's atr_14 at that candle's close, NaN where there is none yet. */
export const CANDLE_COLUMNS = ['open', 'high', 'low', 'close', 'atr_14'] as const;

/** Candles that a model of candles looks at, the newest last. */
export const CANDLE_STEPS = 64;

/** Raised with a change of meaning that the names cannot tell. */
const VERSION = 1;

export const CANDLES_STAMP: CatalogueStamp = { version: VERSION, hash: sha256Hex(CANDLE_COLUMNS.join('\n')) };
