import type { IndicatorDefinition } from '../indicator.js';
import { chartPatterns } from './chart-patterns.js';
import { DOUBLE_BOTTOM, DOUBLE_TOP } from './double-top.js';
import { FLAG } from './flag.js';
import { HEAD_SHOULDERS, INVERSE_HEAD_SHOULDERS } from './head-shoulders.js';
import { TRIANGLE_ASCENDING, TRIANGLE_DESCENDING, TRIANGLE_SYMMETRIC } from './triangle.js';
import { WEDGE_FALLING, WEDGE_RISING } from './wedge.js';

/** Chart patterns, in the catalogue's order. */
export const CHART: readonly IndicatorDefinition[] = [
  chartPatterns([
    HEAD_SHOULDERS,
    INVERSE_HEAD_SHOULDERS,
    DOUBLE_TOP,
    DOUBLE_BOTTOM,
    TRIANGLE_ASCENDING,
    TRIANGLE_DESCENDING,
    TRIANGLE_SYMMETRIC,
    WEDGE_RISING,
    WEDGE_FALLING,
    FLAG,
  ]),
];
