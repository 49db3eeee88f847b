/**
 * Candles with indicators over them and signals and fills as marks, by lightweight-charts; that is loaded when the first
 * chart is opened. Colours are the style sheet's, taken anew when the theme changes.
 */
import type { IChartApi, ISeriesApi, SeriesMarker, UTCTimestamp } from 'lightweight-charts';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CandleRow } from '../answers.js';
import { useCell } from '../cell.js';
import { minute, price, priceDigits } from '../format.js';
import { colour, shade } from '../theme.js';
import { Waiting } from './states.js';

export interface ChartMark {
  readonly timeMs: number;
  readonly kind: 'buy' | 'sell' | 'fill' | 'close';
  readonly text: string;
}

export interface Overlay {
  readonly name: string;
  readonly colour: number;
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

interface Drawn {
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<'Candlestick'>;
  readonly lines: Map<string, ISeriesApi<'Line'>>;
  readonly marks: { setMarkers(marks: SeriesMarker<UTCTimestamp>[]): void };
}

const seconds = (timeMs: number): UTCTimestamp => Math.floor(timeMs / 1_000) as UTCTimestamp;

function candleOf({ time, open, high, low, close }: CandleRow) {
  return { time: seconds(time), open, high, low, close };
}

function paint({ chart, candles, lines }: Drawn, overlays: readonly Overlay[]): void {
  const grid = { color: colour('line') };
  chart.applyOptions({
    layout: { background: { color: 'transparent' }, textColor: colour('quiet') },
    grid: { vertLines: grid, horzLines: grid },
    rightPriceScale: { borderColor: colour('line') },
    timeScale: { borderColor: colour('line') },
  });
  const [up, down] = [colour('up'), colour('down')];
  candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false });
  for (const overlay of overlays) lines.get(overlay.name)?.applyOptions({ color: colour(`c${overlay.colour}`) });
}

function markOf({ timeMs, kind, text }: ChartMark): SeriesMarker<UTCTimestamp> {
  const time = seconds(timeMs);
  if (kind === 'buy') return { time, position: 'belowBar', shape: 'arrowUp', color: colour('up'), text, size: 1.5 };
  if (kind === 'sell') return { time, position: 'aboveBar', shape: 'arrowDown', color: colour('down'), text, size: 1.5 };
  return { time, position: 'inBar', shape: kind === 'fill' ? 'circle' : 'square', color: colour('text'), text, size: 0.6 };
}

async function draw(into: HTMLElement, symbol: string): Promise<Drawn> {
  const { CandlestickSeries, createChart, createSeriesMarkers } = await import('lightweight-charts');
  const chart = createChart(into, {
    autoSize: true,
    layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4, barSpacing: 8 },
    // A page that is scrolled by wheel or finger must not stop at a chart.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  });
  const precision = priceDigits(symbol);
  const candles = chart.addSeries(CandlestickSeries, {
    priceFormat: { type: 'price', precision, minMove: 10 ** -precision },
  });
  const marks = createSeriesMarkers(candles, [], { zOrder: 'top' }) as unknown as Drawn['marks'];
  return { chart, candles, lines: new Map(), marks };
}

export interface PriceChartProps {
  readonly symbol: string;
  readonly candles: readonly CandleRow[];
  /** In progress: it is laid over the newest. */
  readonly newest?: CandleRow | undefined;
  readonly overlays: readonly Overlay[];
  readonly marks: readonly ChartMark[];
  readonly small?: boolean;
}

async function drawLines(drawn: Drawn, overlays: readonly Overlay[]): Promise<void> {
  const { LineSeries } = await import('lightweight-charts');
  for (const [name, line] of drawn.lines) {
    if (overlays.some((overlay) => overlay.name === name)) continue;
    drawn.chart.removeSeries(line);
    drawn.lines.delete(name);
  }
  for (const { name, points } of overlays) {
    const options = { lineWidth: 1, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false } as const;
    const line = drawn.lines.get(name) ?? drawn.chart.addSeries(LineSeries, options);
    drawn.lines.set(name, line);
    line.setData(points.map(({ time, value }) => ({ time: seconds(time), value })));
  }
  paint(drawn, overlays);
}

/** The candle under the pointer; the newest where there is none. */
function usePointed(
  drawn: Drawn | undefined,
  candles: readonly CandleRow[],
  newest: CandleRow | undefined,
): CandleRow | undefined {
  const [pointed, setPointed] = useState<number>();
  useEffect(() => {
    const move = ({ time }: { readonly time?: unknown }): void => setPointed(typeof time === 'number' ? time * 1_000 : undefined);
    drawn?.chart.subscribeCrosshairMove(move);
    return () => drawn?.chart.unsubscribeCrosshairMove(move);
  }, [drawn]);
  const last = candles.at(-1);
  const current = newest && last && newest.time >= last.time ? newest : last;
  return pointed === undefined ? current : (candles.find(({ time }) => time === pointed) ?? current);
}

const PARTS = ['open', 'high', 'low', 'close'] as const;

/** What the chart shows as figures: of one candle, and of the lines over it. */
function ReadOff(props: {
  readonly symbol: string;
  readonly candle: CandleRow | undefined;
  readonly overlays: readonly Overlay[];
}) {
  const { symbol, candle, overlays } = props;
  return (
    <div class="read-off">
      <time>{minute(candle?.time)}</time>
      {PARTS.map((part) => (
        <span key={part}>
          {part} <b>{price(symbol, candle?.[part])}</b>
        </span>
      ))}
      {overlays.map(({ name, colour: number, points }) => {
        // A line has no point yet at the candle in progress.
        const point = points.find(({ time }) => time === candle?.time) ?? points.at(-1);
        return (
          <span key={name} class="key">
            <i class={`swatch c${number}`} />
            {name} <b>{price(symbol, point?.value)}</b>
          </span>
        );
      })}
    </div>
  );
}

export function PriceChart({ symbol, candles, newest, overlays, marks, small }: PriceChartProps) {
  const into = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Drawn>();
  const shown = useCell(shade);
  useEffect(() => {
    let ended = false;
    let made: Drawn | undefined;
    void draw(into.current as HTMLElement, symbol).then((done) => {
      if (ended) return done.chart.remove();
      made = done;
      setDrawn(done);
    });
    return () => {
      ended = true;
      made?.chart.remove();
    };
  }, [symbol]);
  useEffect(() => {
    drawn?.candles.setData(candles.map(candleOf));
  }, [drawn, candles]);
  useEffect(() => {
    const last = candles.at(-1);
    if (drawn && newest && last && newest.time >= last.time) drawn.candles.update(candleOf(newest));
  }, [drawn, candles, newest]);
  useEffect(() => {
    if (drawn) void drawLines(drawn, overlays);
  }, [drawn, overlays]);
  useEffect(() => {
    if (drawn) paint(drawn, overlays);
  }, [drawn, overlays, shown]);
  useEffect(() => {
    drawn?.marks.setMarkers([...marks].sort((a, b) => a.timeMs - b.timeMs).map(markOf));
  }, [drawn, marks, shown]);
  return (
    <>
      <ReadOff symbol={symbol} candle={usePointed(drawn, candles, newest)} overlays={overlays} />
      <div ref={into} class={`price-chart${small ? ' small' : ''}`} role="img" aria-label={`Candles of ${symbol}`}>
        {drawn === undefined && <Waiting rows={8} />}
      </div>
    </>
  );
}
