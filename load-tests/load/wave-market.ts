/**
 * The market of the load: each symbol's price is a function of the instant alone, so the node's feed and the EAs' brokers agree
 * without a word between them, and a tick costs the engine's process next to nothing. Every symbol goes up and down in a wave of its
 * own, so that the score crosses its threshold again and again: the load is about many signals, not about good ones.
 */
import { CandleBuilder } from '../../src/market/candle-builder.js';
import { INSTRUMENTS, type Instrument } from '../../src/market/instrument.js';
import { LIMITS } from '../../src/limits.js';
import { assert } from '../../src/runtime/assert.js';
import type { CandleJournal } from '../../src/storage/journal/journal.js';
import type { BrokerSymbolRecord } from '../../src/protocol/messages.js';

const MINUTE_MS = 60_000;
/** In dollars. */
const WORTH: Readonly<Record<string, number>> = {
  USD: 1,
  EUR: 1.1,
  GBP: 1.27,
  AUD: 0.66,
  NZD: 0.61,
  CAD: 0.735,
  CHF: 1.13,
  JPY: 0.0067,
  SEK: 0.096,
  XAU: 2_300,
};
const WAVE_MS = 24 * MINUTE_MS;
const WAVE_SHARE = 0.0016;
/** What a price jitters by within its wave, and for how long one value of it stands. */
const JITTER_SHARE = 0.00002;
const JITTER_MS = 700;
const HALF_SPREAD_PIPS = 0.3;
const HISTORY_TICK_MS = 5_000;
/** A quote in the middle between two ticks is still near enough to one. */
const REFERENCE_APART_MS = 1.25 * LIMITS.quote.referenceMs;

export const LOAD_SYMBOLS: readonly Instrument[] = INSTRUMENTS;
/** In the order in which accounts take them up: those in dollars first. */
export const TRADED: readonly string[] = [
  ...LOAD_SYMBOLS.filter(({ quote }) => quote === 'USD'),
  ...LOAD_SYMBOLS.filter(({ quote }) => quote !== 'USD'),
].map(({ symbol }) => symbol);

const INDEX: ReadonlyMap<string, number> = new Map(LOAD_SYMBOLS.map(({ symbol }, at) => [symbol, at]));

export function symbolAt(symbol: string): number {
  const at = INDEX.get(symbol);
  assert(at !== undefined, `the load has ${symbol}`);
  return at;
}

function worth(currency: string): number {
  const value = WORTH[currency];
  assert(value !== undefined, `the load knows what one ${currency} is worth`);
  return value;
}

/** A number in [−1, 1) that looks like chance and is the same in every process. */
function jitter(symbol: number, slot: number): number {
  let bits = Math.imul(symbol + 1, 0x9e3779b1) ^ Math.imul(slot | 0, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 31 - 1;
}

/** From −1 to 1 and back in even steps. */
function triangle(turns: number): number {
  const share = turns - Math.floor(turns);
  return share < 0.5 ? 4 * share - 1 : 3 - 4 * share;
}

export interface WaveQuote {
  readonly bid: number;
  readonly ask: number;
}

export function waveQuote(symbol: number, atMs: number): WaveQuote {
  const { base, quote, digits, pip } = LOAD_SYMBOLS[symbol] as Instrument;
  const wave = WAVE_SHARE * triangle(atMs / WAVE_MS + symbol / LOAD_SYMBOLS.length);
  const moved = 1 + wave + JITTER_SHARE * jitter(symbol, Math.floor(atMs / JITTER_MS));
  const mid = (worth(base) / worth(quote)) * moved;
  const points = 10 ** digits;
  const bid = Math.round((mid - HALF_SPREAD_PIPS * pip) * points) / points;
  return { bid, ask: Math.max(bid + 1 / points, Math.round((mid + HALF_SPREAD_PIPS * pip) * points) / points) };
}

/** Candles of the hours before `untilMs`, whole minutes only: what a node's indicators warm up from. */
export function journalHistory(journal: CandleJournal, untilMs: number): void {
  const endMs = Math.floor(untilMs / MINUTE_MS) * MINUTE_MS;
  const startMs = endMs - (LIMITS.market.history + 1) * MINUTE_MS;
  const builders = LOAD_SYMBOLS.map(({ symbol }) => new CandleBuilder({ symbol }, (candle) => journal.append(candle)));
  for (let atMs = startMs; atMs < endMs; atMs += HISTORY_TICK_MS) {
    for (const [symbol, builder] of builders.entries()) {
      const { bid, ask } = waveQuote(symbol, atMs);
      builder.onTick(atMs, bid, ask);
    }
  }
  for (const builder of builders) builder.closeDue(endMs + LIMITS.market.closeGraceMs);
}

/** Below so many a second a symbol's ticks are too far apart, by the engine's time, to be the reference of a broker's quote. */
export function leastTicks(speed: number): number {
  return (LOAD_SYMBOLS.length * speed * 1_000) / REFERENCE_APART_MS;
}

/** How a broker of the load describes one of the symbols that it trades, for an account in dollars. */
export function brokerRecord(symbol: string): BrokerSymbolRecord {
  const { base, quote, digits, contractSize } = LOAD_SYMBOLS[symbolAt(symbol)] as Instrument;
  const metal = base === 'XAU';
  const point = 10 ** -digits;
  // Waves move it by less than brokers are apart.
  const tickValue = point * contractSize * worth(quote);
  return {
    digits,
    calculationMode: metal ? 'CFD_LEVERAGE' : 'FOREX',
    tradeMode: 'FULL',
    executionMode: 'MARKET',
    fillOrKill: true,
    immediateOrCancel: true,
    bookOrCancel: false,
    point,
    tickSize: point,
    tickValueProfit: tickValue,
    tickValueLoss: tickValue,
    contractSize,
    volumeMin: 0.01,
    volumeMax: 100,
    volumeStep: 0.01,
    volumeLimit: 0,
    stopsLevel: 0,
    freezeLevel: 0,
    brokerName: symbol,
    baseCurrency: base,
    profitCurrency: quote,
    marginCurrency: metal ? quote : base,
    sessions: [],
  };
}
