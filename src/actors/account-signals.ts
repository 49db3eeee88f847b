import type { Allowance } from '../accounts/allowances.js';
import {
  type AccountTerms,
  closeSignal,
  openSignal,
  type Refused,
  refusalRow,
  type SignalPlace,
} from '../accounts/assessment.js';
import { closeMessage, signalMessage } from '../accounts/orders.js';
import { LIMITS } from '../limits.js';
import type { EaSession } from '../protocol/ea-session.js';
import { type Decision, opposite, type TimedDecision } from '../signals/signal.js';
import type { LedgerOp, OpResult, SignalRow } from '../storage/ledger/ledger.js';
import type { AccountCommands } from './account-commands.js';
import { type AccountDesk, AGAIN_MS } from './account-desk.js';

/** How soon a transition is tried again that the ledger did not take while no session stood. */
const LATER_MS = 5_000;
/** A session this young may not have told its symbols, money and quotes yet. */
export const YOUNG_MS = 15_000;

/** Refused for want of what a young session is about to tell, or what is being read for it, or what a node that is young itself has yet to hear. */
const NOT_YET_TOLD: ReadonlySet<string> = new Set(['positions-unknown', 'drawdown-unknown', 'reference-missing']);

function madeOf({ lineage }: TimedDecision): { readonly lineage?: string } {
  return lineage === undefined ? {} : { lineage };
}

/** What must be closed for the decision to open. */
function closing(decision: Decision): Decision {
  return { ...decision, kind: 'CLOSE', direction: opposite(decision.direction), stopLoss: 0, takeProfit: 0 };
}

/** The day's signals are used up: a refusal like one of risk, that tells when there are more. */
function usedUp({ limit, used, resetAtMs }: Extract<Allowance, { allowed: false }>): Refused {
  return { reason: 'signals-used-up', check: 'allowance', figures: { limit, used, resetAtMs } };
}

/** From the tenant's decisions to signals at the EA, and each signal's way while nothing is heard of it. */
export class AccountSignals {
  refused = 0;
  /** The account is passed between two EAs: it gets no signals until an operator has looked. */
  contested = false;
  /** The newest close for which each symbol's other side was closed. */
  readonly #cleared = new Map<string, string>();

  constructor(
    readonly desk: AccountDesk,
    readonly commands: AccountCommands,
  ) {}

  decide(timed: TimedDecision): void {
    const session = this.desk.session;
    const terms = this.desk.terms;
    // Without a session the account takes no row; its tenant offers what is still valid when it connects.
    if (!session?.isOpen || terms === undefined || this.contested) return;
    if (timed.decision.kind === 'CLOSE') return this.#close(session, timed);
    const { decision } = timed;
    const nowMs = this.desk.context.clock.nowMs();
    if (decision.validUntil <= nowMs || this.#mayHaveBeenLost(decision) || this.#isRaising(decision)) return;
    const barred = session.unfit({ kind: 'OPEN', symbol: decision.symbol });
    if (barred !== undefined) return this.#refuse(session, timed, { ...barred, check: 'profile' });
    const young = nowMs - session.startedMs < YOUNG_MS;
    const early = young && !this.desk.book.canPrice(decision.symbol);
    const standing = this.desk.prices.standing(decision.symbol);
    const spiked = standing?.spikeSinceMs !== undefined && nowMs - standing.spikeSinceMs < LIMITS.prices.waitMs;
    if (early || spiked || this.#historyOwed(session) || this.#mustCloseFirst(session, terms, timed)) {
      this.desk.context.after(AGAIN_MS, { kind: 'decision', timed });
      return;
    }
    const assessed = this.desk.options.assessor(decision, terms, this.desk.book, nowMs, standing);
    if (!assessed.ok && this.#mayYetPass(assessed.reason, decision, young)) {
      this.desk.context.after(AGAIN_MS, { kind: 'decision', timed });
      return;
    }
    if (!assessed.ok) return this.#refuse(session, timed, assessed);
    const { symbol, entry, stopLoss, takeProfit, volume } = assessed.order;
    const unfit = session.unfit({ kind: 'OPEN', symbol, entry, stopLoss, takeProfit, volume });
    if (unfit !== undefined) return this.#refuse(session, timed, { ...unfit, check: 'profile' });
    const allowed = this.desk.options.allowance.take(terms.account, nowMs);
    if (!allowed.allowed) {
      if (!this.#has(decision)) this.#refuse(session, timed, usedUp(allowed));
      return;
    }
    const signal = openSignal(decision, assessed.order, this.#place(session, decision));
    this.raise(session, timed, { ...this.desk.fence(session), kind: 'raise', signal, ...madeOf(timed) });
  }

  /** Refused for want of what is about to be known. */
  #mayYetPass(reason: string, { closeTime }: Decision, young: boolean): boolean {
    // What a young session is offered again counts as on its way until the ledger says that it is there already.
    if (young && (NOT_YET_TOLD.has(reason) || this.desk.book.raising.size > 0)) return true;
    // While another node takes up the feed there is no reference.
    return reason === 'reference-missing' && this.desk.context.clock.nowMs() - closeTime < LIMITS.quote.referenceWaitMs;
  }

  /** Decided before the ledger was put back: it may have been executed under a number that the ledger has lost. */
  #mayHaveBeenLost({ closeTime }: Decision): boolean {
    return closeTime <= (this.desk.restored?.atMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Positions and losses since the backup are not known yet; an EA that tells no trades will never tell them. */
  #historyOwed(session: EaSession): boolean {
    return session.tellsTrades && this.desk.restored !== null && this.desk.restored.historyFromMs !== null;
  }

  /** Offered again while its signal is on its way to the ledger: it must not be counted against itself. */
  #isRaising(decision: Decision): boolean {
    for (const { symbol, strategy, timeframe, closeTime } of this.desk.book.raising.values())
      if (symbol === decision.symbol && strategy === decision.strategy && closeTime === decision.closeTime)
        if (timeframe === decision.timeframe) return true;
    return false;
  }

  /** What was offered again to an account that has its signal is not refused to it. */
  #has({ symbol, strategy, timeframe, closeTime }: Decision): boolean {
    const same = (row: SignalRow): boolean =>
      row.strategy === strategy && row.timeframe === timeframe && row.closeTime === closeTime;
    return this.desk.book.live(symbol).some(same);
  }

