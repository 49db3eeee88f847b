/** From a tenant's decision to one account's order or refusal, and to the rows that the ledger keeps of either. Pure. */
import { instrumentOf } from '../market/instrument.js';
import type { Quote } from '../market/quote.js';
import type { UnfitReason } from '../protocol/ea-session.js';
import type { HelloMessage } from '../protocol/messages.js';
import { type Assessment, assess, type SizedOrder } from '../risk/assess.js';
import type { RefusalReason } from '../risk/refusal-reason.js';
import type { SymbolSpec } from '../risk/risk-check.js';
import { type Decision, isUndecided } from '../signals/signal.js';
import type { AccountRow, NewSignal, RefusalRow, SignalRow } from '../storage/ledger/ledger.js';
import type { AccountBook, TradedSymbol } from './account-book.js';
import type { Halt } from './halt.js';
import type { AllowanceReason } from './meter.js';
import { resolveTrading, type TradingSettings } from './trading-settings.js';

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

export type Assessor = (decision: Decision, terms: AccountTerms, book: AccountBook, nowMs: number) => Assessment;

export interface AssessorSources {
  /** The reference feed's quote nearest in time. */
  readonly reference: (symbol: string, timeMs: number) => Quote | undefined;
  /** Symbols that the tenant's tier and settings cover. */
  readonly subscribed: (tenantId: string) => ReadonlySet<string>;
  /** Account history has no room left: no new signal goes out. */
  readonly historyFull?: () => boolean;
}

function specOf({ symbol, record, toldMs }: TradedSymbol): SymbolSpec {
  return {
    brokerName: record.brokerName,
    pip: instrumentOf(symbol)?.pip ?? record.point * 10,
    digits: record.digits,
    tickSize: record.tickSize,
    tickValueLoss: record.tickValueLoss,
    tickValueProfit: record.tickValueProfit,
    tickValueAtMs: toldMs,
    contractSize: record.contractSize,
    volumeMin: record.volumeMin,
    volumeMax: record.volumeMax,
    volumeStep: record.volumeStep,
    stopsLevel: record.stopsLevel,
    // SYMBOLS tells no commission; what brokers take shows in their deals.
    commissionPerLot: 0,
  };
}

const TRADE_MODES = { DEMO: 'demo', CONTEST: 'contest', LIVE: 'live' } as const;

export function createAssessor(sources: AssessorSources): Assessor {
  return (decision, { account, hello, trading, stopped }, book, nowMs) => {
    const traded = book.symbol(decision.symbol);
    const rows = book.live(decision.symbol);
    const quote = book.quote(decision.symbol);
    const sum = (take: (row: SignalRow) => number): number => rows.reduce((total, row) => total + take(row), 0);
    return assess({
      nowMs,
      decision,
      account: {
        mode: account.mode,
        tradeMode: TRADE_MODES[hello.tradeMode],
        marginMode: hello.marginMode === 'HEDGING' ? 'hedging' : 'netting',
        currency: hello.currency,
        balance: book.finance?.balance ?? 0,
        equity: book.finance?.equity ?? 0,
        openVolume: sum(({ remainingVolume }) => remainingVolume),
        undecidedVolume: sum(({ state, volume }) => (isUndecided(state) ? volume : 0)),
      },
      trading: {
        enabled: account.disabled === null,
        emergencyStop: stopped !== null,
        historyFull: sources.historyFull?.() ?? false,
      },
      subscribed: sources.subscribed(account.tenantId),
      symbol: traded && specOf(traded),
      quote,
      reference: sources.reference(decision.symbol, quote?.timeMs ?? nowMs),
      caps: {
        tenantRiskPercent: trading.risk.riskPercentMost,
        userRiskPercent: hello.riskPercentMax > 0 ? hello.riskPercentMax : undefined,
        userVolume: hello.volumeMax > 0 ? hello.volumeMax : undefined,
      },
    });
  };
}

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

export function openSignal(decision: Decision, order: SizedOrder, { id, accountId, instance, nowMs }: SignalPlace): NewSignal {
  const { entry, entryLow, entryHigh, stopLoss, takeProfit, volume, riskPercent, direction } = order;
  const priced = { entry, entryLow, entryHigh, stopLoss, takeProfit, volume, riskPercent, direction };
  return {
    ...headOf(decision),
    ...priced,
    id,
    accountId,
    kind: 'OPEN',
    targetId: null,
    position: '0',
    instance,
    createdAt: nowMs,
  };
}

export function closeSignal(decision: Decision, target: SignalRow, { id, accountId, instance, nowMs }: SignalPlace): NewSignal {
  const { entry, direction } = decision;
  const priced = { entry, entryLow: 0, entryHigh: 0, stopLoss: 0, takeProfit: 0, riskPercent: 0, direction };
  const closes = { kind: 'CLOSE', targetId: target.id, position: target.position, volume: target.remainingVolume } as const;
  return { ...headOf(decision), ...priced, ...closes, id, accountId, instance, createdAt: nowMs };
}

/** Why an account gets nothing for a decision, and by which check: one of risk, its tier, or what its EA's profile can carry. */
export type Refused = Omit<Extract<Assessment, { ok: false }>, 'ok' | 'reason'> & {
  readonly reason: RefusalReason | UnfitReason | AllowanceReason;
};

export function refusalRow(decision: Decision, accountId: string, refused: Refused, nowMs: number): RefusalRow {
  const { tenantId, strategy, symbol, timeframe, closeTime, direction } = decision;
  const { reason, figures, check } = refused;
  return {
    accountId,
    tenantId,
    strategy,
    symbol,
    timeframe,
    closeTime,
    direction,
    reason,
    figures: { ...figures, check },
    createdAt: nowMs,
  };
}
