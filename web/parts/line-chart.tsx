/**
 * Lines over time, drawn as SVG at the width that there is, in a height that never changes. The pointer, or the arrow keys,
 * read off an instant.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { instantLabels, instantsOf } from '../time-scale.js';

export interface Series {
  readonly name: string;
  /** One of the palette's, by number. */
  readonly colour: number;
  readonly values: readonly (number | null)[];
  readonly filled?: boolean;
}

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const LEFT = 56;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 22;
/** Room that the label of an instant takes. */
const LABEL_PX = 76;

/** Round steps that cover what is drawn. */
export function scaleOf(values: readonly number[], zero: boolean): Scale {
  let low = zero ? 0 : Number.POSITIVE_INFINITY;
  let high = zero ? 0 : Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { low: 0, high: 1, ticks: [0, 1] };
  if (low === high)
    [low, high] = zero
      ? [Math.min(0, low), Math.max(1, high)]
      : [low - Math.abs(low) * 0.001 - 1e-9, high + Math.abs(high) * 0.001 + 1e-9];
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((times) => times * unit >= rough) ?? 10) * unit;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
  return { low: first * step, high: last * step, ticks };
}

export function useWidth(): readonly [width: number, ref: { current: HTMLDivElement | null }] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (ref.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [width, ref];
}

interface Drawn {
  readonly name: string;
  readonly colour: number;
  readonly line: string;
  readonly area: string | undefined;
}

function drawn({ name, colour, values, filled }: Series, x: (at: number) => number, y: (value: number) => number): Drawn {
  let line = '';
  let pen = 'M';
  let first: number | undefined;
  let last = 0;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    first ??= at;
    last = at;
    line += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
  }
  const floor = y(0).toFixed(1);
  const area =
    filled && first !== undefined ? `${line}L${x(last).toFixed(1)} ${floor}L${x(first).toFixed(1)} ${floor}Z` : undefined;
  return { name, colour, line, area };
}

export interface LineChartProps {
  readonly label: string;
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly height?: number;
  readonly zero?: boolean;
  readonly show: (value: number) => string;
  readonly showTime: (timeMs: number) => string;
}

function useGeometry({ times, series, height = 180, zero = false }: LineChartProps, width: number) {
  return useMemo(() => {
    const scale = scaleOf(
      series.flatMap(({ values }) => values.filter((value): value is number => value !== null)),
      zero,
    );
    const [from, to] = [times[0] ?? 0, times.at(-1) ?? 1];
    const plotted = Math.max(1, width - LEFT - RIGHT);
    const x = (at: number): number => LEFT + (plotted * ((times[at] as number) - from)) / Math.max(1, to - from);
    const y = (value: number): number => TOP + (height - TOP - BOTTOM) * (1 - (value - scale.low) / (scale.high - scale.low));
    const instants = instantsOf(from, to, Math.max(2, Math.min(10, Math.floor(plotted / LABEL_PX))));
    const words = instantLabels(instants);
    const labels = instants.map((timeMs, at) => [timeMs, words[at] as string] as const);
    return { scale, x, y, lines: series.map((one) => drawn(one, x, y)), labels, plotted, from, to };
  }, [times, series, height, zero, width]);
}

function nearest(times: readonly number[], timeMs: number): number {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < timeMs) low = middle;
    else high = middle;
  }
  return timeMs - (times[low] as number) < (times[high] as number) - timeMs ? low : high;
}

export function LineChart(props: LineChartProps) {
  const { label, times, series, height = 180, show, showTime } = props;
  const [width, ref] = useWidth();
  const [at, setAt] = useState<number>();
  const { scale, x, y, lines, labels, plotted, from, to } = useGeometry(props, width);
  const point = at === undefined || at >= times.length ? undefined : at;
  const told = point ?? times.length - 1;
  const read = (event: PointerEvent): void => {
    if (times.length === 0) return;
    const inside = event.clientX - (ref.current as HTMLDivElement).getBoundingClientRect().left - LEFT;
    setAt(nearest(times, from + ((to - from) * inside) / plotted));
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setAt(Math.min(times.length - 1, Math.max(0, told + by)));
  };
  return (
    <figure class="chart">
      <figcaption>
        <time>{times.length === 0 ? '' : showTime(times[told] as number)}</time>
        {series.map(({ name, colour, values }) => (
          <span key={name} class="key">
            <i class={`swatch c${colour}`} />
            {name} <b>{values[told] === null || values[told] === undefined ? '–' : show(values[told])}</b>
          </span>
        ))}
      </figcaption>
      <div
        ref={ref}
        class="plot"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read off its instants
        tabIndex={0}
        role="img"
        aria-label={`${label}. The arrow keys read off instants.`}
        onPointerMove={read}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={step}
      >
        <svg width={width} height={height} aria-hidden="true">
          {scale.ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
              <text class="tick end" x={LEFT - 8} y={y(tick) + 4}>
                {show(tick)}
              </text>
            </g>
          ))}
          {width > 0 &&
            labels.map(([timeMs, word]) => (
              <text
                key={timeMs}
                class="tick middle"
                x={Math.min(LEFT + (plotted * (timeMs - from)) / Math.max(1, to - from), width - LABEL_PX / 3)}
                y={height - 6}
              >
                {word}
              </text>
            ))}
          {lines.map(({ name, colour, line, area }) => (
            <g key={name} class={`c${colour}`}>
              {area && <path class="area" d={area} />}
              <path class="line" d={line} />
            </g>
          ))}
          {point !== undefined && <line class="cross" x1={x(point)} x2={x(point)} y1={TOP} y2={height - BOTTOM} />}
        </svg>
      </div>
    </figure>
  );
}
