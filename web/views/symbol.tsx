/** One symbol: its candles as they form, with indicators, signals and fills; what models and features say of it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get } from '../api.js';
import type { CandleRow, SignalRow, Told } from '../answers.js';
import { useCell } from '../cell.js';
import { clock, decimal, minute, percent, price, words } from '../format.js';
import { bands, ema } from '../indicators.js';
import { live } from '../live.js';
import { Heading, Panel, Tile, Tiles } from '../parts/panel.js';
import { type ChartMark, type Overlay, PriceChart } from '../parts/price-chart.js';
import { Empty, Shown } from '../parts/states.js';
import { quoted } from '../prices.js';
import { useResource } from '../resource.js';
import { filterBy, link, place } from '../router.js';
import { SignalTable } from './signals.js';
import { LivePrice } from './symbols.js';

const TIMEFRAMES = ['M1', 'M5', 'M15', 'H1', 'H4', 'D1'] as const;
const CANDLES = 300;
const INDICATORS = ['EMA 20', 'EMA 50', 'Bands'] as const;
type Indicator = (typeof INDICATORS)[number];

type CandleNews = { readonly kind: 'open' | 'closed'; readonly candle: CandleRow };

/** The stored candles, those that closed since, and the one in progress. */
function useCandles(symbol: string, timeframe: string) {
  const stored = useResource(
    `candles ${symbol} ${timeframe}`,
    () => get('/v1/symbols/:symbol/candles', { symbol, timeframe, most: CANDLES }),
    { everyMs: 10_000, streamed: true },
  );
  const [closed, setClosed] = useState<readonly CandleRow[]>([]);
  const [newest, setNewest] = useState<CandleRow>();
  useEffect(() => {
    setClosed([]);
    setNewest(undefined);
    return live.on<CandleNews>(`candles:${symbol}:${timeframe}`, (news) => {
      if (news === undefined) stored.refresh();
      else if (news.kind === 'open') setNewest(news.candle);
      else setClosed((before) => [...before.slice(-CANDLES), news.candle]);
    });
  }, [symbol, timeframe]);
  const rows = stored.value?.rows;
  const candles = useMemo(() => {
    const sorted = [...(rows ?? [])].sort((a, b) => a.time - b.time);
    const last = sorted.at(-1)?.time ?? 0;
    return [...sorted, ...closed.filter(({ time }) => time > last)];
  }, [rows, closed]);
  return { stored, candles, newest };
}

function overlaysOf(candles: readonly CandleRow[], wanted: ReadonlySet<Indicator>): readonly Overlay[] {
  const lines: Overlay[] = [];
  if (wanted.has('EMA 20')) lines.push({ name: 'EMA 20', colour: 2, points: ema(candles, 20) });
  if (wanted.has('EMA 50')) lines.push({ name: 'EMA 50', colour: 3, points: ema(candles, 50) });
  if (wanted.has('Bands')) {
    const [upper, lower] = bands(candles, 20, 2);
    lines.push({ name: 'upper band', colour: 4, points: upper }, { name: 'lower band', colour: 4, points: lower });
  }
  return lines;
}

/** Each signal at the candle that decided; its fill beside it. Many accounts take the same decision: it is marked once. */
function marksOf(signals: readonly SignalRow[], firstMs: number): readonly ChartMark[] {
  const marks = new Map<string, ChartMark>();
  for (const { closeTime, kind, direction, fillPrice, score } of signals) {
    if (closeTime < firstMs) continue;
    const mark = kind === 'CLOSE' ? 'close' : direction === 'BUY' ? 'buy' : 'sell';
    marks.set(`${closeTime} ${mark}`, { timeMs: closeTime, kind: mark, text: kind === 'CLOSE' ? 'close' : decimal(score, 0) });
    if (kind === 'OPEN' && fillPrice > 0) marks.set(`${closeTime} fill`, { timeMs: closeTime, kind: 'fill', text: '' });
  }
  return [...marks.values()];
}

function Choice<T extends string>(props: {
  readonly label: string;
  readonly all: readonly T[];
  readonly chosen: (one: T) => boolean;
  readonly choose: (one: T) => void;
}) {
  return (
    <fieldset class="choice" aria-label={props.label}>
      {props.all.map((one) => (
        <button key={one} type="button" aria-pressed={props.chosen(one)} onClick={() => props.choose(one)}>
          {one}
        </button>
      ))}
    </fieldset>
  );
}

