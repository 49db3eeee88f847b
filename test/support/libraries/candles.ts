import type { LibraryColumns } from './library-column.js';

export const CANDLES_LIBRARIES: LibraryColumns = {};
