import type { SwingChain } from '../parts/swing-chain.js';
import type { Formation } from './formation.js';

/** Levels count as one, and a swing as lying on a line, within this many ranges (atr_14). */
export const TOLERANCE = 0.5;

export interface ChartPattern {
  readonly name: string;
  readonly definition: string;
  /** Looks whether the newest swings are such a formation, and if so has it watched. `range`: atr_14 now. */
  seek(swings: SwingChain, range: number, formation: Formation): void;
}
