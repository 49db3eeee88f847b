import type { Formation } from './formation.js';
import type { MarkedChart } from './marked-chart.js';

export interface ChartPattern {
  readonly name: string;
  readonly definition: string;
  /** Looks whether the newest swings are such a formation, and if so has it watched. */
  seek(chart: MarkedChart, formation: Formation): void;
}
