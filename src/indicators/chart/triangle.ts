import type { ChartPattern } from './chart-pattern.js';
import { CONVERGING_LINES, leftBy, seekConverging } from './converging.js';

export const TRIANGLE_ASCENDING: ChartPattern = {
  name: 'chart_triangle_ascending',
  definition: `100: ${CONVERGING_LINES}; upper level, lower rising, ${leftBy('above the upper')}`,
  seek: (chart, formation) => seekConverging(0, 1, 1, chart, formation),
};

export const TRIANGLE_DESCENDING: ChartPattern = {
  name: 'chart_triangle_descending',
  definition: `−100: two lines as for chart_triangle_ascending; upper falling, lower level, ${leftBy('below the lower')}`,
  seek: (chart, formation) => seekConverging(-1, 0, -1, chart, formation),
};

export const TRIANGLE_SYMMETRIC: ChartPattern = {
  name: 'chart_triangle_symmetric',
  definition: `±100: two lines as for chart_triangle_ascending; upper falling, lower rising, ${leftBy('above the upper (100) or below the lower (−100)')}`,
  seek: (chart, formation) => seekConverging(-1, 1, 0, chart, formation),
};
