/**
 * What was told against what came, as a picture: a disc per bin on the diagonal's scale, with the reach within which chance
 * alone would leave it, and below how many rows each bin has. Models of this market tell little more than a half, so the axes
 * show only the stretch around a half in which something was told.
 */
import type { ReliabilityBin } from '../metrics.js';
import { Canvas, type Colour, type Point } from './canvas.js';

export interface PlottedBin extends ReliabilityBin {
  /** Between these what came would lie 95 times of a hundred, if the past were drawn anew; absent where it was not worked out. */
  readonly low?: number;
  readonly high?: number;
}

export interface ReliabilityPlot {
  readonly title: string;
  readonly subtitle: string;
  /** Below the plot. */
  readonly notes: readonly string[];
  readonly bins: readonly PlottedBin[];
}

const WIDTH = 780;
const HEIGHT = 860;
const LEFT = 100;
const RIGHT = 44;
const TOP = 84;
const SIDE = WIDTH - LEFT - RIGHT;
const PANEL_HEIGHT = 500;
const COUNTS_TOP = TOP + PANEL_HEIGHT + 34;
const COUNTS_HEIGHT = 96;

const PAPER: Colour = [255, 255, 255];
const INK: Colour = [38, 43, 51];
const FAINT: Colour = [112, 119, 130];
const GRID: Colour = [228, 231, 236];
const FRAME: Colour = [170, 176, 186];
const CURVE: Colour = [24, 98, 184];
const REACH: Colour = [150, 187, 226];
const BARS: Colour = [141, 160, 184];

/** A bin of fewer rows is shown small and hollow, and no curve goes through it. */
const FIRM_ROWS = 30;

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

export function reliabilityPlot({ title, subtitle, notes, bins }: ReliabilityPlot): Canvas {
  const canvas = new Canvas(WIDTH, HEIGHT, PAPER);
  const shown = bins.filter(({ rows }) => rows > 0);
  const scale = scaleOf(shown);
  canvas.text({ x: LEFT, y: 24 }, title, INK, { bold: true });
  canvas.text({ x: LEFT, y: 52 }, subtitle, FAINT);
  drawPanel(canvas, scale);
  drawCurve(canvas, scale, shown);
  drawCounts(canvas, scale, shown);
  for (const [at, note] of notes.entries()) canvas.text({ x: LEFT, y: COUNTS_TOP + COUNTS_HEIGHT + 66 + 24 * at }, note, FAINT);
  return canvas;
}

/** The narrowest stretch around a half that holds all that was told and that came, in tenths of it. */
function scaleOf(bins: readonly PlottedBin[]): Scale {
  const ends = bins.flatMap(({ from, to, came, rows }) => (rows >= FIRM_ROWS ? [from, to, came] : [from, to]));
  const far = Math.max(0, ...ends.map((end) => Math.abs(end - 0.5)));
  const reach = [0.05, 0.1, 0.2, 0.3, 0.5].find((half) => half >= far - 1e-9) ?? 0.5;
  return { low: 0.5 - reach, high: 0.5 + reach, step: reach <= 0.05 ? 0.01 : reach <= 0.1 ? 0.02 : reach <= 0.2 ? 0.05 : 0.1 };
}

function placeX({ low, high }: Scale, value: number): number {
  return LEFT + ((clamp(value, low, high) - low) / (high - low)) * SIDE;
}

function placeY({ low, high }: Scale, value: number): number {
  return TOP + PANEL_HEIGHT - ((clamp(value, low, high) - low) / (high - low)) * PANEL_HEIGHT;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function marksOf({ low, high, step }: Scale): readonly number[] {
  return Array.from({ length: Math.round((high - low) / step) + 1 }, (_, at) => low + at * step);
}

function drawPanel(canvas: Canvas, scale: Scale): void {
  const [bottom, right] = [TOP + PANEL_HEIGHT, LEFT + SIDE];
  for (const mark of marksOf(scale)) {
    const [x, y] = [placeX(scale, mark), placeY(scale, mark)];
    canvas.line({ x, y: TOP }, { x, y: bottom }, GRID);
    canvas.line({ x: LEFT, y }, { x: right, y }, GRID);
    canvas.text({ x: LEFT - 10, y: y - 7 }, mark.toFixed(2), FAINT, { align: 'right' });
  }
  frame(canvas, TOP, PANEL_HEIGHT);
  canvas.dashed({ x: LEFT, y: bottom }, { x: right, y: TOP }, FRAME, 2, 8);
  canvas.text({ x: 14, y: TOP + PANEL_HEIGHT / 2 }, 'came true', INK, { align: 'middle', upward: true });
}

function frame(canvas: Canvas, top: number, height: number): void {
  const corners: readonly Point[] = [
    { x: LEFT, y: top },
    { x: LEFT + SIDE, y: top },
    { x: LEFT + SIDE, y: top + height },
    { x: LEFT, y: top + height },
  ];
  for (const [at, corner] of corners.entries()) canvas.line(corner, corners[(at + 1) % 4] as Point, FRAME);
}

function drawCurve(canvas: Canvas, scale: Scale, bins: readonly PlottedBin[]): void {
  const points = bins.map(({ told, came }) => ({ x: placeX(scale, told), y: placeY(scale, came) }));
  for (const [at, { low, high }] of bins.entries()) {
    if (low === undefined || high === undefined) continue;
    const { x } = points[at] as Point;
    canvas.line({ x, y: placeY(scale, low) }, { x, y: placeY(scale, high) }, REACH, 5);
  }
  const isFirm = (at: number): boolean => (bins[at]?.rows ?? 0) >= FIRM_ROWS;
  const firm = points.filter((_, at) => isFirm(at));
  for (const [at, point] of firm.entries()) {
    const next = firm[at + 1];
    if (next !== undefined) canvas.line(point, next, CURVE, 2);
  }
  for (const [at, point] of points.entries()) {
    canvas.disc(point, isFirm(at) ? 6 : 4, isFirm(at) ? PAPER : CURVE);
    canvas.disc(point, isFirm(at) ? 5 : 3, isFirm(at) ? CURVE : PAPER);
  }
}

function drawCounts(canvas: Canvas, scale: Scale, bins: readonly PlottedBin[]): void {
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  const bottom = COUNTS_TOP + COUNTS_HEIGHT;
  for (const { from, to, rows } of bins) {
    const [x, right] = [placeX(scale, from) + 1, placeX(scale, to) - 1];
    const height = Math.max(1, (rows / most) * (COUNTS_HEIGHT - 18));
    canvas.rectangle({ x, y: bottom - height }, Math.max(2, right - x), height, BARS);
  }
  frame(canvas, COUNTS_TOP, COUNTS_HEIGHT);
  canvas.text({ x: LEFT - 10, y: COUNTS_TOP + 10 }, countText(most), FAINT, { align: 'right' });
  canvas.text({ x: LEFT - 10, y: bottom - 14 }, '0', FAINT, { align: 'right' });
  canvas.text({ x: 14, y: COUNTS_TOP + COUNTS_HEIGHT / 2 }, 'told', INK, { align: 'middle', upward: true });
  for (const mark of marksOf(scale))
    canvas.text({ x: placeX(scale, mark), y: bottom + 10 }, mark.toFixed(2), FAINT, { align: 'middle' });
  canvas.text({ x: LEFT + SIDE / 2, y: bottom + 36 }, 'probability told, calibrated', INK, { align: 'middle' });
}

function countText(count: number): string {
  return count >= 10_000 ? `${Math.round(count / 1_000)}k` : String(count);
}
