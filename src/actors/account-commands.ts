/**
 * Commands to one account's EA, tracked as its signals are: a row before the first byte leaves, sent again after WELCOME while
 * no result decided it, UNKNOWN when its time is over without one. What makes closing everything safe:
 *
 * - A signal that may still be executed is called back, and if it is executed all the same its position is closed. Which
 *   signals were called back is in the ledger (CANCEL_SIGNAL), so a restart in between forgets none.
 * - What waits for a session is sent before any signal is sent again.
 */
import {
  type AccountWish,
  type Asked,
  AWAY,
  cancelCause,
  type CommandAnswer,
  type CommandWish,
  commandMessage,
  newCommand,
  seenPosition,
} from '../accounts/commands.js';
import { toldOf } from '../accounts/reports.js';
import { CommandSettling } from '../accounts/command-settling.js';
import { snapshotMessage } from '../accounts/orders.js';
import { LIMITS } from '../limits.js';
import type { EaSession } from '../protocol/ea-session.js';
import type { Frame2, ResultMessage } from '../protocol/messages.js';
import { unreachable } from '../runtime/assert.js';
import { isUndecided } from '../signals/signal.js';
import type { CommandAsker, CommandOp, CommandRow, CommandState } from '../storage/ledger/commands.js';
import type { OpResult, SignalRow } from '../storage/ledger/ledger.js';
import type { AccountDesk } from './account-desk.js';

/** How soon something is tried again that the ledger did not take while no session stood. */
const LATER_MS = 5_000;
/** Between two snapshots that are asked for to decide commands that nobody can be asked of. */
const LOOK_EVERY_MS = 60_000;
/** A terminal in step with its broker for this long shows all that there is. */
const IN_STEP_MS = 60_000;

type Answered = (answer: CommandAnswer) => void;

export type CommandsMessage =
  | { readonly kind: 'command'; readonly wish: AccountWish; readonly answered: Answered }
  | { readonly kind: 'command-again'; readonly of: EaSession; readonly op: CommandOp; readonly answered: Answered }
  | { readonly kind: 'command-deadline'; readonly commandId: string }
  | { readonly kind: 'command-lapsed'; readonly row: CommandRow; readonly results: readonly OpResult[] };

const nobody: Answered = () => {};

export class AccountCommands {
  /** Those without an end. */
  readonly #rows = new Map<string, CommandRow>();
  /** Signals that were called back and may be executed yet. */
  readonly #calledBack = new Set<string>();
  #settling = new CommandSettling();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(readonly desk: AccountDesk) {
    desk.onKept((row) => this.#signalMoved(row));
  }

  get open(): number {
    return this.#rows.size;
  }

