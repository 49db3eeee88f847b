import type { PriceStanding } from '../prices/account-prices.js';
import type { Decision } from '../signals/signal.js';
import type { OrderPrices } from './broker-price.js';
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
  /** Least distance of stop and target from the closing price, in points of 10^−digits. */
  readonly stopsLevel: number;
  /** Commission of one lot in and out, in the account's currency; 0 where the broker takes none or tells none. */
  readonly commissionPerLot: number;
}

export interface AccountState {
  /** What the owner lets the engine do; accounts start in observe. */
  readonly mode: 'observe' | 'demo' | 'live';
  /** What the account is at its broker. */
  readonly tradeMode: 'demo' | 'contest' | 'live';
  readonly marginMode: 'hedging' | 'netting';
  readonly currency: string;
  readonly balance: number;
  readonly equity: number;
  /** Lots of this symbol in open positions, and in signals that are not decided yet. */
  readonly openVolume: number;
  readonly undecidedVolume: number;
}

/** Caps in percent of equity and in lots; the user's own come from HELLO, undefined where not set. */
export interface Caps {
  readonly tenantRiskPercent: number;
  readonly userRiskPercent: number | undefined;
  readonly userVolume: number | undefined;
}

/** Everything that is known when one account's answer to one decision is made. Checks read it and nothing else. */
export interface RiskContext {
  readonly nowMs: number;
  readonly decision: Decision;
  readonly account: AccountState;
  readonly trading: { readonly enabled: boolean; readonly emergencyStop: boolean; readonly historyFull: boolean };
  /** What tier and settings of the tenant cover. */
  readonly subscribed: 'all' | ReadonlySet<string>;
  readonly symbol: SymbolSpec | undefined;
  readonly quote: Quote | undefined;
  /** The reference feed's quote nearest in time to the broker's. */
  readonly reference: Quote | undefined;
  /** What the symbol's quotes at this broker usually are, once some were compared. */
  readonly standing?: PriceStanding | undefined;
  readonly caps: Caps;
  /** What the checks before have worked out. */
  readonly draft: OrderDraft;
}

/** The order as far as it is made; each check may add to it for those after. */
export interface OrderDraft {
  readonly prices?: OrderPrices;
  readonly size?: OrderSize;
}

export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly figures: Figures;
}

export type Verdict = { readonly ok: true; readonly figures: Figures; readonly adds?: OrderDraft } | Refusal;

export interface RiskCheck {
  readonly name: string;
  check(context: RiskContext): Verdict;
}

export function passed(figures: Figures, adds: OrderDraft = {}): Verdict {
  return { ok: true, figures, adds };
}

export function refused(reason: RefusalReason, figures: Figures): Refusal {
  return { ok: false, reason, figures };
}
