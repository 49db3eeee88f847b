/**
 * What the parts of an account's actor share: its session, its book, and the one way in which they write. Everything is stored
 * under the epoch of the session's claim; what comes back of a commit is taken up only while that session is still the one.
 */
import { AccountBook } from '../accounts/account-book.js';
import type { AccountTerms } from '../accounts/assessment.js';
import { liveDirections } from '../accounts/directions.js';
import { riskMessage, settingsMessage } from '../accounts/orders.js';
import { symbolNumbers } from '../accounts/symbols.js';
import { AccountPrices } from '../prices/account-prices.js';
import { sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { EaSession } from '../protocol/ea-session.js';
import type { Directions, SignalState } from '../signals/signal.js';
import type { LedgerOp, OpResult, RestoredAccount, SignalRow } from '../storage/ledger/ledger.js';
import type { AccountMessage, AccountObserver, AccountOptions } from './account.js';
import type { ActorContext } from './actor.js';

/** How soon something is tried again that could not be priced, or whose commit failed. */
export const AGAIN_MS = 250;
const NO_NAMES: Readonly<Record<string, string>> = {};

export class AccountDesk {
  terms: AccountTerms | undefined;
  book = new AccountBook();
  /** Where the ledger was put back from a backup; by this node's clock. */
  restored: RestoredAccount | null = null;
  /** Outlives sessions: they are all at the same broker. */
  readonly prices: AccountPrices;
  readonly #live = new Map<string, Directions>();
  #commands = 0;
  #revision = 0;
  #ackArmed = false;
  #heardOfSignals: (row: SignalRow) => void = () => {};
  #session: EaSession | undefined;
  #restoreAhead: { readonly atMs: number; readonly seenMs: number } | undefined;

  constructor(
    readonly context: ActorContext<AccountMessage>,
    readonly options: AccountOptions,
  ) {
    this.prices = new AccountPrices({
      reference: options.reference,
      isReference: () => options.isReference?.(options.accountId) ?? false,
      onAlarm: (episode) => this.tell((observer, terms) => observer.deviated(terms, episode)),
    });
  }

  get session(): EaSession | undefined {
    return this.#session;
  }

  /** With a session its quotes end, and with them what they said of now. */
  set session(session: EaSession | undefined) {
    const nowMs = this.context.clock.nowMs();
    if (this.#session !== undefined) this.tell((observer, terms) => observer.ended(terms, nowMs));
    this.#session = session;
    this.prices.interrupt(nowMs);
  }

  /** A new session begins, with an empty book: what is known of the account now comes of its claim. */
  begin(session: EaSession, terms: AccountTerms): void {
    this.session = session;
    this.terms = terms;
    this.book = new AccountBook();
    this.#ackArmed = false;
    this.#live.clear();
    this.options.tenant.tell({ kind: 'forget', accountId: this.options.accountId });
  }

  /**
   * A restore tells its times by the clock of its machine, which may be ahead of the node's: the demo's lives in a year of its own.
   * By this node's clock it was then no later than it was first heard of, and nothing is known of when the backup was made.
   */
  takeRestored(restored: RestoredAccount | null): void {
    const nowMs = this.context.clock.nowMs();
    this.restored = restored;
    if (restored === null || restored.atMs <= nowMs) return;
    if (this.#restoreAhead?.atMs !== restored.atMs) this.#restoreAhead = { atMs: restored.atMs, seenMs: nowMs };
    const { historyFromMs } = restored;
    const ahead = historyFromMs !== null && historyFromMs > this.#restoreAhead.seenMs;
    this.restored = { atMs: this.#restoreAhead.seenMs, historyFromMs: ahead ? 0 : historyFromMs };
  }

  /** What the EA is to keep to by itself, after each WELCOME and whenever it has changed. */
  tellState(): void {
    const { session, terms, book } = this;
    if (session === undefined || terms === undefined) return;
    // Revisions must grow over restarts and nodes too, so they are made of the epoch.
    this.#revision += 1;
    const revision = session.epoch * 1_000_000 + this.#revision;
    session.send(riskMessage(terms, book, revision));
    session.send(settingsMessage(terms, book, revision));
  }

  /** Maps that grow with what is under way, and must not with what has been. */
  get sizes(): Readonly<Record<string, number>> {
    return { live: this.#live.size };
  }

  /** Which of several symbols of the broker's is traded, as the settings have it now; its EA is told what changed. */
  preferSymbols(): void {
    const changed = this.book.prefer(this.terms?.trading.risk.brokerNames ?? NO_NAMES);
    if (changed.length > 0) this.session?.send({ kind: 'SYMBOLS_OK', symbols: symbolNumbers(changed, this.book) });
  }

  /** The time of an ack that is owed has come. */
  acknowledge(session: EaSession): void {
    this.#ackArmed = false;
    if (session.ackDueMs !== undefined) session.beat();
  }

  commandId(session: EaSession): string {
    this.#commands += 1;
    return this.options.ids.idFor(
      `command:${this.options.accountId}:${session.epoch}:${this.#commands}`,
      this.context.clock.nowMs(),
    );
  }

  /**
   * Stores, and then goes on with the answers; a failure ends the session, and the EA tells again what was not acked. Where the
   * session has ended meanwhile, `orphaned` gets the answers.
   */
  store(
    session: EaSession,
    ops: readonly LedgerOp[],
    then: (results: readonly OpResult[]) => void,
    again?: AccountMessage,
    orphaned?: (results: readonly OpResult[]) => void,
  ): void {
    this.context.pipe(
      this.options.commit(ops),
      (results) => ({ kind: 'stored', session, results, then, orphaned }),
      (error) => ({ kind: 'failed', session, error, ...(again ? { again } : {}) }),
    );
  }

  failed(session: EaSession, error: unknown, again: AccountMessage | undefined): void {
    this.context.log.warn({ err: sentence(error) }, 'the ledger did not store an operation');
    if (again !== undefined) this.context.after(AGAIN_MS, again);
    else {
      session.refuse('BUSY', 'The ledger does not answer; what you told is not kept, tell it again.', 5_000);
      this.session = undefined;
    }
  }

  /** True when the ledger says that another session owns the account: this one is over. */
  fenced(session: EaSession, results: readonly OpResult[]): boolean {
    if (!results.some(({ kind }) => kind === 'fenced')) return false;
    session.goodbye('NEWER_SESSION', 'A newer session owns this account.');
    this.session = undefined;
    return true;
  }

  durable(session: EaSession, seq: number): void {
    session.durable(seq);
    const dueMs = session.ackDueMs;
    if (dueMs === undefined || this.#ackArmed) return;
    this.#ackArmed = true;
    // Half of what is allowed: whatever else is sent meanwhile carries the ack for nothing.
    this.context.after(LIMITS.session.ackOwedMs / 2, { kind: 'ack', session });
  }

  fence(session: EaSession): { readonly accountId: string; readonly epoch: number } {
    return { accountId: this.options.accountId, epoch: session.epoch };
  }

  tell(event: (observer: AccountObserver, terms: AccountTerms) => void): void {
    if (this.terms !== undefined) event(this.options.observer, this.terms);
  }

  owner(): { readonly accountId: string; readonly tenantId: string } {
    return { accountId: this.options.accountId, tenantId: this.terms?.account.tenantId ?? '' };
  }

  transition(session: EaSession, row: SignalRow, to: SignalState, reason: string | null, then?: (row: SignalRow) => void): void {
    const atMs = this.context.clock.nowMs();
    const op: LedgerOp = {
      ...this.fence(session),
      kind: 'transition',
      signalId: row.id,
      from: [row.state],
      to,
      reason,
      atMs,
      instance: session.instance,
    };
    this.store(session, [op], (results) => {
      if (this.fenced(session, results)) return;
      const [result] = results;
      if (result?.kind !== 'moved' && result?.kind !== 'unmoved') return;
      const instance = to === 'SENT' ? session.instance : row.instance;
      const moved: SignalRow = { ...(this.book.signal(row.id) ?? row), state: result.state, instance };
      this.keep(moved);
      if (result.kind === 'moved') then?.(moved);
    });
  }

  /** Tells of every signal whose state has changed, once the ledger has it. */
  onKept(told: (row: SignalRow) => void): void {
    this.#heardOfSignals = told;
  }

  keep(row: SignalRow): void {
    this.book.keepSignal(row);
    this.#heardOfSignals(row);
    this.options.observer.moved(row, this.terms);
    this.tellLive([row.symbol]);
  }

  /** The tenant raises nothing in a direction in which one of its accounts is live. */
  tellLive(symbols: readonly string[]): void {
    for (const symbol of new Set(symbols)) {
      const rows = this.book.live(symbol);
      // Of a position whose end is never told, only the sending counts: it would keep the tenant silent for good.
      const directions = liveDirections(
        this.session?.tellsTrades === false ? rows.filter(({ state }) => state === 'SENT') : rows,
      );
      const before = this.#live.get(symbol);
      if (before?.BUY === directions.BUY && before.SELL === directions.SELL) continue;
      this.#live.set(symbol, directions);
      this.options.tenant.tell({ kind: 'live', accountId: this.options.accountId, symbol, directions });
    }
  }
}