function Chart({ symbol, signals }: { readonly symbol: string; readonly signals: readonly SignalRow[] }) {
  const { timeframe = 'M1' } = useCell(place).query;
  const [wanted, setWanted] = useState<ReadonlySet<Indicator>>(new Set(['EMA 20', 'EMA 50'] as const));
  const { stored, candles, newest } = useCandles(symbol, timeframe);
  const overlays = useMemo(() => overlaysOf(candles, wanted), [candles, wanted]);
  const first = candles[0]?.time ?? Number.POSITIVE_INFINITY;
  const marks = useMemo(() => marksOf(signals, first), [signals, first]);
  const toggle = (one: Indicator): void =>
    setWanted((before) => {
      const next = new Set(before);
      if (!next.delete(one)) next.add(one);
      return next;
    });
  return (
    <Panel
      title="Price"
      note="arrows are signals with their score, circles are fills"
      tools={
        <>
          <Choice
            label="Timeframe"
            all={TIMEFRAMES}
            chosen={(one) => one === timeframe}
            choose={(one) => filterBy({ timeframe: one })}
          />
          <Choice label="Indicators" all={INDICATORS} chosen={(one) => wanted.has(one)} choose={toggle} />
        </>
      }
    >
      <div class="price-chart-holder">
        <Shown of={stored} rows={9}>
          {() =>
            candles.length === 0 ? (
              <Empty title={`No ${timeframe} candle has closed yet.`}>
                The first comes at the end of its span; a shorter one comes sooner.
              </Empty>
            ) : (
              <PriceChart
                key={`${symbol} ${timeframe}`}
                symbol={symbol}
                candles={candles}
                newest={newest}
                overlays={overlays}
                marks={marks}
              />
            )
          }
        </Shown>
      </div>
      <p class="note">
        Drawn by{' '}
        <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
          TradingView
        </a>{' '}
        Lightweight Charts™, copyright 2025 TradingView, Inc.
      </p>
    </Panel>
  );
}

function Now({ symbol, told }: { readonly symbol: string; readonly told: Told<'/v1/symbols/:symbol'> | undefined }) {
  const { timeframe = 'M1' } = useCell(place).query;
  const frame = told?.timeframes.find((one) => one.timeframe === timeframe);
  const said = frame?.prediction;
  return (
    <Tiles>
      <Tile label="Bid" value={<LivePrice symbol={symbol} side="bid" />} note="reference feed" />
      <Tile label="Ask" value={<LivePrice symbol={symbol} side="ask" />} note={`told ${clock(told?.quote?.timeMs)} UTC`} />
      <Tile
        label={`Regime, ${timeframe}`}
        value={frame?.regime ? words(frame.regime) : '–'}
        note={`newest candle ${minute(frame?.newest)}`}
      />
      <Tile
        label={`Models lean to buy, ${timeframe}`}
        value={percent(said?.scores?.BUY)}
        note={said?.scores ? 'calibrated, all that answer' : `silent: ${said?.absent ?? 'no prediction yet'}`}
      />
    </Tiles>
  );
}

function Features({ symbol }: { readonly symbol: string }) {
  const { timeframe = 'M1' } = useCell(place).query;
  const [word, setWord] = useState('');
  const features = useResource(
    `features ${symbol} ${timeframe}`,
    () => get('/v1/symbols/:symbol/features', { symbol, timeframe }),
    { everyMs: 15_000 },
  );
  return (
    <Panel
      title={`Features, ${timeframe}`}
      note="what decisions read, at the last close"
      tools={
        <label>
          <span class="hidden">Find a feature</span>
          <input placeholder="Find a feature" value={word} onInput={(event) => setWord(event.currentTarget.value)} />
        </label>
      }
    >
      <Shown of={features} rows={6}>
        {({ values }) => (
          <dl class="facts features" tabIndex={0} aria-label="Features">
            {Object.entries(values)
              .filter(([name]) => name.includes(word.toLowerCase()))
              .map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value === null ? 'not ready' : Number(value.toPrecision(7))}</dd>
                </div>
              ))}
          </dl>
        )}
      </Shown>
    </Panel>
  );
}

export function SymbolView({ id: symbol }: { readonly id: string }) {
  const told = useResource(`symbol ${symbol}`, () => get('/v1/symbols/:symbol', { symbol }), { everyMs: 4_000 });
  const signals = useResource(`signals on ${symbol}`, () => get('/v1/signals', { symbol, most: 200 }), {
    everyMs: 4_000,
    topic: 'signals',
  });
  const quote = told.value?.quote;
  useEffect(() => {
    if (quote) quoted(symbol, quote);
  }, [symbol, quote]);
  const rows = signals.value?.rows;
  const marked = useMemo(() => rows ?? [], [rows]);
  return (
    <div class="view">
      <Heading
        title={symbol}
        note={`last seen at ${price(symbol, quote?.bid)}`}
        back={{ href: link('symbols'), name: 'Symbols' }}
      />
      <Now symbol={symbol} told={told.value} />
      <Chart symbol={symbol} signals={marked} />
      <Panel title="Its newest signals" flush tools={<a href={`${link('signals')}?symbol=${symbol}`}>All on {symbol}</a>}>
        <Shown of={signals}>
          {({ rows: all }) =>
            all.length === 0 ? <Empty title="None yet." /> : <SignalTable rows={all.slice(0, 8)} without={['Symbol']} />
          }
        </Shown>
      </Panel>
      <Features symbol={symbol} />
    </div>
  );
}