  /** Whether a command for the position is under way: one that closes everything is for each, and a signal's close is one too. */
  busyWith(position: string): boolean {
    for (const row of this.#rows.values()) if (row.position === position || row.action === 'CLOSE_ALL') return true;
    for (const row of this.desk.book.signals) if (row.kind === 'CLOSE' && row.position === position) return true;
    return false;
  }

  receive(message: CommandsMessage): void {
    switch (message.kind) {
      case 'command':
        return this.ask(message.wish, message.answered);
      case 'command-again':
        return this.#again(message.of, message.op, message.answered);
      case 'command-deadline':
        return this.#overdue(message.commandId);
      case 'command-lapsed':
        return this.#lapsed(message.row, message.results);
      default:
        return unreachable(message);
    }
  }

  closeAll(wish: Asked & { readonly scope: 'OURS' | 'EVERYTHING'; readonly symbol?: string }, answered = nobody): void {
    this.ask({ ...wish, action: 'CLOSE_ALL' }, answered);
  }

  close(wish: Asked & { readonly position: string; readonly volume?: number }, answered = nobody): void {
    this.ask({ ...wish, action: 'CLOSE_POSITION' }, answered);
  }

  modify(
    wish: Asked & { readonly position: string; readonly stopLoss?: number; readonly takeProfit?: number },
    answered = nobody,
  ): void {
    this.ask({ ...wish, action: 'MODIFY' }, answered);
  }

  /** Calls a signal back; if it is executed all the same, its position is closed. */
  cancelSignal(signalId: string, reason: string, askedBy: CommandAsker, answered = nobody): void {
    this.ask({ action: 'CANCEL_SIGNAL', signalId, cause: cancelCause(signalId), reason, askedBy }, answered);
  }

  ask(wish: AccountWish, answered: Answered = nobody): void {
    const { session, terms, options, context } = this.desk;
    const refuse = (sentence: string): void => answered({ kind: 'refused', sentence });
    if (!session?.isOpen || terms === undefined) return answered(AWAY);
    if (!session.repeats)
      return refuse('its EA speaks suho-1, which has no ticket and no answer for a command; nothing was sent');
    if (this.#rows.size >= LIMITS.command.open) return refuse(`${LIMITS.command.open} commands wait for their end already`);
    const made = this.#madeOf(wish);
    if (typeof made === 'string') return refuse(made);
    const nowMs = context.clock.nowMs();
    const command = newCommand(made, {
      id: options.ids.idFor(`command:${options.accountId}:${wish.cause}`, nowMs),
      ...this.desk.owner(),
      instance: session.instance,
      validUntil: nowMs + LIMITS.command.validMs,
      nowMs,
    });
    this.#store(session, { ...this.desk.fence(session), kind: 'command', command }, answered);
  }

  /** The wish with what was seen of what it names, or why it cannot be asked. */
  #madeOf(wish: AccountWish): CommandWish | string {
    const { book, terms } = this.desk;
    if (wish.action === 'CLOSE_ALL' && wish.symbol !== undefined && book.named(wish.symbol) === undefined)
      return `its broker has no symbol ${wish.symbol}`;
    if (wish.action === 'CANCEL_SIGNAL') {
      const state = book.signal(wish.signalId)?.state;
      if (state === undefined || !isUndecided(state)) return `signal ${wish.signalId} is ${state ?? 'over'}`;
    }
    if (wish.action !== 'CLOSE_POSITION' && wish.action !== 'MODIFY') return wish;
    const seen = seenPosition(book.positions, wish.position, terms?.account.magicBase ?? 0);
    if (typeof seen === 'string') return seen;
    if (wish.action === 'MODIFY')
      return { ...wish, stopLoss: wish.stopLoss ?? seen.stopLoss, takeProfit: wish.takeProfit ?? seen.takeProfit };
    const { volume = seen.volume } = wish;
    return volume > 0 && volume <= seen.volume ? { ...wish, volume } : `of ${seen.volume} lots, ${volume} cannot be closed`;
  }

  #store(session: EaSession, op: CommandOp, answered: Answered): void {
    if (op.kind !== 'command') return;
    const answer = ([result]: readonly OpResult[]): CommandRow | undefined => {
      const row = result?.kind === 'commanded' || result?.kind === 'exists' ? result.command : undefined;
      // Whoever has the account now is to be asked.
      if (row === undefined)
        answered({ kind: 'refused', sentence: 'another session took the account meanwhile; ask again', away: true });
      else answered({ kind: 'asked', command: row });
      return row;
    };
    const after = (results: readonly OpResult[]): void => {
      const fenced = this.desk.fenced(session, results);
      const row = answer(results);
      // It was put down for a session just when this one began.
      if (!fenced && row?.state === 'PENDING' && !this.#rows.has(row.id)) return this.#takeUp(session, [row], () => {});
      // A commit that was reported as failed may have happened: the row that a retry meets is then ours, and not yet sent.
      if (fenced || row?.id !== op.command.id || row.state !== 'SENT' || this.#rows.has(row.id)) return;
      this.#begin(session, row, false);
    };
    const again = { kind: 'command-again', of: session, op, answered } as const;
    // Where the session has ended meanwhile, the next one sends what is in the ledger.
    this.desk.store(session, [op], after, again, (results) => void answer(results));
  }

  /** What the ledger did not take is tried again while it is worth asking. */
  #again(session: EaSession, op: CommandOp, answered: Answered): void {
    const inTime = op.kind === 'command' && op.command.validUntil > this.desk.context.clock.nowMs();
    if (session === this.desk.session && inTime) this.#store(session, op, answered);
    else answered({ kind: 'refused', sentence: 'the ledger did not take it in time' });
  }

  #begin(session: EaSession, row: CommandRow, possibleDuplicate: boolean): void {
    this.#keep(row);
    this.#send(session, row, possibleDuplicate);
    if (row.action === 'CLOSE_ALL') this.#callBack(row);
    // Its result may have been stored while the command was.
    const called = row.action === 'CANCEL_SIGNAL' && row.signalId !== null ? this.desk.book.signal(row.signalId) : undefined;
    if (called !== undefined) this.#signalMoved(called);
  }

