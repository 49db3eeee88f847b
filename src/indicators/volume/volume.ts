import type { IndicatorDefinition } from '../indicator.js';

/** What the volume says, in the catalogue's order. */
export const VOLUME: readonly IndicatorDefinition[] = [];