  /**
   * On a netting account the other side would reverse a position of ours instead of standing beside it: ours is closed first, and
   * what may still be executed is called back. Its tenant mostly has decided that already at this close, and one decision makes
   * one close; but an account that was away then has heard nothing of it.
   */
  #mustCloseFirst(session: EaSession, { hello }: AccountTerms, timed: TimedDecision): boolean {
    const { symbol, direction, closeTime } = timed.decision;
    if (hello.marginMode === 'HEDGING') return false;
    const against = this.desk.book.live(symbol).filter((row) => row.direction !== direction);
    const cleared = `${session.epoch} ${symbol} ${closeTime}`;
    if (against.length > 0 && this.#cleared.get(symbol) !== cleared) {
      this.#cleared.set(symbol, cleared);
      this.#close(session, { ...timed, decision: closing(timed.decision) });
    }
    return against.length > 0;
  }

  #refuse(session: EaSession, timed: TimedDecision, refused: Refused): void {
    const { decision } = timed;
    const refusal = refusalRow(decision, this.desk.options.accountId, refused, this.desk.context.clock.nowMs());
    const op: LedgerOp = { ...this.desk.fence(session), kind: 'refuse', refusal };
    // Told once it is a row: what the ledger does not store is tried again, and may be raised after all.
    const told = (results: readonly OpResult[]): void => {
      if (results[0]?.kind !== 'stored') return;
      this.refused += 1;
      this.desk.options.observer.refused(refused.reason, decision.symbol, this.desk.options.accountId, refusal);
    };
    const after = (results: readonly OpResult[]): void => {
      if (!this.desk.fenced(session, results)) told(results);
    };
    this.desk.store(session, [op], after, { kind: 'decision', timed }, told);
  }

  #place(session: EaSession, decision: Decision): SignalPlace {
    const { accountId, ids } = this.desk.options;
    const nowMs = this.desk.context.clock.nowMs();
    const { strategy, symbol, timeframe, closeTime, kind } = decision;
    const id = ids.idFor(`signal:${accountId}:${strategy}:${symbol}:${timeframe}:${closeTime}:${kind}`, nowMs);
    return { id, accountId, instance: session.instance, nowMs };
  }

  /** The other side won: what this account holds of the old one is closed, and what may still be executed is called back. */
  #close(session: EaSession, timed: TimedDecision): void {
    const { decision } = timed;
    const held = this.desk.book.live(decision.symbol).filter(({ direction }) => direction === decision.direction);
    const unfit = session.unfit({ kind: 'CLOSE', symbol: decision.symbol });
    if (unfit !== undefined) {
      if (held.length > 0) this.#refuse(session, timed, { ...unfit, check: 'profile' });
      return;
    }
    for (const row of held) {
      if (row.state === 'EXECUTED' && row.position !== '0') {
        const signal = closeSignal(decision, row, this.#place(session, decision));
        this.raise(session, timed, { ...this.desk.fence(session), kind: 'raise', signal, ...madeOf(timed) });
      } else if (row.state !== 'EXECUTED') this.commands.cancelSignal(row.id, 'the signal turned', 'engine');
    }
  }

  /** A signal that was there already took no allowance a second time. */
  #giveBack(op: LedgerOp): void {
    const { terms, context, options } = this.desk;
    if (op.kind === 'raise' && op.signal.kind === 'OPEN' && terms !== undefined)
      options.allowance.giveBack(terms.account, context.clock.nowMs());
  }

  raise(session: EaSession, timed: TimedDecision, op: LedgerOp): void {
    if (op.kind !== 'raise') return;
    const { raising } = this.desk.book;
    raising.delete(op.signal.id);
    if (!session.isOpen || op.signal.validUntil <= this.desk.context.clock.nowMs()) return;
    if (op.signal.kind === 'OPEN') raising.set(op.signal.id, op.signal);
    const after = (results: readonly OpResult[]): void => {
      raising.delete(op.signal.id);
      if (this.desk.fenced(session, results)) return;
      const [result] = results;
      // A commit that was reported as failed may have happened: the row that a retry meets is then ours, and not yet sent.
      const row =
        result?.kind === 'raised' || (result?.kind === 'exists' && result.row?.id === op.signal.id) ? result.row : undefined;
      // A row that has gone on since was sent before; what came of it is not asked for again.
      if (row?.state !== 'SENT' || this.desk.book.signal(row.id) !== undefined) {
        if (result?.kind === 'exists') this.#giveBack(op);
        return;
      }
      this.desk.options.observer.stored(row);
      this.desk.keep(row);
      this.#send(session, row, false);
      this.desk.options.observer.sent(row, timed.tickAtNs);
    };
    // It leaves with the session that follows, and counts as sent.
    const orphaned = ([result]: readonly OpResult[]): void => {
      if (result?.kind === 'raised') this.desk.options.observer.sent(result.row, undefined);
    };
    this.desk.options.observer.raising(op.signal);
    this.desk.store(session, [op], after, { kind: 'retry', session, timed, op }, orphaned);
  }

  #send(session: EaSession, row: SignalRow, possibleDuplicate: boolean): void {
    if (row.kind === 'CLOSE') session.send(closeMessage(row), possibleDuplicate);
    else {
      const named = this.desk.book.named(row.symbol);
      if (named !== undefined && this.desk.terms !== undefined)
        session.send(signalMessage(row, this.desk.terms.account.magicBase, named), possibleDuplicate);
    }
    if (row.state === 'SENT') {
      const waitMs = row.validUntil + LIMITS.signal.resultGraceMs - this.desk.context.clock.nowMs();
      this.desk.context.after(Math.max(0, waitMs), { kind: 'deadline', signalId: row.id });
    }
  }

  /** Takes up, in a new session, a signal that an earlier one left without a final RESULT. */
  resume(session: EaSession, row: SignalRow): void {
    const nowMs = this.desk.context.clock.nowMs();
    if (row.state === 'PENDING') {
      const unfit = session.unfit(row);
      if (row.validUntil <= nowMs) this.desk.transition(session, row, 'EXPIRED', 'no session came while it was valid');
      else if (unfit !== undefined) this.desk.transition(session, row, 'CANCELLED', unfit.reason);
      else this.desk.transition(session, row, 'SENT', null, (sent) => this.#send(session, sent, false));
    } else if (row.state === 'SENT' && !session.repeats) {
      this.desk.transition(session, row, 'UNKNOWN', 'the session ended before its answer, and its EA cannot be asked');
    } else if (row.state === 'SENT' && row.instance !== session.instance) {
      // Another record than the one it went to: only the broker's history can tell what became of it.
      this.desk.transition(session, row, 'UNKNOWN', 'sent to an EA of another instance');
    } else if (row.state === 'SENT' || (row.state === 'UNKNOWN' && session.repeats && row.instance === session.instance))
      this.#send(session, row, true);
  }

  /** Nobody answered in time: what became of it is not known, whether its EA is still there or not. */
  overdue(signalId: string): void {
    const row = this.desk.book.signal(signalId);
    if (row?.state !== 'SENT' || this.desk.terms === undefined) return;
    if (this.desk.session !== undefined) return this.desk.transition(this.desk.session, row, 'UNKNOWN', 'no result in time');
    const { epoch } = this.desk.terms.account;
    const atMs = this.desk.context.clock.nowMs();
    const { accountId } = this.desk.options;
    const op: LedgerOp = {
      kind: 'transition',
      accountId,
      epoch,
      signalId,
      from: ['SENT'],
      to: 'UNKNOWN',
      reason: 'no result in time',
      atMs,
    };
    this.desk.context.pipe(
      this.desk.options.commit([op]),
      (results) => ({ kind: 'lapsed', row, results }),
      () => ({ kind: 'lapsed', row, results: [] }),
    );
  }

  /** The ledger's answer to a timeout that was written without a session; none, and it is tried again. */
  lapsed(row: SignalRow, results: readonly OpResult[]): void {
    const [result] = results;
    if (result === undefined) this.desk.context.after(LATER_MS, { kind: 'deadline', signalId: row.id });
    else if (result.kind === 'moved') this.desk.keep({ ...row, state: result.state });
  }
}
