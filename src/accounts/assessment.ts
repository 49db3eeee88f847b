/** From a tenant's decision to one account's order or refusal, and to the rows that the ledger keeps of either. Pure. */
import { LIMITS } from '../limits.js';
import { instrumentOf } from '../market/instrument.js';
import type { Quote } from '../market/quote.js';
import type { UnfitReason } from '../protocol/ea-session.js';
import type { HelloMessage } from '../protocol/messages.js';
import { type Assessment, assess, type SizedOrder } from '../risk/assess.js';
import type { RefusalReason } from '../risk/refusal-reason.js';
import type { PriceStanding } from '../prices/account-prices.js';
import type { Holdings } from '../risk/holdings.js';
import { rateBetween } from '../risk/money-rates.js';
import type { NewsCalendar } from '../risk/news-calendar.js';
import type { AccountState, Caps, Losses, NewsTime, RiskContext, Surroundings, SymbolSpec } from '../risk/risk-check.js';
import type { Decision } from '../signals/signal.js';
import type { AccountRow, NewSignal, RefusalRow, SignalRow } from '../storage/ledger/ledger.js';
import type { AccountBook, TradedSymbol } from './account-book.js';
import type { Halt } from './halt.js';
import { holdingsOf } from './holdings.js';
import type { AllowanceReason } from './meter.js';
import { type RiskSettings, resolveTrading, type TradingSettings } from './trading-settings.js';

/** The account as the ledger has it, as its EA presented it, and how its tenant lets it be traded. */
export interface AccountTerms {
  readonly account: AccountRow;
  readonly hello: HelloMessage;
  /** The tenant's with the account's own laid over them; one object for all accounts that set nothing. */
  readonly trading: TradingSettings;
  /** The emergency stop of its tenant or node; null while it trades. */
  readonly stopped: Halt | null;
}

/** What of its terms an account shares with the others of its tenant. */
export type SharedTerms = Pick<AccountTerms, 'trading' | 'stopped'>;

export function termsOf(account: AccountRow, hello: HelloMessage, { trading, stopped }: SharedTerms): AccountTerms {
  return { account, hello, trading: resolveTrading(trading, account.trading), stopped };
}

export type Assessor = (
  decision: Decision,
  terms: AccountTerms,
  book: AccountBook,
  nowMs: number,
  standing?: PriceStanding,
) => Assessment;

export interface AssessorSources {
  /** The reference feed's quote nearest in time. */
  readonly reference: (symbol: string, timeMs: number) => Quote | undefined;
  /** Whether the account's own quotes are the reference now. */
  readonly isReference?: (accountId: string) => boolean;
  /** Symbols that the tenant's tier and settings cover. */
  readonly subscribed: (tenantId: string) => ReadonlySet<string>;
  /** Account history has no room left: no new signal goes out. */
  readonly historyFull?: () => boolean;
  /** From the account's highest equity; undefined while that has not been read. Left out where nobody keeps it: then there is none. */
  readonly drawdown?: (accountId: string) => number | undefined;
  readonly correlated?: Surroundings['correlated'];
  /** Left out where the node has no file of news. */
  readonly news?: () => Pick<NewsCalendar, 'blocking'>;
}

function specOf({ symbol, record, toldMs }: TradedSymbol, book: AccountBook): SymbolSpec {
  const known = instrumentOf(symbol);
  return {
    brokerName: record.brokerName,
    pip: known?.pip ?? record.point * 10,
    digits: record.digits,
    tickSize: record.tickSize,
    tickValueLoss: record.tickValueLoss,
    tickValueProfit: record.tickValueProfit,
    tickValueAtMs: toldMs,
    contractSize: record.contractSize,
    volumeMin: record.volumeMin,
    volumeMax: record.volumeMax,
    volumeStep: record.volumeStep,
    volumeLimit: record.volumeLimit,
    stopsLevel: record.stopsLevel,
    tradeMode: record.tradeMode,
    calculation: record.calculationMode,
    // Many brokers give gold the dollar as its base currency.
    baseCurrency: known?.base ?? record.baseCurrency,
    profitCurrency: known?.quote ?? record.profitCurrency,
    marginCurrency: record.marginCurrency,
    commissionPerLot: book.charges.perLot(symbol) ?? 0,
  };
}

const TRADE_MODES = { DEMO: 'demo', CONTEST: 'contest', LIVE: 'live' } as const;

