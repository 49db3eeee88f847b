import type { ChartPattern } from './chart-pattern.js';
import { seekConverging } from './converging.js';

export const WEDGE_RISING: ChartPattern = {
  name: 'chart_wedge_rising',
  definition: '',
  seek: (swings, range, formation) => seekConverging(1, 1, -1, swings, range, formation),
};

export const WEDGE_FALLING: ChartPattern = {
  name: 'chart_wedge_falling',
  definition: '',
  seek: (swings, range, formation) => seekConverging(-1, -1, 1, swings, range, formation),
};
