import { SuhoError } from '../errors.js';
import { type Random, seededRandom } from '../runtime/random.js';
import { INSTRUMENTS, type Instrument, instrumentOf } from './instrument.js';
import { minuteOfDay, openOrNextOpen } from './synthetic/sessions.js';
import { Strengths } from './synthetic/strengths.js';

/**
 * A seeded FX market that looks like one: cross rates that agree, sessions, volatility clusters, momentum, spreads that
 * widen at night and on news, weekends with a gap, and a feed that now and then sends nonsense.
 *
 * Ticks are events of a schedule per symbol, each drawn from the symbol's own stream, over strengths that move on a grid of
 * whole seconds. Nothing depends on how far `advanceTo` is asked to go at once. All tick times are multiples of 10 ms, so
 * that other simulated parties, on other residues, never act in the same instant.
 */
export interface SyntheticOptions {
  readonly seed: number | string;
  readonly symbols?: readonly string[];
  readonly startMs: number;
  /** Multiplies the ticks per second; 1 is 0.15 to 0.4 a second and symbol over a day. */
  readonly rate?: number;
}

export type TickSink = (symbol: string, timeMs: number, bid: number, ask: number) => void;

const TICK_GRID_MS = 10;
/** One extra, false tick in this many. */
const FALSE_TICK_EVERY = 2_000;
const SPIKE = 0.03;
const MAJORS = new Set(['EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD']);
/** Banks hand over their books around 21:00-22:00 UTC, and nobody quotes tightly. */
const ROLLOVER_FROM_MINUTE = 1_255;
const ROLLOVER_TO_MINUTE = 1_325;

interface Character {
  readonly ticksPerSecond: number;
  readonly spreadPips: number;
}

function characterOf({ symbol, base, quote }: Instrument): Character {
  if (symbol === 'USDSEK') return { ticksPerSecond: 0.15, spreadPips: 30 };
  if (symbol === 'XAUUSD') return { ticksPerSecond: 0.38, spreadPips: 2.2 };
  if (MAJORS.has(symbol)) return { ticksPerSecond: 0.36, spreadPips: 0.6 };
  if (base === 'USD' || quote === 'USD') return { ticksPerSecond: 0.26, spreadPips: 1 };
  if (base === 'EUR' || base === 'GBP') return { ticksPerSecond: 0.2, spreadPips: 1.6 };
  return { ticksPerSecond: 0.16, spreadPips: 2.2 };
}

interface Quoted {
  readonly instrument: Instrument;
  readonly character: Character;
  readonly random: Random;
  readonly base: number;
  readonly quote: number;
  readonly pointsPerUnit: number;
  /** Deviation of this symbol's quotes from the strengths, in half spreads. */
  noise: number;
  spread: number;
  bid: number;
  ask: number;
}

export class SyntheticMarket {
  readonly #strengths: Strengths;
  readonly #quoted: readonly Quoted[];
  readonly #index: ReadonlyMap<string, Quoted>;
  readonly #nextMs: Float64Array;
  readonly #rate: number;
  #nowMs: number;

