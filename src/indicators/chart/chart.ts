import type { IndicatorDefinition } from '../indicator.js';

/** Chart patterns, in the catalogue's order. */
export const CHART: readonly IndicatorDefinition[] = [];