  /** What may still be executed when everything is to be closed. */
  #callBack({ symbol, createdAt, reason, askedBy }: CommandRow): void {
    for (const signal of [...this.desk.book.signals]) {
      const mayOpen = signal.kind === 'OPEN' && isUndecided(signal.state) && signal.createdAt <= createdAt;
      if (mayOpen && (symbol === null || signal.symbol === symbol)) this.cancelSignal(signal.id, reason, askedBy);
    }
  }

  #keep(row: CommandRow): void {
    if (isUndecided(row.state)) this.#rows.set(row.id, row);
    else this.#rows.delete(row.id);
    if (row.action === 'CANCEL_SIGNAL' && row.signalId !== null) this.#calledBack.add(row.signalId);
    this.desk.options.observer.commanded(row);
  }

  #send(session: EaSession, row: CommandRow, possibleDuplicate: boolean): void {
    const symbolId = row.symbol === null ? 0 : this.desk.book.named(row.symbol)?.symbolId;
    // Without its number it would close every symbol.
    if (symbolId !== undefined) session.send(commandMessage(row, symbolId), possibleDuplicate);
    if (row.state !== 'SENT') return;
    const waitMs = row.validUntil + LIMITS.signal.resultGraceMs - this.desk.context.clock.nowMs();
    this.desk.context.after(Math.max(0, waitMs), { kind: 'command-deadline', commandId: row.id });
  }

  /**
   * Takes up, in a new session, what an earlier one left without an end; then the rest of its beginning. What has waited for it
   * is first committed as SENT, so the rest waits for that.
   */
  resume(session: EaSession, rows: readonly CommandRow[], then: () => void): void {
    this.#rows.clear();
    this.#calledBack.clear();
    this.#settling = new CommandSettling();
    const waiting: CommandRow[] = [];
    for (const row of rows) {
      this.#keep(row);
      if (row.state === 'PENDING') waiting.push(row);
      else if (row.state === 'SENT' && (!session.repeats || row.instance !== session.instance))
        this.#move(session, row, 'UNKNOWN', 'sent to an EA of another instance');
      else if (isUndecided(row.state) && session.repeats && row.instance === session.instance) this.#begin(session, row, true);
    }
    for (const signal of [...this.desk.book.signals]) this.#signalMoved(signal);
    if (waiting.length === 0) then();
    else this.#takeUp(session, waiting, then);
  }

  /** Sends what waited for a session, once it is committed as sent. */
  #takeUp(session: EaSession, waiting: readonly CommandRow[], then: () => void): void {
    const nowMs = this.desk.context.clock.nowMs();
    const ops = waiting.map((row): CommandOp => {
      const move = { ...this.desk.fence(session), kind: 'command-transition', commandId: row.id, from: ['PENDING'], atMs: nowMs };
      if (row.validUntil <= nowMs) return { ...move, to: 'EXPIRED', said: 'no session came while it was valid' } as CommandOp;
      if (!session.repeats) return { ...move, to: 'CANCELLED', said: 'its EA speaks suho-1' } as CommandOp;
      return { ...move, to: 'SENT', said: null, instance: session.instance } as CommandOp;
    });
    this.desk.store(session, ops, (results) => {
      if (this.desk.fenced(session, results)) return;
      results.forEach((result, at) => {
        const row = waiting[at];
        if (row === undefined || (result.kind !== 'moved' && result.kind !== 'unmoved')) return;
        const moved = { ...row, state: result.state as CommandState, instance: session.instance };
        if (result.kind === 'moved' && result.state === 'SENT') this.#begin(session, moved, false);
        else this.#keep(moved);
      });
      then();
    });
  }

  /** False where it is no command of ours: then somebody else must see to it. */
  result(session: EaSession, frame: Frame2, message: ResultMessage): boolean {
    const row = this.#rows.get(message.id);
    if (row === undefined) return false;
    const op: CommandOp = {
      ...this.desk.fence(session),
      kind: 'command-result',
      commandId: row.id,
      result: toldOf(message),
      atMs: this.desk.context.clock.nowMs(),
    };
    this.desk.store(session, [op], (results) => {
      if (this.desk.fenced(session, results)) return;
      const [result] = results;
      if (result?.kind === 'stored' && result.state !== undefined)
        this.#keep({ ...(this.#rows.get(row.id) ?? row), state: result.state as CommandState });
      this.desk.durable(session, frame.seq);
    });
    return true;
  }

  #move(session: EaSession, row: CommandRow, to: CommandState, said: string): void {
    const atMs = this.desk.context.clock.nowMs();
    const move = { kind: 'command-transition', commandId: row.id, from: [row.state], to, said, atMs } as const;
    this.desk.store(session, [{ ...this.desk.fence(session), ...move }], (results) => {
      if (this.desk.fenced(session, results)) return;
      const [result] = results;
      if (result?.kind === 'moved' || result?.kind === 'unmoved')
        this.#keep({ ...(this.#rows.get(row.id) ?? row), state: result.state as CommandState });
    });
  }

  /** Nobody answered in time: what became of it is not known, whether its EA is still there or not. */
  #overdue(commandId: string): void {
    const row = this.#rows.get(commandId);
    const { session, terms, options, context } = this.desk;
    if (row?.state !== 'SENT' || terms === undefined) return;
    const said = 'no result in time';
    if (session !== undefined) return this.#move(session, row, 'UNKNOWN', said);
    const move = { kind: 'command-transition', commandId, from: ['SENT'], to: 'UNKNOWN', said } as const;
    const { epoch } = terms.account;
    context.pipe(
      options.commit([{ ...move, accountId: options.accountId, epoch, atMs: context.clock.nowMs() }]),
      (results) => ({ kind: 'command-lapsed', row, results }),
      () => ({ kind: 'command-lapsed', row, results: [] }),
    );
  }

  /** The ledger's answer to a timeout that was written without a session; none, and it is tried again. */
  #lapsed(row: CommandRow, results: readonly OpResult[]): void {
    const [result] = results;
    if (result === undefined) this.desk.context.after(LATER_MS, { kind: 'command-deadline', commandId: row.id });
    else if (result.kind === 'moved' && this.#rows.has(row.id)) this.#keep({ ...row, state: result.state as CommandState });
  }

  /** A signal that was called back and is executed all the same: its position is closed. */
  #signalMoved(signal: SignalRow): void {
    if (signal.kind !== 'OPEN' || isUndecided(signal.state) || !this.#calledBack.delete(signal.id)) return;
    if (signal.state !== 'EXECUTED' || signal.position === '0') return;
    const { session, options, context } = this.desk;
    if (session === undefined) return;
    const nowMs = context.clock.nowMs();
    const cause = `called back:${signal.id}`;
    const wish: CommandWish = {
      action: 'CLOSE_POSITION',
      cause,
      askedBy: 'engine',
      reason: 'it was called back, and executed all the same',
      position: signal.position,
      signalId: signal.id,
      volume: signal.remainingVolume > 0 ? signal.remainingVolume : signal.filledVolume,
    };
    const command = newCommand(wish, {
      id: options.ids.idFor(`command:${options.accountId}:${cause}`, nowMs),
      ...this.desk.owner(),
      instance: session.instance,
      validUntil: nowMs + LIMITS.command.validMs,
      nowMs,
    });
    this.#store(session, { ...this.desk.fence(session), kind: 'command', command }, nobody);
  }

  /** Those that nobody can be asked of: only what is open at the broker decides them. */
  #orphans(session: EaSession): readonly CommandRow[] {
    const nowMs = this.desk.context.clock.nowMs();
    const over = (row: CommandRow): boolean => row.validUntil + LIMITS.signal.resultGraceMs <= nowMs;
    return [...this.#rows.values()].filter((row) => row.state === 'UNKNOWN' && row.instance !== session.instance && over(row));
  }

  /** Asks for a snapshot where one is needed to decide something, once in a while. */
  beat(session: EaSession): void {
    const { clock } = this.desk.context;
    const steadyMs = clock.steadyMs();
    if (!session.repeats || steadyMs - this.#lookedMs < LOOK_EVERY_MS || this.#orphans(session).length === 0) return;
    this.#lookedMs = steadyMs;
    session.send(snapshotMessage(this.desk.commandId(session), clock.nowMs() + LIMITS.command.validMs));
  }

  /** A whole snapshot has come. */
  looked(session: EaSession): void {
    const { book, terms, context } = this.desk;
    const orphans = this.#orphans(session);
    if (orphans.length === 0 || !book.positions.whole || terms === undefined) return;
    const sinceMs = session.synchronisedSinceMs;
    const sight = {
      magicBase: terms.account.magicBase,
      symbolOf: (brokerName: string) => book.symbolOf(brokerName),
      positions: [...book.positions.all()],
      signal: (id: string) => book.signal(id)?.state,
    };
    const inStep = sinceMs !== undefined && context.clock.steadyMs() - sinceMs >= IN_STEP_MS;
    for (const { id, to, said } of this.#settling.look(orphans, sight, inStep)) {
      const row = this.#rows.get(id);
      if (row !== undefined) this.#move(session, row, to, said);
    }
  }
}