/** A cap that a user has not set is told as 0. */
function cap(told: number): number | undefined {
  return told > 0 ? told : undefined;
}

export function capsOf({ hello, trading }: AccountTerms): Caps {
  return {
    tenantRiskPercent: trading.risk.riskPercentMost,
    userRiskPercent: cap(hello.riskPercentMax),
    userVolume: cap(hello.volumeMax),
    userPositions: cap(hello.positionsMax),
    userDailyLossPercent: cap(hello.dailyLossMax),
    userDrawdownPercent: cap(hello.drawdownMax),
  };
}

/** What is known of one account when it is assessed. What only some of the checks look at is worked out when one asks for it. */
class AccountContext implements RiskContext {
  readonly symbol: SymbolSpec | undefined;
  readonly quote: Quote | undefined;
  #account: AccountState | undefined;
  #caps: Caps | undefined;
  #losses: Losses | undefined;
  #holdings: Holdings | undefined;
  #surroundings: Surroundings | undefined;

  constructor(
    readonly sources: AssessorSources,
    readonly decision: Decision,
    readonly terms: AccountTerms,
    readonly book: AccountBook,
    readonly nowMs: number,
    readonly standing: PriceStanding | undefined,
  ) {
    const traded = book.symbol(decision.symbol);
    this.symbol = traded && specOf(traded, book);
    this.quote = book.quote(decision.symbol);
  }

  get settings(): RiskSettings {
    return this.terms.trading.risk;
  }

  get fridayCloseAt(): string | undefined {
    const { fridayClose, fridayCloseAt } = this.terms.trading.exits;
    return fridayClose ? fridayCloseAt : undefined;
  }

  get account(): AccountState {
    this.#account ??= this.#accountState();
    return this.#account;
  }

  #accountState(): AccountState {
    const { account, hello } = this.terms;
    const { finance } = this.book;
    return {
      mode: account.mode,
      tradeMode: TRADE_MODES[hello.tradeMode],
      marginMode: hello.marginMode === 'HEDGING' ? 'hedging' : 'netting',
      fifo: hello.fifo,
      currency: hello.currency,
      leverage: hello.leverage,
      balance: finance?.balance ?? 0,
      equity: finance?.equity ?? 0,
      margin: finance?.margin ?? 0,
    };
  }

  get trading(): RiskContext['trading'] {
    const { account, stopped } = this.terms;
    return { stopped, disabled: account.disabled, historyFull: this.sources.historyFull?.() ?? false };
  }

  get subscribed(): ReadonlySet<string> {
    return this.sources.subscribed(this.terms.account.tenantId);
  }

  get reference(): Quote | undefined {
    const { sources, terms, quote } = this;
    if (sources.isReference?.(terms.account.id)) return quote;
    return sources.reference(this.decision.symbol, quote?.timeMs ?? this.nowMs);
  }

  get caps(): Caps {
    this.#caps ??= capsOf(this.terms);
    return this.#caps;
  }

  get losses(): Losses {
    this.#losses ??= lossesOf(this.terms, this.book, this.nowMs, this.sources.drawdown);
    return this.#losses;
  }

  get holdings(): Holdings {
    this.#holdings ??= holdingsOf(this.terms, this.book);
    return this.#holdings;
  }

  get surroundings(): Surroundings {
    this.#surroundings ??= {
      rate: (from, to) => (from === to ? 1 : rateBetween(from, to, (pair) => this.#pairQuote(pair))),
      correlated: (symbol, least) => this.sources.correlated?.(symbol, least) ?? [],
      news: (symbol, settings, atMs) => this.#news(symbol, settings, atMs),
    };
    return this.#surroundings;
  }

  /** The broker's own where it is fresh, else the reference feed's. */
  #pairQuote(pair: string): Quote | undefined {
    const fresh = (quote: Quote | undefined): boolean =>
      quote !== undefined && Math.abs(this.nowMs - quote.timeMs) <= LIMITS.quote.rateStaleMs;
    const own = this.book.quote(pair);
    if (fresh(own)) return own;
    const reference = this.sources.reference(pair, this.nowMs);
    return fresh(reference) ? reference : undefined;
  }

  #news(symbol: SymbolSpec | undefined, settings: RiskSettings, atMs: number): NewsTime | undefined {
    const { news } = this.sources;
    if (news === undefined || symbol === undefined) return undefined;
    return news().blocking([symbol.baseCurrency, symbol.profitCurrency], settings, atMs);
  }
}

