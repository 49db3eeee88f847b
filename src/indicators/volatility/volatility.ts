import type { IndicatorDefinition } from '../indicator.js';
import { atr } from './atr.js';
import { bollinger } from './bollinger.js';
import { natr } from './natr.js';
import { tr } from './tr.js';

/** How far the price swings, in the catalogue's order. */
export const VOLATILITY: readonly IndicatorDefinition[] = [tr(), ...[7, 14].map(atr), natr(14), bollinger(20, 2)];
