import type { IndicatorDefinition } from '../indicator.js';
import { regimeColumns } from './regime-columns.js';

/** What kind of market it is, in the catalogue's order. */
export const REGIME: readonly IndicatorDefinition[] = [regimeColumns()];
