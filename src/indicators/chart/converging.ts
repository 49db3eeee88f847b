/** Triangles and wedges: two lines that meet, told apart by how each of them leans. */
import { LONGEST, LOWER_SLOPE, SHORTEST, UPPER_SLOPE, WIDTH_FIRST, WIDTH_LAST, WORST } from './corridor.js';
import { AHEAD, type Formation } from './formation.js';
import { type MarkedChart, TOUCHES_LEAST, TOUCHES_MOST } from './marked-chart.js';

/** At the newest swing the lines are at most this share as far apart as at the first. */
const NARROWED = 0.75;
/** The longest leg from swing to swing takes at most so many times the shortest. */
const UNEVEN = 4;
/** A close has left the lines where it is past one by more than so many ranges: drawn on through few swings, they are no surer. */
const CLEAR = 1;

/** What holds for all five, and is said with the first. */
export const CONVERGING_LINES =
  `the fewest of the newest ${TOUCHES_LEAST}-${TOUCHES_MOST} swings on two lines (highs and lows, least squares, each swing within 0.5 atr; ` +
  `level where all are within 0.5 atr of their mean) whose distance shrank to ≤ ${NARROWED} of that at the first swing, legs at most 1:${UNEVEN}`;

/** And how it is left: by that line, before the lines meet. */
export const leftBy = (line: string): string => `left by a close > ${CLEAR} atr ${line} before they meet`;

/** Has the shortest row of newest swings watched that lie on two lines which lean so (1 up, −1 down, 0 level) and meet. */
export function seekConverging(upper: number, lower: number, side: number, chart: MarkedChart, formation: Formation): void {
  const { swings, tolerance } = chart;
  const most = Math.min(TOUCHES_MOST, swings.length);
  for (let touches = TOUCHES_LEAST; touches <= most; touches++) {
    const { lines, cells } = chart.corridor(touches);
    if (Math.sign(cells[UPPER_SLOPE]) !== upper || Math.sign(cells[LOWER_SLOPE]) !== lower) continue;
    if (cells[WORST] > tolerance || cells[LONGEST] > UNEVEN * cells[SHORTEST]) continue;
    const width = cells[WIDTH_LAST];
    if (width <= 0 || width > NARROWED * cells[WIDTH_FIRST] || !formation.isLaterThanDone(touches - 1)) continue;
    formation.lines.set(lines);
    formation.cells[AHEAD] = Math.floor(width / (cells[LOWER_SLOPE] - cells[UPPER_SLOPE]));
    formation.watch(touches - 1, side, CLEAR);
    return;
  }
}
