import type { ChartPattern } from './chart-pattern.js';
import { LENGTH, LOWER_SLOPE, UPPER_SLOPE, WIDTH_FIRST, WIDTH_LAST, WORST } from './corridor.js';
import { AHEAD, type Formation } from './formation.js';
import type { MarkedChart } from './marked-chart.js';

/** Swings of the channel, the pole's end among them. */
const TOUCHES_LEAST = 4;
const TOUCHES_MOST = 7;
/** The pole is at least so many ranges high, and so many per candle. */
const POLE = 5;
const STEEP = 0.4;
/** The channel takes back at most this share of the pole. */
const TAKEN_BACK = 0.6;
/** Of its two ends the narrower is at least this share as wide as the other. */
const PARALLEL = 0.5;
/** Its middle goes against the pole by at least so many ranges. */
const COUNTER = 0.5;
/** A close has left it where it is past a line by more than so many ranges. */
const CLEAR = 1;

/** A flag on a pole that rose (`side` 1) or fell (−1). */
function seekOn(side: number, chart: MarkedChart, formation: Formation): void {
  const { swings, range, tolerance } = chart;
  const { candles, prices, kind } = swings;
  const most = Math.min(TOUCHES_MOST, swings.length - 1);
  for (let touches = TOUCHES_LEAST; touches <= most; touches++) {
    if ((touches % 2 === 1 ? kind : -kind) !== side) continue;
    const end = prices[touches - 1] as number;
    const pole = side * (end - (prices[touches] as number));
    const length = (candles[touches - 1] as number) - (candles[touches] as number);
    if (pole < POLE * range || pole < STEEP * range * length) continue;
    let deepest = 0;
    for (let back = 0; back < touches - 1; back++) deepest = Math.max(deepest, side * (end - (prices[back] as number)));
    if (deepest > TAKEN_BACK * pole || !formation.isLaterThanDone(touches)) continue;
    const { lines, cells } = chart.channel(touches);
    const rise = side * (cells[UPPER_SLOPE] + cells[LOWER_SLOPE]) * cells[LENGTH];
    if (cells[WORST] > tolerance || rise > -2 * COUNTER * range) continue;
    const first = cells[WIDTH_FIRST];
    const last = cells[WIDTH_LAST];
    if (Math.min(first, last) < PARALLEL * Math.max(first, last)) continue;
    formation.lines.set(lines);
    formation.cells[AHEAD] = cells[LENGTH];
    formation.watch(touches, side, CLEAR);
    return;
  }
}

export const FLAG: ChartPattern = {
  name: 'chart_flag',
  definition:
    `±100: a pole from swing to swing of ≥ ${POLE} atr, ≥ ${STEEP} atr per candle, then a channel of ${TOUCHES_LEAST}-${TOUCHES_MOST} swings from its end ` +
    `(two lines by least squares, each swing within 0.5 atr; narrower end ≥ ${PARALLEL} of the wider; ≤ ${TAKEN_BACK} of the pole deep; its middle going ≥ ${COUNTER} atr ` +
    `against the pole), left by a close > ${CLEAR} atr beyond it on the pole's side (rising 100, falling −100), within its own length again`,
  seek: (chart, formation) => {
    seekOn(1, chart, formation);
    seekOn(-1, chart, formation);
  },
};
