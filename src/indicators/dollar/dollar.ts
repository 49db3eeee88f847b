import type { IndicatorDefinition } from '../indicator.js';
import { dxy } from './dxy.js';

/** The dollar against six currencies, in the catalogue's order. */
export const DOLLAR: readonly IndicatorDefinition[] = [dxy()];
