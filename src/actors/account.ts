/**
 * One MT5 account: owns the EA's session, prices and sizes the tenant's decisions for it, and walks each of its signals
 * through its life. What makes it safe:
 *
 * - A signal is a committed row before its first byte leaves; a decision that comes twice meets its natural key.
 * - Everything is written under the epoch of the session's claim. When the ledger says `fenced`, another session owns the
 *   account: this one ends and sends nothing more.
 * - What the EA reports is acked once the commit that holds it is durable, and not before. A commit that fails ends the
 *   session without an ack, so the EA keeps its report and tells it again.
 * - An EA that cannot recognise a repeat (suho-1) is sent nothing twice: what may have left in an earlier session is UNKNOWN.
 * - A crash forgets everything here; the session ends with it, and the next HELLO loads the ledger's truth.
 */
import { AccountBook } from '../accounts/account-book.js';
import {
  type AccountTerms,
  type Assessor,
  closeSignal,
  openSignal,
  type Refused,
  refusalRow,
  type SignalPlace,
} from '../accounts/assessment.js';
import { liveDirections } from '../accounts/directions.js';
import { closeMessage, historyMessage, riskMessage, settingsMessage, signalMessage } from '../accounts/orders.js';
import { Reconciliation } from '../accounts/reconciliation.js';
import { dealOf, executionOf, type SignalFinder, signalOf } from '../accounts/reports.js';
import { symbolNumbers, toldSymbols, tradedSymbols } from '../accounts/symbols.js';
import { sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Frame2, HelloMessage, HistoryMessage, ResultMessage, SymbolsMessage, TradeMessage } from '../protocol/messages.js';
import type { EaSession } from '../protocol/ea-session.js';
import { unreachable } from '../runtime/assert.js';
import type { Ids } from '../runtime/ids.js';
import type { Decision, Directions, SignalState } from '../signals/signal.js';
import type { AccountRow, Claimed, DealRow, LedgerOp, OpResult, SignalRow } from '../storage/ledger/ledger.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import type { SignalMessage } from './signal.js';

export type AccountClaim = Extract<Claimed, { kind: 'claimed' }>;

/** Told of what happens, for the terminal view and the metrics. */
export interface AccountObserver {
  sent(row: SignalRow, tickAtNs: bigint | undefined): void;
  refused(reason: string, symbol: string, accountId: string): void;
  moved(row: SignalRow): void;
}

export interface AccountOptions {
  readonly accountId: string;
  readonly heartbeatMs: number;
  readonly ids: Ids;
  readonly assessor: Assessor;
  /** Commits in the order of the calls. */
  readonly commit: (ops: readonly LedgerOp[]) => Promise<readonly OpResult[]>;
  readonly tenant: ActorRef<SignalMessage>;
  readonly observer: AccountObserver;
}

/** A decision, and when the tick that closed its candle came in, by the machine's clock. */
export interface TimedDecision {
  readonly decision: Decision;
  readonly tickAtNs?: bigint;
}

interface OfSession {
  readonly session: EaSession;
}

export type AccountMessage =
  | (OfSession & { readonly kind: 'session'; readonly claim: AccountClaim; readonly hello: HelloMessage })
  | (OfSession & { readonly kind: 'frame'; readonly frame: Frame2 })
  | (OfSession & { readonly kind: 'lost' })
  | { readonly kind: 'decision'; readonly timed: TimedDecision }
  | { readonly kind: 'account'; readonly account: AccountRow }
  | (OfSession & { readonly kind: 'retry'; readonly timed: TimedDecision; readonly op: LedgerOp })
  | (OfSession & {
      readonly kind: 'stored';
      readonly results: readonly OpResult[];
      readonly then: (results: readonly OpResult[]) => void;
    })
  | (OfSession & { readonly kind: 'failed'; readonly error: unknown; readonly again?: AccountMessage })
  | { readonly kind: 'deadline'; readonly signalId: string }
  | (OfSession & { readonly kind: 'beat' })
  | (OfSession & { readonly kind: 'ack' });

/** How soon a decision is looked at again that could not be priced, or whose commit failed. */
const AGAIN_MS = 250;
/** A session this young may not have told its symbols, money and quotes yet. */
const YOUNG_MS = 15_000;

