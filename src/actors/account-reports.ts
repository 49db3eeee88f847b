import { Reconciliation } from '../accounts/reconciliation.js';
import { dealOf, executionOf, foundExecution, type SignalFinder, signalOf } from '../accounts/reports.js';
import { symbolNumbers, toldSymbols, tradedSymbols } from '../accounts/symbols.js';
import type { EaSession } from '../protocol/ea-session.js';
import type { Frame2, HistoryMessage, ResultMessage, SymbolsMessage, TradeMessage } from '../protocol/messages.js';
import type { SignalState } from '../signals/signal.js';
import type { DealRow, LedgerOp, OpResult, SignalRow } from '../storage/ledger/ledger.js';
import type { AccountCommands } from './account-commands.js';
import type { AccountDesk } from './account-desk.js';

/** What an EA reports of its account, on its way into the ledger: acked once it is there, and not before. */
export class AccountReports {
  #reconciliation = new Reconciliation();
  /** What the ledger holds of each broker's symbol, as it was told in this session. */
  readonly #described = new Map<string, string>();
  readonly #finder: SignalFinder;

  constructor(
    readonly desk: AccountDesk,
    readonly commands: AccountCommands,
  ) {
    this.#finder = {
      magicBase: () => desk.terms?.account.magicBase,
      byId: (id) => desk.book.signal(id),
      byNumber: (seq) => desk.book.signalByNumber(seq),
    };
  }

  /** A new session begins: what the last one had told and asked is forgotten. */
  begin(): void {
    this.#reconciliation = new Reconciliation();
    this.#described.clear();
  }

  /** Maps that grow with what is under way, and must not with what has been. */
  get sizes(): Readonly<Record<string, number>> {
    return { described: this.#described.size, doubts: this.#reconciliation.doubts };
  }

  /** The range of history to ask for, where signals wait to be settled by it, or deals that a restore has lost. */
  lookDue(session: EaSession): { readonly fromMs: number; readonly toMs: number } | undefined {
    const { book, context } = this.desk;
    const owed = this.desk.restored?.historyFromMs ?? undefined;
    return this.#reconciliation.due(book.signals, context.clock, session.synchronisedSinceMs, owed);
  }

  result(session: EaSession, frame: Frame2, message: ResultMessage): void {
    const row = this.desk.book.signal(message.id);
    // A question (history, snapshot) has nothing to store: the ledger answers that it knows no such signal.
    if (row === undefined && message.subject === 'COMMAND' && this.commands.result(session, frame, message)) return;
    const execution = executionOf(this.desk.owner(), message);
    const op = { ...this.desk.fence(session), kind: 'result', execution, atMs: this.desk.context.clock.nowMs() } as const;
    const stored = (results: readonly OpResult[]): void => {
      if (this.desk.fenced(session, results)) return;
      const result = results[0];
      if (row !== undefined && result?.kind === 'stored' && result.state !== undefined) {
        this.#moveAfterResult(row, result.state, message);
        this.desk.tell((observer, terms) => observer.executed(terms, row, execution, op.atMs));
      }
      this.desk.durable(session, frame.seq);
    };
    // The session that follows takes the state from the ledger; nobody else would be told.
    const orphaned = ([result]: readonly OpResult[]): void => {
      if (row === undefined || result?.kind !== 'stored' || result.state === undefined) return;
      const { state } = result;
      this.desk.tell((observer, terms) => {
        observer.executed(terms, row, execution, op.atMs);
        observer.moved({ ...row, state }, terms);
      });
    };
    // An EA that knows no acks tells its result once: it is kept here until it is stored.
    this.desk.store(session, [op], stored, session.repeats ? undefined : { kind: 'frame', session, frame }, orphaned);
  }

  #moveAfterResult(before: SignalRow, state: SignalState, { filledVolume, price, position, outcome }: ResultMessage): void {
    const row = this.desk.book.signal(before.id) ?? before;
    const filled =
      outcome === 'EXECUTED'
        ? { filledVolume, fillPrice: price, position: row.kind === 'OPEN' ? String(position) : row.position }
        : {};
    this.desk.keep({ ...row, ...filled, state });
  }

  trade(session: EaSession, seq: number, message: TradeMessage): void {
    const deal = message.tradeKind === 'DEAL' ? dealOf(this.desk.owner(), message, signalOf(message, this.#finder)) : undefined;
    if (deal === undefined) return this.desk.durable(session, seq);
    this.#storeDeals(session, [deal], () => this.desk.durable(session, seq));
  }

  #storeDeals(session: EaSession, deals: readonly DealRow[], then: () => void): void {
    const atMs = this.desk.context.clock.nowMs();
    const ops = deals.map((deal): LedgerOp => ({ ...this.desk.fence(session), kind: 'deal', deal, atMs }));
    const rows = deals.map(({ signalId }) => this.desk.book.signal(signalId ?? ''));
    const orphaned = (results: readonly OpResult[]): void =>
      results.forEach((result, at) => {
        const [deal, row] = [deals[at], rows[at]];
        if (deal === undefined || result.kind !== 'stored') return;
        this.desk.options.observer.dealt(deal);
        if (row !== undefined && result.state !== undefined)
          this.desk.options.observer.moved({ ...row, state: result.state }, this.desk.terms);
      });
    const stored = (results: readonly OpResult[]): void => {
      if (this.desk.fenced(session, results)) return;
      results.forEach((result, at) => {
        const deal = deals[at];
        if (deal === undefined || (result.kind !== 'stored' && result.kind !== 'exists')) return;
        // One that was there may have been stored by a commit whose answer was lost, and then nobody was told.
        this.desk.options.observer.dealt(deal);
        if (result.kind === 'exists') return;
        this.desk.book.keepDeal(deal);
        const row = this.desk.book.signal(deal.signalId ?? '');
        if (row === undefined || result.state === undefined) return;
        const change = deal.entry === 'IN' ? deal.volume : -deal.volume;
        this.desk.keep({ ...row, state: result.state, remainingVolume: Math.max(0, row.remainingVolume + change) });
      });
      then();
    };
    this.desk.store(session, ops, stored, undefined, orphaned);
  }

  symbols(session: EaSession, seq: number, message: SymbolsMessage): void {
    const toldMs = this.desk.context.clock.nowMs();
    const told = toldSymbols(message.symbols);
    // Tick values are told every minute and live in memory; only what is new or changed is worth a commit.
    if (told.every((symbol) => this.#described.get(symbol.brokerName) === JSON.stringify(symbol))) {
      this.desk.book.refreshSymbols(message.symbols, toldMs);
      return this.desk.durable(session, seq);
    }
    const op: LedgerOp = { ...this.desk.fence(session), kind: 'symbols', symbols: told };
    this.desk.store(session, [op], (results) => {
      if (this.desk.fenced(session, results)) return;
      const [result] = results;
      const rows = result?.kind === 'symbols' ? result.rows : [];
      for (const symbol of told) this.#described.set(symbol.brokerName, JSON.stringify(symbol));
      const named = this.desk.book.keepNames(rows);
      const names = new Map(told.map(({ brokerName, symbol }) => [brokerName, symbol]));
      this.desk.book.keepDescribed(message.symbols, (brokerName) => names.get(brokerName) ?? null);
      for (const traded of tradedSymbols(rows, message.symbols, toldMs)) this.desk.book.keepSymbol(traded);
      this.desk.durable(session, seq);
      session.send({ kind: 'SYMBOLS_OK', symbols: symbolNumbers(named, this.desk.book) });
      // Limits of symbols are told by their numbers and points.
      const risk = this.desk.terms?.trading.risk;
      if (risk !== undefined && (risk.symbols !== null || risk.spreadPipsMost !== null)) this.desk.tellState();
    });
  }

  history(session: EaSession, seq: number, message: HistoryMessage): void {
    const deals = message.deals.flatMap((record) => dealOf(this.desk.owner(), record, signalOf(record, this.#finder)) ?? []);
    const after = (): void => {
      const found = this.#settleFound(session, deals);
      for (const row of this.#reconciliation.page(message, this.desk.book.signals, found)) {
        this.desk.transition(session, row, 'EXPIRED', 'not in the history of the broker, looked twice');
      }
      if (this.#reconciliation.takeTold() !== undefined) this.#historyTold(session);
      this.desk.durable(session, seq);
    };
    if (deals.length === 0) after();
    else this.#storeDeals(session, deals, after);
  }

  /** All that was traded since the backup which the ledger was restored from is stored: the account may be given signals. */
  #historyTold(session: EaSession): void {
    const op: LedgerOp = { ...this.desk.fence(session), kind: 'history-told', atMs: this.desk.context.clock.nowMs() };
    this.desk.store(session, [op], (results) => {
      if (this.desk.fenced(session, results) || this.desk.restored === null) return;
      this.desk.restored = { ...this.desk.restored, historyFromMs: null };
    });
  }

  /** What closes in parts is done when nothing is left of the position, or when no more can come of it. */
  #mayBeFound(row: SignalRow): boolean {
    const { kind, state, targetId } = row;
    if (state !== 'UNKNOWN') return false;
    const stands = targetId !== null && this.desk.book.signal(targetId) !== undefined;
    return kind === 'OPEN' || !stands || this.#reconciliation.isOver(row, this.desk.context.clock);
  }

  /** A deal in the history decides an unknown signal: it was executed. Answers the signals so decided. */
  #settleFound(session: EaSession, deals: readonly DealRow[]): readonly string[] {
    const found: string[] = [];
    const offsetMs = (this.desk.terms?.hello.brokerOffsetSeconds ?? 0) * 1_000;
    for (const row of this.desk.book.signals) {
      const execution = this.#mayBeFound(row) ? foundExecution(this.desk.owner(), row, deals, offsetMs) : undefined;
      if (execution === undefined) continue;
      found.push(row.id);
      const op = { ...this.desk.fence(session), kind: 'result', execution, atMs: this.desk.context.clock.nowMs() } as const;
      this.desk.store(session, [op], (results) => {
        if (this.desk.fenced(session, results)) return;
        const [result] = results;
        if (result?.kind !== 'stored' || result.state === undefined) return;
        const { filledVolume, price: fillPrice, position } = execution;
        const now = this.desk.book.signal(row.id) ?? row;
        this.desk.keep({ ...now, state: result.state, filledVolume, fillPrice, position });
        this.desk.tell((observer, terms) => observer.executed(terms, now, execution, op.atMs));
      });
    }
    return found;
  }
}
