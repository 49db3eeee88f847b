/** M1 candles of the analytics store: of a running node's, which it has to itself where it is embedded, or opened for this command. */
import type { CandlePage } from '../admin/control-methods.js';
import type { Config } from '../config.js';
import { SuhoError } from '../errors.js';
import { storedCandles } from '../storage/analytics/stored-candles.js';
import { askNode, nodeHasAnalytics, withAnalytics } from './analytics-source.js';

/** Seven numbers of a candle: start in milliseconds, open, high, low, close, volume, spread. */
const NUMBERS = 7;

type PageOf = (symbol: string, fromMs: number) => Promise<CandlePage>;

/** Of each symbol, in the order of time; `heard` is told how many there are so far. */
export async function storedBars(
  config: Config,
  symbols: readonly string[],
  heard: (symbol: string, candles: number) => void,
): Promise<ReadonlyMap<string, Float64Array>> {
  const bars = new Map<string, Float64Array>();
  await withPages(config, async (page) => {
    for (const symbol of symbols) bars.set(symbol, await barsOf(symbol, page, heard));
  });
  return bars;
}

async function barsOf(symbol: string, page: PageOf, heard: (symbol: string, candles: number) => void): Promise<Float64Array> {
  const chunks: (readonly number[])[] = [];
  let fromMs = 0;
  for (;;) {
    const rows = await page(symbol, fromMs);
    for (const row of rows) chunks.push(row);
    heard(symbol, chunks.length);
    const last = rows.at(-1);
    if (last === undefined) break;
    fromMs = (last[0] as number) + 1;
  }
  if (chunks.length === 0) throw new SuhoError('NOT_FOUND', `the store has no M1 candles of ${symbol}.`);
  const bars = new Float64Array(chunks.length * NUMBERS);
  for (const [at, chunk] of chunks.entries()) bars.set(chunk, at * NUMBERS);
  return bars;
}

async function withPages(config: Config, use: (page: PageOf) => Promise<void>): Promise<void> {
  if (await nodeHasAnalytics(config))
    return use((symbol, fromMs) => askNode<CandlePage>(config, 'market.candles', { symbol, fromMs }));
  await withAnalytics(config, 'to train from', (store) => use(storedCandles(store)));
}
