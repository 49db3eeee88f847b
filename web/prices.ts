/**
 * The newest quote of each symbol, by the stream. Quotes come many times a second and are shown at most four times: what is
 * painted is a cell of each symbol, so that one price repaints one row.
 */
import { useEffect } from 'preact/hooks';
import { Cell, useCell } from './cell.js';
import { live } from './live.js';

export interface Quote {
  readonly bid: number;
  readonly ask: number;
  readonly timeMs: number;
}

export interface ShownQuote extends Quote {
  /** Which way the middle went when it last moved. */
  readonly moved: -1 | 0 | 1;
}

const SHOWN_EVERY_MS = 250;
const cells = new Map<string, Cell<ShownQuote | undefined>>();
const arrived = new Map<string, Quote>();
let timer: ReturnType<typeof setTimeout> | undefined;

function cellOf(symbol: string): Cell<ShownQuote | undefined> {
  const cell = cells.get(symbol) ?? new Cell<ShownQuote | undefined>(undefined);
  cells.set(symbol, cell);
  return cell;
}

function show(): void {
  timer = undefined;
  for (const [symbol, quote] of arrived) {
    const cell = cellOf(symbol);
    const before = cell.value;
    const by = before === undefined ? 0 : quote.bid + quote.ask - before.bid - before.ask;
    cell.set({ ...quote, moved: by === 0 ? (before?.moved ?? 0) : by > 0 ? 1 : -1 });
  }
  arrived.clear();
}

/** From the stream, or from an answer where there is none; what is older than what is shown is nothing new. */
export function quoted(symbol: string, quote: Quote): void {
  const shown = cellOf(symbol).value;
  if ((shown?.timeMs ?? 0) >= quote.timeMs) return;
  if (shown === undefined) return cellOf(symbol).set({ ...quote, moved: 0 });
  arrived.set(symbol, quote);
  if (timer === undefined) timer = setTimeout(() => requestAnimationFrame(show), SHOWN_EVERY_MS);
}

export function useQuote(symbol: string): ShownQuote | undefined {
  useEffect(() => live.on<Quote>(`prices:${symbol}`, (quote) => quote && quoted(symbol, quote)), [symbol]);
  return useCell(cellOf(symbol));
}
