import type { LibraryColumns } from './library-column.js';

export const PRICE_LIBRARIES: LibraryColumns = {};