/** What the account has lost, of which its checks and its watch know alike. */
export function lossesOf(
  { account }: AccountTerms,
  book: AccountBook,
  nowMs: number,
  drawdown: AssessorSources['drawdown'],
): Losses {
  const { finance } = book;
  return {
    dailyPercent: finance === undefined ? 0 : book.losses.dailyPercent(finance),
    weeklyPercent: finance === undefined ? 0 : book.losses.weeklyPercent(finance, nowMs),
    drawdownPercent: drawdown === undefined ? 0 : drawdown(account.id),
  };
}

export function createAssessor(sources: AssessorSources): Assessor {
  return (decision, terms, book, nowMs, standing) => assess(new AccountContext(sources, decision, terms, book, nowMs, standing));
}

/** One for all that close: they ask no price. */
const NO_FIGURES: NewSignal['figures'] = Object.freeze({});

type SignalHead = Pick<
  NewSignal,
  'tenantId' | 'strategy' | 'symbol' | 'timeframe' | 'closeTime' | 'score' | 'strength' | 'parts' | 'validUntil' | 'state'
>;

/** A live EA's signal is inserted as SENT: from the commit on it may have left. */
function headOf(decision: Decision): SignalHead {
  const { tenantId, strategy, symbol, timeframe, closeTime, score, strength, parts, validUntil } = decision;
  return { tenantId, strategy, symbol, timeframe, closeTime, score, strength, parts, validUntil, state: 'SENT' };
}

export interface SignalPlace {
  readonly id: string;
  readonly accountId: string;
  readonly instance: string;
  readonly nowMs: number;
}

/** Spelled out, like a row: put together of parts, each of ten thousand at once is a table of names and values of its own. */
export function openSignal(decision: Decision, order: SizedOrder, { id, accountId, instance, nowMs }: SignalPlace): NewSignal {
  return {
    id,
    accountId,
    tenantId: decision.tenantId,
    strategy: decision.strategy,
    symbol: decision.symbol,
    timeframe: decision.timeframe,
    closeTime: decision.closeTime,
    kind: 'OPEN',
    targetId: null,
    position: '0',
    direction: order.direction,
    entry: order.entry,
    entryLow: order.entryLow,
    entryHigh: order.entryHigh,
    stopLoss: order.stopLoss,
    takeProfit: order.takeProfit,
    volume: order.volume,
    riskPercent: order.riskPercent,
    plannedLoss: order.plannedLoss,
    figures: order.figures,
    score: decision.score,
    strength: decision.strength,
    parts: decision.parts,
    validUntil: decision.validUntil,
    state: 'SENT',
    instance,
    createdAt: nowMs,
  };
}

export function closeSignal(decision: Decision, target: SignalRow, { id, accountId, instance, nowMs }: SignalPlace): NewSignal {
  const { entry, direction } = decision;
  const unpriced = { entryLow: 0, entryHigh: 0, stopLoss: 0, takeProfit: 0, riskPercent: 0, plannedLoss: 0, figures: NO_FIGURES };
  const closes = { kind: 'CLOSE', targetId: target.id, position: target.position, volume: target.remainingVolume } as const;
  return { ...headOf(decision), ...unpriced, ...closes, entry, direction, id, accountId, instance, createdAt: nowMs };
}

/** Why an account gets nothing for a decision, and by which check: one of risk, its tier, or what its EA's profile can carry. */
export type Refused = Omit<Extract<Assessment, { ok: false }>, 'ok' | 'reason'> & {
  readonly reason: RefusalReason | UnfitReason | AllowanceReason;
};

export function refusalRow(decision: Decision, accountId: string, refused: Refused, nowMs: number): RefusalRow {
  const { tenantId, strategy, symbol, timeframe, closeTime, direction, entry, stopLoss, takeProfit } = decision;
  const { reason, figures, check } = refused;
  // By them it can be worked out what it would have brought.
  const levels = { decisionEntry: entry, decisionStop: stopLoss, decisionTarget: takeProfit };
  return {
    accountId,
    tenantId,
    strategy,
    symbol,
    timeframe,
    closeTime,
    direction,
    reason,
    figures: { ...figures, ...levels, check },
    createdAt: nowMs,
  };
}
