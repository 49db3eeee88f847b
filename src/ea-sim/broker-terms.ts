import { INSTRUMENTS, type Instrument } from '../market/instrument.js';
import type { Random } from '../runtime/random.js';

export type MarginMode = 'NETTING' | 'HEDGING';
export type SymbolTradeMode = 'DISABLED' | 'LONG_ONLY' | 'SHORT_ONLY' | 'CLOSE_ONLY' | 'FULL';
export type ExecutionMode = 'INSTANT' | 'MARKET';
export type Filling = 'FOK' | 'IOC';

/** A symbol as one broker offers it. */
export interface BrokerSymbol {
  /** The broker's own name: `EURUSD.m`. */
  readonly name: string;
  readonly canonical: string;
  readonly base: string;
  readonly profitCurrency: string;
  readonly marginCurrency: string;
  readonly digits: number;
  readonly point: number;
  readonly tickSize: number;
  readonly contractSize: number;
  /** `FOREX`: margin is volume · contract / leverage in the margin currency; `CFD_LEVERAGE`: that times the price. */
  readonly calculation: 'FOREX' | 'CFD_LEVERAGE';
  readonly tradeMode: SymbolTradeMode;
  readonly execution: ExecutionMode;
  readonly fillings: readonly Filling[];
  readonly volumeMin: number;
  readonly volumeMax: number;
  readonly volumeStep: number;
  /** Most volume in one direction; 0 where there is no limit. */
  readonly volumeLimit: number;
  /** Least distance of a stop from the price, in points. */
  readonly stopsLevel: number;
  readonly freezeLevel: number;
  /** Added to the source's spread, half on each side. */
  readonly markupPoints: number;
  /** The broker's mid stands this far from the source's. */
  readonly offsetPoints: number;
}

/** What a broker and its client have agreed on. */
export interface BrokerTerms {
  readonly login: number;
  readonly server: string;
  readonly company: string;
  readonly currency: string;
  readonly currencyDigits: number;
  readonly leverage: number;
  /** The user's own cap on the risk of one signal, % of equity; 0 for none. */
  readonly riskPercentMax: number;
  readonly marginMode: MarginMode;
  readonly fifo: boolean;
  /** Positions are closed by the broker at or below this share of equity in margin. */
  readonly stopOutPercent: number;
  /** The broker's wall clock minus UTC. */
  readonly timeOffsetMs: number;
  readonly commissionPerLot: number;
  readonly deposit: number;
  readonly symbols: readonly BrokerSymbol[];
}

export interface SymbolTerms {
  readonly prefix?: string;
  readonly suffix?: string;
  readonly execution?: ExecutionMode;
  readonly markupPoints?: number;
  readonly offsetPoints?: number;
  readonly stopsLevel?: number;
  readonly volumeStep?: number;
  readonly tradeMode?: SymbolTradeMode;
}

export function brokerSymbol(instrument: Instrument, terms: SymbolTerms = {}): BrokerSymbol {
  const metal = instrument.base === 'XAU';
  const point = 10 ** -instrument.digits;
  return {
    name: `${terms.prefix ?? ''}${instrument.symbol}${terms.suffix ?? ''}`,
    canonical: instrument.symbol,
    base: instrument.base,
    profitCurrency: instrument.quote,
    marginCurrency: metal ? instrument.quote : instrument.base,
    digits: instrument.digits,
    point,
    tickSize: point,
    contractSize: instrument.contractSize,
    calculation: metal ? 'CFD_LEVERAGE' : 'FOREX',
    tradeMode: terms.tradeMode ?? 'FULL',
    execution: terms.execution ?? 'MARKET',
    fillings: ['FOK', 'IOC'],
    volumeMin: terms.volumeStep ?? 0.01,
    volumeMax: 100,
    volumeStep: terms.volumeStep ?? 0.01,
    volumeLimit: 0,
    stopsLevel: terms.stopsLevel ?? 0,
    freezeLevel: 0,
    markupPoints: terms.markupPoints ?? 0,
    offsetPoints: terms.offsetPoints ?? 0,
  };
}

const SUFFIXES = ['', '', '.m', '.pro', '-ECN', 'x'] as const;
const HOUSES = ['Northgate Markets', 'Harbour FX', 'Meridian Trade', 'Alder Capital'] as const;
const HOUR_MS = 3_600_000;

export interface TermsWish {
  readonly marginMode?: MarginMode;
  readonly currency?: string;
  readonly deposit?: number;
}

/** An account at some plausible broker: names, currency, mode, spread and step vary from one to the next. */
export function drawBrokerTerms(random: Random, wish: TermsWish = {}): BrokerTerms {
  const house = HOUSES[random.int(HOUSES.length)] ?? HOUSES[0];
  const marginMode: MarginMode = random.chance(0.7) ? 'HEDGING' : 'NETTING';
  const currency = (['USD', 'USD', 'EUR', 'GBP'] as const)[random.int(4)] ?? 'USD';
  const shared: SymbolTerms = {
    prefix: random.chance(0.1) ? 'm' : '',
    suffix: SUFFIXES[random.int(SUFFIXES.length)] ?? '',
    execution: random.chance(0.3) ? 'INSTANT' : 'MARKET',
    stopsLevel: [0, 0, 10, 20][random.int(4)] ?? 0,
    volumeStep: random.chance(0.1) ? 0.001 : 0.01,
  };
  return {
    login: 10_000_000 + random.int(80_000_000),
    server: `${house.replaceAll(' ', '')}-Demo${1 + random.int(4)}`,
    company: `${house} Ltd`,
    currency: wish.currency ?? currency,
    currencyDigits: 2,
    leverage: [30, 100, 200, 500][random.int(4)] ?? 100,
    riskPercentMax: 0.05 + 0.05 * random.int(4),
    marginMode: wish.marginMode ?? marginMode,
    fifo: false,
    stopOutPercent: 50,
    timeOffsetMs: (random.chance(0.7) ? 2 : 3) * HOUR_MS,
    commissionPerLot: random.chance(0.5) ? 0 : 3.5,
    deposit: wish.deposit ?? 5_000 + 1_000 * random.int(96),
    symbols: INSTRUMENTS.map((instrument) =>
      brokerSymbol(instrument, { ...shared, markupPoints: random.int(8), offsetPoints: random.int(5) - 2 }),
    ),
  };
}
