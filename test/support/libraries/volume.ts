import type { LibraryColumns } from './library-column.js';

export const VOLUME_LIBRARIES: LibraryColumns = {};
