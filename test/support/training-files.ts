/** What a training reads, in files: candles of walks, in our own format. */
import { walkOfCandles } from './walk-of-candles.js';

const DAY_MS = 86_400_000;

/** `daysLater` moves them out of the way of another file's. */
export function candlesCsv(symbol: string, count: number, { seed = 1, daysLater = 0 } = {}): string {
  const rows = walkOfCandles(symbol, 'M1', count, seed).map(({ time, open, high, low, close, volume }) => {
    const at = new Date(time + daysLater * DAY_MS).toISOString().replace('.000Z', 'Z');
    return `${at},${symbol},M1,${open},${high},${low},${close},${volume},0`;
  });
  return ['time,symbol,timeframe,open,high,low,close,volume,gap_before', ...rows, ''].join('\n');
}
