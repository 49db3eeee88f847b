import { type Calibration, calibrate } from '../models/calibration.js';
import type { SidedRows } from './sides.js';

type Sides = Pick<SidedRows, 'buys' | 'sells'>;

/** Both sides by their map, and together no more than certain, as the ensemble takes them (signals/ensemble.ts). */
export function calibratedSides({ buys, sells }: Sides, calibration: Calibration): Sides {
  const both = Array.from(buys, (buy, row) => {
    const [rising, falling] = [calibrate(calibration, buy), calibrate(calibration, sells[row] as number)];
    const over = Math.max(1, rising + falling);
    return [rising / over, falling / over] as const;
  });
  return { buys: Float64Array.from(both, ([buy]) => buy), sells: Float64Array.from(both, ([, sell]) => sell) };
}

/** Of a thousand rows of the validation part one lies further out. */
const OUTLIER_SHARE = 0.999;
const OUTLIER_LEAST = 1e-6;

export function outlierMost(distances: Float64Array): number {
  const sorted = distances.slice().sort();
  return Math.max(OUTLIER_LEAST, sorted[Math.ceil(OUTLIER_SHARE * sorted.length) - 1] ?? OUTLIER_LEAST);
}

/** The mean of what several tell. */
export function sharesTogether(told: readonly Sides[]): Sides {
  const mean = (side: keyof Sides): Float64Array =>
    Float64Array.from(
      (told[0] as Sides)[side],
      (_, row) => told.reduce((sum, one) => sum + (one[side][row] as number), 0) / told.length,
    );
  return { buys: mean('buys'), sells: mean('sells') };
}