class AccountActor implements Behaviour<AccountMessage> {
  #session: EaSession | undefined;
  #terms: AccountTerms | undefined;
  #book = new AccountBook();
  #reconciliation = new Reconciliation();
  readonly #live = new Map<string, Directions>();
  /** What the ledger holds of each broker's symbol, as it was told in this session. */
  readonly #described = new Map<string, string>();
  readonly #finder: SignalFinder;
  #revision = 0;
  #commands = 0;
  #refused = 0;
  #ackArmed = false;
  /** The account is passed between two EAs: it gets no signals until an operator has looked. */
  #contested = false;

  constructor(
    readonly context: ActorContext<AccountMessage>,
    readonly options: AccountOptions,
  ) {
    this.#finder = {
      magicBase: () => this.#terms?.account.magicBase,
      byId: (id) => this.#book.signal(id),
      byNumber: (seq) => this.#book.signalByNumber(seq),
    };
  }

  receive(message: AccountMessage): void {
    // Whatever a former session began is answered by nobody: its successor has loaded the ledger's truth.
    if ('session' in message && message.kind !== 'session' && message.session !== this.#session) return;
    switch (message.kind) {
      case 'session':
        return this.#adopt(message.session, message.claim, message.hello);
      case 'frame':
        return this.#frame(message.session, message.frame);
      case 'lost':
        this.#session?.lost();
        this.#session = undefined;
        return;
      case 'decision':
        return this.#decide(message.timed);
      case 'account':
        return this.#changed(message.account);
      case 'retry':
        return this.#raise(message.session, message.timed, message.op);
      case 'stored':
        return message.then(message.results);
      case 'failed':
        return this.#failed(message.session, message.error, message.again);
      case 'deadline':
        return this.#overdue(message.signalId);
      case 'beat':
        return this.#beat(message.session);
      case 'ack':
        this.#ackArmed = false;
        if (message.session.ackDueMs !== undefined) message.session.beat();
        return;
      default:
        return unreachable(message);
    }
  }

  released(): void {
    this.#session?.goodbye('RESTART', 'The server restarts its side of this account; connect again.');
    this.#session = undefined;
  }

  inspect(): Readonly<Record<string, unknown>> {
    const session = this.#session;
    return {
      mode: this.#terms?.account.mode ?? null,
      session: session && {
        id: session.id,
        open: session.isOpen,
        epoch: session.epoch,
        address: session.remoteAddress,
        unacked: session.unacked,
      },
      signals: this.#book.signalCount,
      symbols: this.#book.symbolCount,
      equity: this.#book.finance?.equity ?? null,
      refused: this.#refused,
      contested: this.#contested,
    };
  }

  // The session.

  #adopt(session: EaSession, claim: AccountClaim, hello: HelloMessage): void {
    const older = this.#session;
    if (older !== undefined && older.epoch > session.epoch) {
      session.goodbye('NEWER_SESSION', 'A newer session owns this account.');
      return;
    }
    older?.goodbye('NEWER_SESSION', 'A newer session owns this account.');
    this.#session = session;
    this.#terms = { account: claim.account, hello };
    this.#book = new AccountBook();
    this.#reconciliation = new Reconciliation();
    this.#ackArmed = false;
    for (const row of claim.open) this.#book.keepSignal(row);
    this.#book.keepNames(claim.symbols);
    this.#live.clear();
    this.#described.clear();
    this.options.tenant.tell({ kind: 'forget', accountId: this.options.accountId });
    this.#tellLive(claim.open.map(({ symbol }) => symbol));
    session.welcome();
    if (claim.symbols.length > 0) session.send({ kind: 'SYMBOLS_OK', symbols: symbolNumbers(claim.symbols) });
    this.#tellState(session, claim.account);
    this.#contested = claim.takeovers >= LIMITS.session.takeovers;
    if (this.#contested)
      this.context.log.error({ takeovers: claim.takeovers }, 'two EAs take this account from each other; it gets no signals');
    for (const row of claim.open) this.#resume(session, row);
    this.context.every(this.options.heartbeatMs, { kind: 'beat', session });
    this.options.tenant.tell({ kind: 'connected', accountId: this.options.accountId });
  }

  #changed(account: AccountRow): void {
    if (this.#terms === undefined || this.#session === undefined) return;
    this.#terms = { ...this.#terms, account: { ...this.#terms.account, mode: account.mode } };
    this.#tellState(this.#session, this.#terms.account);
  }

  #tellState(session: EaSession, account: AccountRow): void {
    // Revisions must grow over restarts and nodes too, so they are made of the epoch.
    this.#revision += 1;
    const revision = session.epoch * 1_000_000 + this.#revision;
    session.send(riskMessage(account, revision));
    session.send(settingsMessage(account, revision));
  }

  #beat(session: EaSession): void {
    if (session.dead) {
      session.goodbye('SILENCE', 'Nothing has been heard from you for three heartbeats.');
      this.#session = undefined;
      return;
    }
    session.beat();
    const nowMs = this.context.clock.nowMs();
    const range = this.#reconciliation.due(this.#book.signals, nowMs, session.synchronisedSinceMs);
    if (range !== undefined) session.send(historyMessage(this.#commandId(session), range.fromMs, range.toMs, nowMs + YOUNG_MS));
  }

  #commandId(session: EaSession): string {
    this.#commands += 1;
    return this.options.ids.idFor(
      `command:${this.options.accountId}:${session.epoch}:${this.#commands}`,
      this.context.clock.nowMs(),
    );
  }

  /** Stores, and then goes on with the answers; a failure ends the session, and the EA tells again what was not acked. */
  #store(
    session: EaSession,
    ops: readonly LedgerOp[],
    then: (results: readonly OpResult[]) => void,
    again?: AccountMessage,
  ): void {
    this.context.pipe(
      this.options.commit(ops),
      (results) => ({ kind: 'stored', session, results, then }),
      (error) => ({ kind: 'failed', session, error, ...(again ? { again } : {}) }),
    );
  }

  #failed(session: EaSession, error: unknown, again: AccountMessage | undefined): void {
    this.context.log.warn({ err: sentence(error) }, 'the ledger did not store an operation');
    if (again !== undefined) this.context.after(AGAIN_MS, again);
    else {
      session.refuse('BUSY', 'The ledger does not answer; what you told is not kept, tell it again.', 5_000);
      this.#session = undefined;
    }
  }

  /** True when the ledger says that another session owns the account: this one is over. */
  #fenced(session: EaSession, results: readonly OpResult[]): boolean {
    if (!results.some(({ kind }) => kind === 'fenced')) return false;
    session.goodbye('NEWER_SESSION', 'A newer session owns this account.');
    this.#session = undefined;
    return true;
  }

  #durable(session: EaSession, seq: number): void {
    session.durable(seq);
    const dueMs = session.ackDueMs;
    if (dueMs === undefined || this.#ackArmed) return;
    this.#ackArmed = true;
    // Half of what is allowed: whatever else is sent meanwhile carries the ack for nothing.
    this.context.after(LIMITS.session.ackOwedMs / 2, { kind: 'ack', session });
  }

  #fence(session: EaSession): { readonly accountId: string; readonly epoch: number } {
    return { accountId: this.options.accountId, epoch: session.epoch };
  }

  // What the EA tells.

  #frame(session: EaSession, frame: Frame2): void {
    if (!session.accept(frame)) {
      if (!session.isOpen) this.#session = undefined;
      return;
    }
    const { message, seq } = frame;
    const nowMs = this.context.clock.nowMs();
    switch (message.kind) {
      case 'QUOTES':
        return this.#book.keepQuotes(message.quotes, nowMs);
      case 'FINANCE':
        return this.#book.keepFinance(message, nowMs);
      case 'RESULT':
        return this.#result(session, frame, message);
      case 'TRADE':
        return this.#trade(session, seq, message);
      case 'SYMBOLS':
        return this.#symbols(session, seq, message);
      case 'HISTORY':
        return this.#history(session, seq, message);
      case 'GOODBYE':
        session.goodbye('SHUTDOWN', 'Goodbye.');
        this.#session = undefined;
        return;
      case 'HEARTBEAT':
      case 'SNAPSHOT':
      case 'TOKEN':
      case 'IGNORED':
        return this.#durable(session, seq);
      default:
        session.refuse('UNEXPECTED', `A ${message.kind} is not for a server, or not at this point.`);
        this.#session = undefined;
    }
  }

  #result(session: EaSession, frame: Frame2, message: ResultMessage): void {
    const row = this.#book.signal(message.id);
    // A command that is no signal of the ledger (history, snapshot) has nothing to store.
    if (row === undefined && message.subject === 'COMMAND') return this.#durable(session, frame.seq);
    const execution = executionOf(this.#owner(), message);
    const op: LedgerOp = { ...this.#fence(session), kind: 'result', execution, atMs: this.context.clock.nowMs() };
    const stored = (results: readonly OpResult[]): void => {
      if (this.#fenced(session, results)) return;
      const result = results[0];
      if (row !== undefined && result?.kind === 'stored' && result.state !== undefined)
        this.#moveAfterResult(row, result.state, message);
      this.#durable(session, frame.seq);
    };
    // An EA that knows no acks tells its result once: it is kept here until it is stored.
    this.#store(session, [op], stored, session.repeats ? undefined : { kind: 'frame', session, frame });
  }

  #moveAfterResult(before: SignalRow, state: SignalState, { filledVolume, price, position, outcome }: ResultMessage): void {
    const row = this.#book.signal(before.id) ?? before;
    const filled =
      outcome === 'EXECUTED'
        ? {
            filledVolume,
            fillPrice: price,
            position: row.kind === 'OPEN' ? String(position) : row.position,
            remainingVolume: row.remainingVolume > 0 ? row.remainingVolume : filledVolume,
          }
        : {};
    this.#keep({ ...row, ...filled, state });
  }

  #trade(session: EaSession, seq: number, message: TradeMessage): void {
    const deal = message.tradeKind === 'DEAL' ? dealOf(this.#owner(), message, signalOf(message, this.#finder)) : undefined;
    if (deal === undefined) return this.#durable(session, seq);
    this.#storeDeals(session, [deal], () => this.#durable(session, seq));
  }

  #storeDeals(session: EaSession, deals: readonly DealRow[], then: () => void): void {
    const atMs = this.context.clock.nowMs();
    const ops = deals.map((deal): LedgerOp => ({ ...this.#fence(session), kind: 'deal', deal, atMs }));
    this.#store(session, ops, (results) => {
      if (this.#fenced(session, results)) return;
      results.forEach((result, at) => {
        const row = this.#book.signal(deals[at]?.signalId ?? '');
        if (row !== undefined && result.kind === 'stored' && result.state !== undefined)
          this.#keep({ ...row, state: result.state });
      });
      then();
    });
  }

  #symbols(session: EaSession, seq: number, message: SymbolsMessage): void {
    const toldMs = this.context.clock.nowMs();
    const told = toldSymbols(message.symbols);
    // Tick values are told every minute and live in memory; only what is new or changed is worth a commit.
    if (told.every((symbol) => this.#described.get(symbol.brokerName) === JSON.stringify(symbol))) {
      this.#book.refreshSymbols(message.symbols, toldMs);
      return this.#durable(session, seq);
    }
    const op: LedgerOp = { ...this.#fence(session), kind: 'symbols', symbols: told };
    this.#store(session, [op], (results) => {
      if (this.#fenced(session, results)) return;
      const [result] = results;
      const rows = result?.kind === 'symbols' ? result.rows : [];
      for (const symbol of told) this.#described.set(symbol.brokerName, JSON.stringify(symbol));
      this.#book.keepNames(rows);
      for (const traded of tradedSymbols(rows, message.symbols, toldMs)) this.#book.keepSymbol(traded);
      this.#durable(session, seq);
      session.send({ kind: 'SYMBOLS_OK', symbols: symbolNumbers(rows) });
    });
  }

  #history(session: EaSession, seq: number, message: HistoryMessage): void {
    const deals = message.deals.flatMap((record) => dealOf(this.#owner(), record, signalOf(record, this.#finder)) ?? []);
    const after = (): void => {
      this.#settleFound(session, deals);
      this.#settleMissing(session, this.#reconciliation.page(message, this.#book.signals));
      this.#durable(session, seq);
    };
    if (deals.length === 0) after();
    else this.#storeDeals(session, deals, after);
  }

  /** A deal in the history decides an unknown signal: it was executed. */
  #settleFound(session: EaSession, deals: readonly DealRow[]): void {
    for (const deal of deals) {
      const row = deal.signalId === null ? undefined : this.#book.signal(deal.signalId);
      if (row?.state !== 'UNKNOWN' || deal.entry !== 'IN') continue;
      const execution = {
        ...this.#owner(),
        signalId: row.id,
        attempt: 0,
        outcome: 'EXECUTED' as const,
        requestedVolume: row.volume,
        filledVolume: deal.volume,
        price: deal.price,
        retcode: 0,
        order: deal.order,
        position: deal.position,
        deals: [deal.deal],
        receivedAt: 0,
        doneAt: deal.brokerTime,
        sentence: 'found in the history of the broker',
      };
      this.#store(
        session,
        [{ ...this.#fence(session), kind: 'result', execution, atMs: this.context.clock.nowMs() }],
        (results) => {
          if (this.#fenced(session, results)) return;
          const [result] = results;
          if (result?.kind !== 'stored' || result.state === undefined) return;
          const { filledVolume, price: fillPrice, position } = execution;
          this.#keep({ ...row, state: result.state, filledVolume, fillPrice, position });
        },
      );
    }
  }

  #settleMissing(session: EaSession, rows: readonly SignalRow[]): void {
    for (const row of rows) this.#transition(session, row, 'EXPIRED', 'not in the history of the broker, looked twice');
  }

  #owner(): { readonly accountId: string; readonly tenantId: string } {
    return { accountId: this.options.accountId, tenantId: this.#terms?.account.tenantId ?? '' };
  }

  // What the engine tells.

  #decide(timed: TimedDecision): void {
    const session = this.#session;
    const terms = this.#terms;
    // Without a session the account takes no row; its tenant offers what is still valid when it connects.
    if (session === undefined || terms === undefined || this.#contested) return;
    if (timed.decision.kind === 'CLOSE') return this.#close(session, timed);
    const { decision } = timed;
    const nowMs = this.context.clock.nowMs();
    if (decision.validUntil <= nowMs) return;
    const barred = session.unfit({ kind: 'OPEN', symbol: decision.symbol });
    if (barred !== undefined) return this.#refuse(session, timed, { ...barred, check: 'profile' });
    if (nowMs - session.startedMs < YOUNG_MS && !this.#book.canPrice(decision.symbol)) {
      this.context.after(AGAIN_MS, { kind: 'decision', timed });
      return;
    }
    const assessed = this.options.assessor(decision, terms, this.#book, nowMs);
    if (!assessed.ok) return this.#refuse(session, timed, assessed);
    const unfit = session.unfit({ kind: 'OPEN', ...assessed.order });
    if (unfit !== undefined) return this.#refuse(session, timed, { ...unfit, check: 'profile' });
    const signal = openSignal(decision, assessed.order, this.#place(session, decision));
    this.#raise(session, timed, { ...this.#fence(session), kind: 'raise', signal });
  }

  #refuse(session: EaSession, timed: TimedDecision, refused: Refused): void {
    const { decision } = timed;
    this.#refused += 1;
    this.options.observer.refused(refused.reason, decision.symbol, this.options.accountId);
    const refusal = refusalRow(decision, this.options.accountId, refused, this.context.clock.nowMs());
    const op: LedgerOp = { ...this.#fence(session), kind: 'refuse', refusal };
    this.#store(session, [op], (results) => void this.#fenced(session, results), { kind: 'decision', timed });
  }

  #place(session: EaSession, decision: Decision): SignalPlace {
    const { accountId, ids } = this.options;
    const nowMs = this.context.clock.nowMs();
    const { strategy, symbol, timeframe, closeTime, kind } = decision;
    const id = ids.idFor(`signal:${accountId}:${strategy}:${symbol}:${timeframe}:${closeTime}:${kind}`, nowMs);
    return { id, accountId, instance: session.instance, nowMs };
  }

  /** The other side won: what this account holds of the old one is closed, and what may still be executed is called back. */
  #close(session: EaSession, timed: TimedDecision): void {
    const { decision } = timed;
    const held = this.#book.live(decision.symbol).filter(({ direction }) => direction === decision.direction);
    const unfit = session.unfit({ kind: 'CLOSE', symbol: decision.symbol });
    if (unfit !== undefined) {
      if (held.length > 0) this.#refuse(session, timed, { ...unfit, check: 'profile' });
      return;
    }
    for (const row of held) {
      if (row.state === 'EXECUTED' && row.position !== '0') {
        const signal = closeSignal(decision, row, this.#place(session, decision));
        this.#raise(session, timed, { ...this.#fence(session), kind: 'raise', signal });
      } else if (row.state !== 'EXECUTED') {
        session.send({
          ...closeMessage(row),
          id: this.#commandId(session),
          action: 'CANCEL_SIGNAL',
          position: 0n,
          signalId: row.id,
          validUntilMs: decision.validUntil,
        });
      }
    }
  }

  #raise(session: EaSession, timed: TimedDecision, op: LedgerOp): void {
    if (op.kind !== 'raise' || !session.isOpen || op.signal.validUntil <= this.context.clock.nowMs()) return;
    const after = (results: readonly OpResult[]): void => {
      if (this.#fenced(session, results)) return;
      const [result] = results;
      // A commit that was reported as failed may have happened: the row that a retry meets is then ours, and not yet sent.
      const row =
        result?.kind === 'raised' || (result?.kind === 'exists' && result.row?.id === op.signal.id) ? result.row : undefined;
      // A row that has gone on since was sent before; what came of it is not asked for again.
      if (row?.state !== 'SENT' || this.#book.signal(row.id) !== undefined) return;
      this.#keep(row);
      this.#send(session, row, false);
      this.options.observer.sent(row, timed.tickAtNs);
    };
    this.#store(session, [op], after, { kind: 'retry', session, timed, op });
  }

  #send(session: EaSession, row: SignalRow, possibleDuplicate: boolean): void {
    if (row.kind === 'CLOSE') session.send(closeMessage(row), possibleDuplicate);
    else {
      const named = this.#book.named(row.symbol);
      if (named !== undefined && this.#terms !== undefined)
        session.send(signalMessage(row, this.#terms.account.magicBase, named), possibleDuplicate);
    }
    if (row.state === 'SENT') {
      const waitMs = row.validUntil + LIMITS.signal.resultGraceMs - this.context.clock.nowMs();
      this.context.after(Math.max(0, waitMs), { kind: 'deadline', signalId: row.id });
    }
  }

  /** Takes up, in a new session, a signal that an earlier one left without a final RESULT. */
  #resume(session: EaSession, row: SignalRow): void {
    const nowMs = this.context.clock.nowMs();
    if (row.state === 'PENDING') {
      const unfit = session.unfit(row);
      if (row.validUntil <= nowMs) this.#transition(session, row, 'EXPIRED', 'no session came while it was valid');
      else if (unfit !== undefined) this.#transition(session, row, 'CANCELLED', unfit.reason);
      else this.#transition(session, row, 'SENT', null, (sent) => this.#send(session, sent, false));
    } else if (row.state === 'SENT' && !session.repeats) {
      this.#transition(session, row, 'UNKNOWN', 'the session ended before its answer, and its EA cannot be asked');
    } else if (row.state === 'SENT' && row.instance !== session.instance) {
      // Another record than the one it went to: only the broker's history can tell what became of it.
      this.#transition(session, row, 'UNKNOWN', 'sent to an EA of another instance');
    } else if (row.state === 'SENT' || (row.state === 'UNKNOWN' && session.repeats && row.instance === session.instance))
      this.#send(session, row, true);
  }

  #overdue(signalId: string): void {
    const row = this.#book.signal(signalId);
    if (row?.state !== 'SENT' || this.#session === undefined) return;
    this.#transition(this.#session, row, 'UNKNOWN', 'no result in time');
  }

  #transition(session: EaSession, row: SignalRow, to: SignalState, reason: string | null, then?: (row: SignalRow) => void): void {
    const atMs = this.context.clock.nowMs();
    const op: LedgerOp = {
      ...this.#fence(session),
      kind: 'transition',
      signalId: row.id,
      from: [row.state],
      to,
      reason,
      atMs,
      instance: session.instance,
    };
    this.#store(session, [op], (results) => {
      if (this.#fenced(session, results)) return;
      const [result] = results;
      if (result?.kind !== 'moved' && result?.kind !== 'unmoved') return;
      const instance = to === 'SENT' ? session.instance : row.instance;
      const moved: SignalRow = { ...(this.#book.signal(row.id) ?? row), state: result.state, instance };
      this.#keep(moved);
      if (result.kind === 'moved') then?.(moved);
    });
  }

  #keep(row: SignalRow): void {
    this.#book.keepSignal(row);
    this.options.observer.moved(row);
    this.#tellLive([row.symbol]);
  }

  /** The tenant raises nothing in a direction in which one of its accounts is live. */
  #tellLive(symbols: readonly string[]): void {
    for (const symbol of new Set(symbols)) {
      const rows = this.#book.live(symbol);
      // Of a position whose end is never told, only the sending counts: it would keep the tenant silent for good.
      const directions = liveDirections(
        this.#session?.tellsTrades === false ? rows.filter(({ state }) => state === 'SENT') : rows,
      );
      const before = this.#live.get(symbol);
      if (before?.BUY === directions.BUY && before.SELL === directions.SELL) continue;
      this.#live.set(symbol, directions);
      this.options.tenant.tell({ kind: 'live', accountId: this.options.accountId, symbol, directions });
    }
  }
}

export function accountActor(options: AccountOptions): ActorSpec<AccountMessage> {
  return { name: options.accountId, create: (context) => new AccountActor(context, options) };
}
