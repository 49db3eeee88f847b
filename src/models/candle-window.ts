/** What a model of candles is given of each: not what the catalogue's columns say, but the candle itself and its range. */
import { CANDLE_NUMBERS } from '../features/candle-numbers.js';
import type { CatalogueStamp } from '../features/catalogue-version.js';
import { sha256Hex } from '../runtime/digest.js';

/** Candles that a model of candles looks at, the newest last. */
export const CANDLE_STEPS = 64;

/** Raised with a change of meaning that the names cannot tell. */
const VERSION = 1;

export const CANDLES_STAMP: CatalogueStamp = { version: VERSION, hash: sha256Hex(CANDLE_NUMBERS.join('\n')) };
