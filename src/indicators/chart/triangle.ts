import type { ChartPattern } from './chart-pattern.js';
import { seekConverging } from './converging.js';

export const TRIANGLE_ASCENDING: ChartPattern = {
  name: 'chart_triangle_ascending',
  definition: '',
  seek: (swings, range, formation) => seekConverging(0, 1, 1, swings, range, formation),
};

export const TRIANGLE_DESCENDING: ChartPattern = {
  name: 'chart_triangle_descending',
  definition: '',
  seek: (swings, range, formation) => seekConverging(-1, 0, -1, swings, range, formation),
};

export const TRIANGLE_SYMMETRIC: ChartPattern = {
  name: 'chart_triangle_symmetric',
  definition: '',
  seek: (swings, range, formation) => seekConverging(-1, 1, 0, swings, range, formation),
};
