/** Line plots as inline SVG: no script, no address, colours by the page's variables so that light and dark are the page's matter. */

export interface PlotLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Band {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Plot {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly PlotLine[];
  readonly bands?: readonly Band[];
  readonly logarithmic?: boolean;
  /** Where the horizontal axis is marked; even marks of seconds where left out. */
  readonly marks?: readonly Tick[];
  /** A level that is drawn across. */
  readonly level?: { readonly at: number; readonly name: string };
}

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 58;
const RIGHT = 14;
const TOP = 22;
const BOTTOM = 30;
const COLOURS = 6;
const GRID_LINES = 4;
const EDGE = 16;
/** Of a band's name, in units of the drawing. */
const LETTER = 6.2;

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** 1, 2 or 5 times a power of ten, at or above the value. */
export function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

export function shownNumber(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function even(from: number, to: number, count: number): Tick[] {
  const step = roundStep((to - from) / count);
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to + step * 1e-6; at += step) ticks.push({ at, label: shownNumber(at) });
  return ticks;
}

function decades(from: number, to: number): Tick[] {
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to * 1.001; power++)
    for (const factor of [1, 2, 5]) {
      const at = factor * 10 ** power;
      if (at >= from * 0.999 && at <= to * 1.001) ticks.push({ at, label: shownNumber(at) });
    }
  const wanted = Math.ceil(ticks.length / 7);
  return ticks.filter((_, index) => index % wanted === 0);
}

interface Scale {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly ys: readonly Tick[];
  readonly xs: readonly Tick[];
}

function scaleOf({ lines, logarithmic = false, marks, level, bands = [] }: Plot): Scale {
  const xs = [...lines.flatMap(({ points }) => points.map(([x]) => x)), ...bands.flatMap(({ from, to }) => [from, to])];
  const ys = [...lines.flatMap(({ points }) => points.map(([, y]) => y)), ...(level === undefined ? [] : [level.at])];
  const finite = (all: readonly number[], otherwise: number): number[] => (all.length === 0 ? [otherwise] : [...all]);
  const least = (all: readonly number[]): number => all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = (all: readonly number[]): number => all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const [fromX, toX] = [least(finite(xs, 0)), most(finite(xs, 1))];
  const positive = finite(
    ys.filter((y) => y > 0),
    1,
  );
  const low = logarithmic ? least(positive) / 1.3 : 0;
  // Where all is nothing, the axis still needs a length.
  const highest = most(finite(ys, 1)) || 1;
  const high = Math.max(highest * (logarithmic ? 1.3 : 1.08), logarithmic ? low * 10 : 0);
  const share = (value: number): number =>
    logarithmic ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
  return {
    x: (value) => LEFT + ((value - fromX) / Math.max(1e-9, toX - fromX)) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - share(value) * (HEIGHT - TOP - BOTTOM),
    ys: logarithmic ? decades(low, high) : even(low, high, GRID_LINES),
    xs: marks ?? even(fromX, toX, 8),
  };
}

function bandsOf(bands: readonly Band[], scale: Scale): string {
  return bands
    .map(({ name, from, to }, at) => {
      const [left, right] = [scale.x(from), scale.x(to)];
      const width = Math.max(1, right - left);
      const label =
        name.length * LETTER < width
          ? `<text class="band-name" x="${(left + 4).toFixed(1)}" y="${TOP - 8}">${escaped(name)}</text>`
          : '';
      return `<rect class="band band-${at % 2}" x="${left.toFixed(1)}" y="${TOP}" width="${width.toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"><title>${escaped(name)}</title></rect>${label}`;
    })
    .join('');
}

function axesOf({ xs, ys, x, y }: Scale): string {
  const across = ys.map(
    ({ at, label }) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(at).toFixed(1)}" y2="${y(at).toFixed(1)}"/><text class="mark" x="${LEFT - 8}" y="${(y(at) + 4).toFixed(1)}" text-anchor="end">${escaped(label)}</text>`,
  );
  // One at the right edge would be cut off by half.
  const anchor = (place: number): string => (place > WIDTH - RIGHT - EDGE ? 'end' : 'middle');
  const along = xs.map(
    ({ at, label }) =>
      `<text class="mark" x="${x(at).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="${anchor(x(at))}">${escaped(label)}</text>`,
  );
  const base = `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>`;
  return [...across, base, ...along].join('');
}

function lineOf({ name, points }: PlotLine, at: number, { x, y }: Scale): string {
  const path = points.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('');
  return `<path class="line colour-${at % COLOURS}" d="${path}"><title>${escaped(name)}</title></path>`;
}

/** A figure with its title, legend and drawing. A single line needs no legend: the title says what it is. */
export function plotFigure(plot: Plot): string {
  const { title, unit, bands = [], level } = plot;
  const lines = plot.lines.filter(({ points }) => points.length > 0);
  const scale = scaleOf({ ...plot, lines });
  const legend =
    lines.length < 2
      ? ''
      : lines.map(({ name }, at) => `<span class="key colour-${at % COLOURS}">${escaped(name)}</span>`).join('');
  const across =
    level === undefined
      ? ''
      : `<line class="level" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${scale.y(level.at).toFixed(1)}" y2="${scale.y(level.at).toFixed(1)}"/><text class="band-name" x="${WIDTH - RIGHT - 4}" y="${(scale.y(level.at) - 5).toFixed(1)}" text-anchor="end">${escaped(level.name)}</text>`;
  const drawing = [bandsOf(bands, scale), axesOf(scale), across, ...lines.map((line, at) => lineOf(line, at, scale))].join('');
  return `<figure><figcaption>${escaped(title)} <span class="unit">${escaped(unit)}</span></figcaption><div class="legend">${legend}</div><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title}, ${unit}`)}">${drawing}</svg></figure>`;
}