  constructor(options: SyntheticOptions) {
    const random = seededRandom(options.seed).fork('synthetic market');
    const names = [...(options.symbols ?? INSTRUMENTS.map(({ symbol }) => symbol))].sort();
    const instruments = names.map((name) => {
      const found = instrumentOf(name);
      if (found === undefined) throw new SuhoError('NOT_FOUND', `the synthetic market has no symbol ${name}`);
      return found;
    });
    const currencies = [...new Set(instruments.flatMap(({ base, quote }) => [base, quote]))];
    this.#rate = options.rate ?? 1;
    this.#nowMs = options.startMs;
    this.#strengths = new Strengths(currencies, random, options.startMs);
    this.#quoted = instruments.map((instrument) => ({
      instrument,
      character: characterOf(instrument),
      random: random.fork(`ticks/${instrument.symbol}`),
      base: currencies.indexOf(instrument.base),
      quote: currencies.indexOf(instrument.quote),
      pointsPerUnit: 10 ** instrument.digits,
      noise: 0,
      spread: 0,
      bid: 0,
      ask: 0,
    }));
    this.#index = new Map(this.#quoted.map((quoted) => [quoted.instrument.symbol, quoted]));
    this.#nextMs = new Float64Array(this.#quoted.length);
    for (const [at, quoted] of this.#quoted.entries()) {
      this.#drawSpread(quoted, options.startMs);
      this.#nextMs[at] = this.#drawNextMs(quoted, options.startMs);
    }
  }

  /** When the next tick of any symbol is due. */
  nextTimeMs(): number {
    return this.#nextMs.length === 0 ? Number.POSITIVE_INFINITY : (this.#nextMs[this.#earliest()] as number);
  }

  /** Emits every tick due up to and including `toMs`, in order of time, then of symbol. */
  advanceTo(toMs: number, sink: TickSink): void {
    while (this.#nextMs.length > 0) {
      const at = this.#earliest();
      const timeMs = this.#nextMs[at] as number;
      if (timeMs > toMs) break;
      this.#strengths.advanceTo(timeMs);
      this.#tick(this.#quoted[at] as Quoted, timeMs, sink);
      this.#nextMs[at] = this.#drawNextMs(this.#quoted[at] as Quoted, timeMs);
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
    this.#strengths.advanceTo(this.#nowMs);
  }

  /** The present price without the feed's false ticks: what a simulated broker trades at. */
  truth(symbol: string): { readonly bid: number; readonly ask: number } | undefined {
    const quoted = this.#index.get(symbol);
    if (quoted === undefined) return undefined;
    this.#price(quoted);
    return { bid: quoted.bid, ask: quoted.ask };
  }

  /** For thirty symbols a scan is as fast as a heap, and it breaks ties by name. */
  #earliest(): number {
    const times = this.#nextMs;
    let best = 0;
    for (let at = 1; at < times.length; at++) if ((times[at] as number) < (times[best] as number)) best = at;
    return best;
  }

  #tick(quoted: Quoted, timeMs: number, sink: TickSink): void {
    const { symbol } = quoted.instrument;
    quoted.noise = 0.6 * quoted.noise + 0.5 * (quoted.random.next() - 0.5);
    this.#drawSpread(quoted, timeMs);
    this.#price(quoted);
    sink(symbol, timeMs, quoted.bid, quoted.ask);
    if (quoted.random.next() * FALSE_TICK_EVERY < 1) this.#falseTick(quoted, timeMs, sink);
  }

  /** What real feeds send now and then beside the true tick; the true price knows nothing of it. */
  #falseTick(quoted: Quoted, timeMs: number, sink: TickSink): void {
    const { bid, ask, random, pointsPerUnit } = quoted;
    const { symbol } = quoted.instrument;
    const spiked = (price: number): number => Math.round(price * factor * pointsPerUnit) / pointsPerUnit;
    const factor = random.chance(0.5) ? 1 + SPIKE : 1 - SPIKE;
    const kind = random.int(6);
    if (kind === 0) sink(symbol, timeMs, ask, bid);
    else if (kind === 1) sink(symbol, timeMs, 0, ask);
    else if (kind === 2) sink(symbol, timeMs, -bid, -ask);
    else if (kind === 3) sink(symbol, timeMs, spiked(bid), spiked(ask));
    else if (kind === 4) sink(symbol, timeMs, bid, ask);
    else sink(symbol, timeMs - TICK_GRID_MS * (1 + random.int(5)), bid, ask);
  }

  #price(quoted: Quoted): void {
    const half = quoted.spread / 2;
    const value = Math.exp(this.#strengths.at(quoted.base).value - this.#strengths.at(quoted.quote).value);
    const mid = value + quoted.noise * half;
    const bidPoints = Math.round((mid - half) * quoted.pointsPerUnit);
    const askPoints = Math.max(bidPoints + 1, Math.round((mid + half) * quoted.pointsPerUnit));
    quoted.bid = bidPoints / quoted.pointsPerUnit;
    quoted.ask = askPoints / quoted.pointsPerUnit;
  }

  #drawSpread(quoted: Quoted, timeMs: number): void {
    const minute = minuteOfDay(timeMs);
    const base = this.#strengths.at(quoted.base);
    const quote = this.#strengths.at(quoted.quote);
    const activity = (base.activityAt(minute) + quote.activityAt(minute)) / 2;
    const thin = 1 + 1.8 * Math.max(0, 1 - activity);
    const rollover = minute >= ROLLOVER_FROM_MINUTE && minute < ROLLOVER_TO_MINUTE ? 2.5 : 1;
    const nervous = 1 + 0.8 * (base.news + quote.news) + 0.08 * (base.variance + quote.variance - 2);
    const usual = quoted.character.spreadPips * quoted.instrument.pip;
    quoted.spread = usual * thin * rollover * nervous * (0.85 + 0.3 * quoted.random.next());
  }

  #drawNextMs(quoted: Quoted, timeMs: number): number {
    const from = openOrNextOpen(timeMs);
    const minute = minuteOfDay(from);
    const base = this.#strengths.at(quoted.base);
    const quote = this.#strengths.at(quoted.quote);
    const activity = (base.activityAt(minute) + quote.activityAt(minute)) / 2;
    const busy = 0.5 + 0.5 * Math.sqrt((base.variance + quote.variance) / 2) + 0.5 * (base.news + quote.news);
    const perSecond = quoted.character.ticksPerSecond * activity * busy * this.#rate;
    const waitMs = (-1_000 * Math.log(1 - quoted.random.next())) / perSecond;
    const onGrid = Math.max(from + TICK_GRID_MS, Math.ceil((from + waitMs) / TICK_GRID_MS) * TICK_GRID_MS);
    const due = openOrNextOpen(onGrid);
    return due === onGrid ? due : this.#drawNextMs(quoted, due);
  }
}
