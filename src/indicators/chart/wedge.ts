import type { ChartPattern } from './chart-pattern.js';
import { leftBy, seekConverging } from './converging.js';

export const WEDGE_RISING: ChartPattern = {
  name: 'chart_wedge_rising',
  definition: `−100: two lines as for chart_triangle_ascending; both rising, ${leftBy('below the lower')}`,
  seek: (chart, formation) => seekConverging(1, 1, -1, chart, formation),
};

export const WEDGE_FALLING: ChartPattern = {
  name: 'chart_wedge_falling',
  definition: `100: two lines as for chart_triangle_ascending; both falling, ${leftBy('above the upper')}`,
  seek: (chart, formation) => seekConverging(-1, -1, 1, chart, formation),
};
