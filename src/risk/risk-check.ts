import type { Halt } from '../accounts/halt.js';
import type { RiskSettings } from '../accounts/trading-settings.js';
import type { PriceStanding } from '../prices/account-prices.js';
import type { Decision, Direction } from '../signals/signal.js';
import type { OrderPrices } from './broker-price.js';
import type { Holdings } from './holdings.js';
import type { RefusalReason } from './refusal-reason.js';
import type { OrderSize } from './size.js';

/** What a check looked at and found, for the refusal's row, the audit and the person who asks why. */
export type Figures = Readonly<Record<string, number | string | boolean>>;

export interface Quote {
  readonly bid: number;
  readonly ask: number;
  /** When it was received, server UTC ms. */
  readonly timeMs: number;
}

/** MT5's ways to compute profit and margin, as SYMBOLS tells them. */
export type Calculation =
  | 'FOREX'
  | 'FUTURES'
  | 'CFD'
  | 'CFD_INDEX'
  | 'CFD_LEVERAGE'
  | 'FOREX_NO_LEVERAGE'
  | 'EXCH_STOCKS'
  | 'EXCH_FUTURES'
  | 'EXCH_FUTURES_FORTS'
  | 'EXCH_BONDS'
  | 'EXCH_STOCKS_MOEX'
  | 'EXCH_BONDS_MOEX'
  | 'SERV_COLLATERAL'
  | 'OTHER';

/** A broker's symbol, as its EA described it. */
export interface SymbolSpec {
  readonly brokerName: string;
  readonly pip: number;
  readonly digits: number;
  readonly tickSize: number;
  /** Worth of one tick of one lot in the account's currency, for a losing and for a winning position; 0 where unknown. */
  readonly tickValueLoss: number;
  readonly tickValueProfit: number;
  /** When the EA last told or confirmed the tick values, server UTC ms. */
  readonly tickValueAtMs: number;
  readonly contractSize: number;
  readonly volumeMin: number;
  readonly volumeMax: number;
  readonly volumeStep: number;
  /** Most lots that may be held one way; 0 for no limit. */
  readonly volumeLimit: number;
  /** Least distance of stop and target from the closing price, in points of 10^−digits. */
  readonly stopsLevel: number;
  /** Which trades the broker allows. */
  readonly tradeMode: 'DISABLED' | 'LONG_ONLY' | 'SHORT_ONLY' | 'CLOSE_ONLY' | 'FULL';
  readonly calculation: Calculation;
  readonly baseCurrency: string;
  readonly profitCurrency: string;
  readonly marginCurrency: string;
  /** Commission of one lot in and out, in the account's currency, as its deals have shown; 0 until they have. */
  readonly commissionPerLot: number;
}

export interface AccountState {
  /** What the owner lets the engine do; accounts start in observe. */
  readonly mode: 'observe' | 'demo' | 'live';
  /** What the account is at its broker. */
  readonly tradeMode: 'demo' | 'contest' | 'live';
  readonly marginMode: 'hedging' | 'netting';
  /** Its positions close first in, first out only. */
  readonly fifo: boolean;
  readonly currency: string;
  /** 100 for 1:100. */
  readonly leverage: number;
  readonly balance: number;
  readonly equity: number;
  /** In use, as the broker last told. */
  readonly margin: number;
}

/** Caps in percent of equity and in lots; the user's own come from HELLO, undefined where not set. */
export interface Caps {
  readonly tenantRiskPercent: number;
  readonly userRiskPercent: number | undefined;
  readonly userVolume: number | undefined;
  readonly userPositions?: number | undefined;
  readonly userDailyLossPercent?: number | undefined;
  readonly userDrawdownPercent?: number | undefined;
}

/** What the account has lost, closed and floating, in percent of what it began with; below 0 where it has gained. */
export interface Losses {
  readonly dailyPercent: number;
  readonly weeklyPercent: number;
  /** Undefined while the highest equity has not been read yet. */
  readonly drawdownPercent: number | undefined;
}

/** A symbol that goes with another, or against it. */
export interface Correlated {
  readonly symbol: string;
  /** −1 … 1. */
  readonly correlation: number;
}

/** A time of news that forbids new trades now. */
export interface NewsTime {
  readonly atMs: number;
  readonly currency: string;
  readonly impact: string;
  readonly title: string;
}

/** What is known beside the account: asked only by the checks that need it. */
export interface Surroundings {
  /** Worth of one unit of a currency in another, at the dearer side of the spread; undefined where no fresh quote tells. */
  rate(from: string, to: string): number | undefined;
  /** Symbols whose correlation with this one is at least so strong, either sign. */
  correlated(symbol: string, least: number): readonly Correlated[];
  /** The news of the symbol's currencies that the settings keep clear of at that time; undefined for none. */
  news(symbol: SymbolSpec | undefined, settings: RiskSettings, atMs: number): NewsTime | undefined;
}

/** Everything that is known when one account's answer to one decision is made. Checks read it and nothing else. */
export interface RiskContext {
  readonly nowMs: number;
  readonly decision: Decision;
  readonly account: AccountState;
  readonly settings: RiskSettings;
  /** Nothing of ours is opened from then until the end of Saturday, HH:MM UTC; undefined for no such rule. */
  readonly fridayCloseAt: string | undefined;
  readonly trading: { readonly stopped: Halt | null; readonly disabled: Halt | null; readonly historyFull: boolean };
  /** What tier and settings of the tenant cover. */
  readonly subscribed: 'all' | ReadonlySet<string>;
  readonly symbol: SymbolSpec | undefined;
  readonly quote: Quote | undefined;
  /** The reference feed's quote nearest in time to the broker's. */
  readonly reference: Quote | undefined;
  /** What the symbol's quotes at this broker usually are, once some were compared. */
  readonly standing?: PriceStanding | undefined;
  readonly caps: Caps;
  readonly losses: Losses;
  /** What is open or may be, the user's own trades among it. */
  readonly holdings: Holdings;
  readonly surroundings: Surroundings;
}

/** The order as far as it is made; each check may add to it for those after. */
export interface OrderDraft {
  prices?: OrderPrices;
  /** By what it is priced. */
  figures?: Figures;
  size?: OrderSize;
}

export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly figures: Figures;
}

export type Verdict = { readonly ok: true; readonly figures: Figures } | Refusal;

export interface RiskCheck {
  readonly name: string;
  /** What it works out is put into the draft, for those after. */
  check(context: RiskContext, draft: OrderDraft): Verdict;
}

/** One for all that passed and looked at nothing worth keeping. */
export const PASSED: Verdict = Object.freeze({ ok: true, figures: Object.freeze({}) });

export function passed(figures: Figures): Verdict {
  return { ok: true, figures };
}

export function refused(reason: RefusalReason, figures: Figures): Refusal {
  return { ok: false, reason, figures };
}

/** 1 for a buy, −1 for a sell. */
export function signOf(direction: Direction): 1 | -1 {
  return direction === 'BUY' ? 1 : -1;
}

/** The least of those that are set; undefined where none is. */
export function leastOf(one: number | null | undefined, other: number | null | undefined): number | undefined {
  if (one === null || one === undefined) return other ?? undefined;
  return other === null || other === undefined ? one : Math.min(one, other);
}
