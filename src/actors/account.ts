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
import { historyMessage, snapshotMessage } from '../accounts/orders.js';
import type { BrokerQuote } from '../accounts/account-book.js';
import type { Halt } from '../accounts/halt.js';
import { type AccountTerms, type Assessor, type SharedTerms, termsOf } from '../accounts/assessment.js';
import type { SignalAllowance } from '../accounts/meter.js';
import type { PositionBook } from '../accounts/position-book.js';
import { symbolNumbers } from '../accounts/symbols.js';
import { LIMITS } from '../limits.js';
import type { Quote } from '../market/quote.js';
import type { Timeframe } from '../market/timeframe.js';
import type { AlarmEpisode } from '../prices/deviation-alarm.js';
import type { Breach } from '../risk/limit-watch.js';
import type { EaSession } from '../protocol/ea-session.js';
import type { FinanceMessage, Frame2, HeartbeatMessage, HelloMessage } from '../protocol/messages.js';
import { unreachable } from '../runtime/assert.js';
import type { Cancel } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { TimedDecision } from '../signals/signal.js';
import type { CommandRow } from '../storage/ledger/commands.js';
import type {
  AccountRow,
  Claimed,
  DealRow,
  ExecutionRow,
  LedgerOp,
  NewSignal,
  OpResult,
  RefusalRow,
  SignalRow,
} from '../storage/ledger/ledger.js';
import { endedBy } from './account-access.js';
import { AccountCommands, type CommandsMessage } from './account-commands.js';
import { AccountDesk } from './account-desk.js';
import { AccountExits } from './account-exits.js';
import { AccountLimits } from './account-limits.js';
import { AccountReports } from './account-reports.js';
import { AccountSignals, YOUNG_MS } from './account-signals.js';
import { AccountTokens, type IssueToken } from './account-tokens.js';
import { accountView } from './account-view.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import type { SignalMessage } from './signal.js';

export type AccountClaim = Extract<Claimed, { kind: 'claimed' }>;

/** Told of what happens, for the terminal view, the metrics and the stores. */
export interface AccountObserver {
  /** A signal is priced and goes to the ledger. */
  raising(signal: NewSignal): void;
  /** It is a row, and not sent yet. */
  stored(row: SignalRow): void;
  sent(row: SignalRow, tickAtNs: bigint | undefined): void;
  /** A refusal, stored now and not before. */
  refused(reason: string, symbol: string, accountId: string, refusal: RefusalRow): void;
  /** A session began; how often two EAs have taken the account from each other of late. */
  began(terms: AccountTerms, takeovers: number, atMs: number): void;
  /** An account as its EA presented it and as an operator has set it: when a session begins, and at each change. */
  profile(terms: AccountTerms, atMs: number): void;
  /** Each frame of a session, before anything comes of it. */
  heard(terms: AccountTerms, message: Frame2['message'], atMs: number): void;
  /** Also of a state that another session had brought it to. */
  moved(row: SignalRow, terms: AccountTerms | undefined): void;
  quoted(terms: AccountTerms, quotes: readonly BrokerQuote[], atMs: number): void;
  heartbeat(terms: AccountTerms, heartbeat: HeartbeatMessage, atMs: number): void;
  finance(terms: AccountTerms, finance: FinanceMessage, atMs: number): void;
  /** The broker of an account is off the reference by more than the limit, or is so no longer: once each. */
  deviated(terms: AccountTerms, episode: AlarmEpisode): void;
  /** A result, stored now and not before. */
  executed(terms: AccountTerms, row: SignalRow, execution: ExecutionRow, atMs: number): void;
  /** A limit was passed, on that day of the broker's, and what was done. */
  breached(terms: AccountTerms, breach: Breach, day: number, atMs: number): void;
  /** A deal that is in the ledger; told again when its EA tells it again. */
  dealt(deal: DealRow): void;
  /** Its session is over, whoever ended it. */
  ended(terms: AccountTerms, atMs: number): void;
  /** What is open at the broker may have changed; the book says what it is whenever it is read. */
  held(terms: AccountTerms, open: PositionBook, atMs: number): void;
  /** A command was made, or came to another state. */
  commanded(row: CommandRow): void;
}

export interface AccountOptions {
  readonly accountId: string;
  readonly heartbeatMs: number;
  readonly ids: Ids;
  readonly assessor: Assessor;
  /** The reference feed's quote nearest in time. */
  readonly reference: (symbol: string, timeMs: number) => Quote | undefined;
  /** Whether the account's own quotes are the reference now. */
  readonly isReference?: (accountId: string) => boolean;
  readonly allowance: SignalAllowance;
  /** Average true range of a symbol at the last close of a timeframe; undefined where it is not known. */
  readonly atr?: (symbol: string, timeframe: Timeframe) => number | undefined;
  /** Keeps in the ledger that the account is disabled; answers its row. */
  readonly disable: (accountId: string, halt: Halt) => Promise<AccountRow | undefined>;
  /** From the account's highest equity, in percent; undefined while that has not been read. Left out where nobody keeps it. */
  readonly drawdown?: (accountId: string) => number | undefined;
  /** What its tenant's settings come to, and its stop or the node's, as they are now. */
  readonly shared: () => SharedTerms;
  /** Commits in the order of the calls. */
  readonly commit: (ops: readonly LedgerOp[]) => Promise<readonly OpResult[]>;
  readonly tenant: ActorRef<SignalMessage>;
  readonly observer: AccountObserver;
  /** Without it an EA that asks for a token gets none. */
  readonly issueToken?: IssueToken;
}

interface OfSession {
  readonly session: EaSession;
}

/** Somebody has taken a signal back before it left: the ledger has it so. */
export interface CancelledSignal {
  readonly kind: 'cancelled';
  readonly signal: SignalRow;
}

export type AccountMessage =
  | (OfSession & { readonly kind: 'session'; readonly claim: AccountClaim; readonly hello: HelloMessage })
  | (OfSession & { readonly kind: 'frame'; readonly frame: Frame2 })
  | (OfSession & { readonly kind: 'lost' })
  | { readonly kind: 'decision'; readonly timed: TimedDecision }
  | { readonly kind: 'account'; readonly account: AccountRow }
  /** Its tenant's trading settings or stop, or the node's, have changed. */
  | { readonly kind: 'terms' }
  /** The ledger has kept that the account is disabled, or is to be asked again. */
  | { readonly kind: 'disabled'; readonly halt: Halt; readonly account: AccountRow | undefined | 'failed' }
  | { readonly kind: 'disable'; readonly halt: Halt }
  | (OfSession & { readonly kind: 'retry'; readonly timed: TimedDecision; readonly op: LedgerOp })
  | (OfSession & {
      readonly kind: 'stored';
      readonly results: readonly OpResult[];
      readonly then: (results: readonly OpResult[]) => void;
      readonly orphaned: ((results: readonly OpResult[]) => void) | undefined;
    })
  | (OfSession & { readonly kind: 'failed'; readonly error: unknown; readonly again?: AccountMessage })
  | { readonly kind: 'deadline'; readonly signalId: string }
  | { readonly kind: 'lapsed'; readonly row: SignalRow; readonly results: readonly OpResult[] }
  | CancelledSignal
  | CommandsMessage
  | (OfSession & { readonly kind: 'beat' })
  | (OfSession & { readonly kind: 'ack' });

class AccountActor implements Behaviour<AccountMessage> {
  readonly #desk: AccountDesk;
  readonly #commands: AccountCommands;
  readonly #exits: AccountExits;
  readonly #signals: AccountSignals;
  readonly #reports: AccountReports;
  readonly #tokens: AccountTokens | undefined;
  readonly #limits: AccountLimits;
  #cancelBeat: Cancel = () => {};

  constructor(
    readonly context: ActorContext<AccountMessage>,
    readonly options: AccountOptions,
  ) {
    this.#desk = new AccountDesk(context, options);
    this.#commands = new AccountCommands(this.#desk);
    this.#exits = new AccountExits(this.#desk, this.#commands);
    this.#signals = new AccountSignals(this.#desk, this.#commands);
    this.#reports = new AccountReports(this.#desk, this.#commands);
    this.#limits = new AccountLimits(this.#desk, this.#commands);
    this.#tokens = options.issueToken && new AccountTokens(this.#desk, options.issueToken);
  }

  receive(message: AccountMessage): void {
    // Whatever a former session began is answered by nobody: its successor has loaded the ledger's truth.
    if ('session' in message && message.kind !== 'session' && message.session !== this.#desk.session) {
      if (message.kind === 'stored') message.orphaned?.(message.results);
      if (message.kind === 'failed' && message.again?.kind === 'command-again') this.#commands.receive(message.again);
      return;
    }
    switch (message.kind) {
      case 'session':
        return this.#adopt(message.session, message.claim, message.hello);
      case 'frame':
        return this.#frame(message.session, message.frame);
      case 'lost':
        this.#desk.session?.lost();
        this.#desk.session = undefined;
        return;
      case 'decision':
        return this.#signals.decide(message.timed);
      case 'account':
        return this.#changed(message.account);
      case 'terms':
        return this.#changed(undefined);
      case 'disabled':
        return this.#limits.kept(message.halt, message.account);
      case 'disable':
        return this.#limits.keep(message.halt);
      case 'retry':
        return this.#signals.raise(message.session, message.timed, message.op);
      case 'stored':
        return message.then(message.results);
      case 'failed':
        return this.#desk.failed(message.session, message.error, message.again);
      case 'deadline':
        return this.#signals.overdue(message.signalId);
      case 'lapsed':
        return this.#signals.lapsed(message.row, message.results);
      case 'cancelled':
        return this.#desk.keep(message.signal);
      case 'command':
      case 'command-again':
      case 'command-deadline':
      case 'command-lapsed':
        return this.#commands.receive(message);
      case 'beat':
        return this.#beat(message.session);
      case 'ack':
        return this.#desk.acknowledge(message.session);
      default:
        return unreachable(message);
    }
  }

  released(): void {
    this.#desk.session?.goodbye('RESTART', 'The server restarts its side of this account; connect again.');
    this.#desk.session = undefined;
  }

  inspect(): Readonly<Record<string, unknown>> {
    const session = this.#desk.session;
    return {
      mode: this.#desk.terms?.account.mode ?? null,
      session: session && {
        id: session.id,
        open: session.isOpen,
        epoch: session.epoch,
        address: session.remoteAddress,
        unacked: session.unacked,
      },
      signals: this.#desk.book.signalCount,
      symbols: this.#desk.book.symbolCount,
      positions: this.#desk.book.positions.whole ? this.#desk.book.positions.size : null,
      equity: this.#desk.book.finance?.equity ?? null,
      commands: this.#commands.open,
      exits: this.#exits.standing,
      restored: this.#desk.restored?.historyFromMs ?? null,
      tracked: { ...this.#desk.sizes, ...this.#reports.sizes },
      refused: this.#signals.refused,
      contested: this.#signals.contested,
    };
  }

  describe(): Readonly<Record<string, unknown>> {
    return { ...this.inspect(), ...accountView(this.#desk) };
  }

  #adopt(session: EaSession, claim: AccountClaim, hello: HelloMessage): void {
    const older = this.#desk.session;
    if (older !== undefined && older.epoch > session.epoch) {
      session.goodbye('NEWER_SESSION', 'A newer session owns this account.');
      return;
    }
    older?.goodbye('NEWER_SESSION', 'A newer session owns this account.');
    this.#desk.begin(session, termsOf(claim.account, hello, this.options.shared()));
    this.#desk.takeRestored(claim.restored);
    this.#reports.begin();
    this.#exits.begin();
    this.#limits.begin();
    this.#desk.tell((observer, terms) => observer.began(terms, claim.takeovers, this.context.clock.nowMs()));
    this.#tellProfile();
    this.options.allowance.opened(claim.account, claim.opened, this.context.clock.nowMs());
    for (const row of claim.open) this.#desk.book.keepSignal(row);
    this.#desk.preferSymbols();
    this.#desk.book.keepNames(claim.symbols);
    this.#desk.book.losses.begin(claim.booked, hello.brokerOffsetSeconds);
    for (const charged of claim.charged) this.#desk.book.charges.charge(charged);
    this.#desk.tellLive(claim.open.map(({ symbol }) => symbol));
    session.welcome();
    if (claim.symbols.length > 0) session.send({ kind: 'SYMBOLS_OK', symbols: symbolNumbers(claim.symbols, this.#desk.book) });
    this.#desk.tellState();
    this.#signals.contested = claim.takeovers >= LIMITS.session.takeovers;
    if (this.#signals.contested)
      this.context.log.error({ takeovers: claim.takeovers }, 'two EAs take this account from each other; it gets no signals');
    this.#commands.resume(session, claim.commands, () => {
      for (const { id } of claim.open) {
        const row = this.#desk.book.signal(id);
        if (row !== undefined) this.#signals.resume(session, row);
      }
    });
    this.#cancelBeat();
    this.#cancelBeat = this.context.every(this.options.heartbeatMs, { kind: 'beat', session });
    this.options.tenant.tell({ kind: 'connected', accountId: this.options.accountId });
  }

  /** Its row, or what it shares with its tenant, is another; epoch and numbers stay those of this session. */
  #changed(row: AccountRow | undefined): void {
    const { terms, session } = this.#desk;
    if (terms === undefined) return;
    if (row !== undefined && session !== undefined && endedBy(row, session)) {
      this.#desk.session = undefined;
      return;
    }
    const { mode, trading, disabled } = row ?? terms.account;
    const account = { ...terms.account, mode, trading, disabled };
    this.#desk.terms = termsOf(account, terms.hello, this.options.shared());
    this.#desk.preferSymbols();
    this.#desk.tellState();
    if (session !== undefined) this.#tellProfile();
  }

  #tellProfile(): void {
    this.#desk.tell((observer, terms) => observer.profile(terms, this.context.clock.nowMs()));
  }

  #tellPositions(nowMs: number): void {
    this.#desk.tell((observer, terms) => observer.held(terms, this.#desk.book.positions, nowMs));
  }

  #beat(session: EaSession): void {
    if (session.dead) {
      session.goodbye('SILENCE', 'Nothing has been heard from you for three heartbeats.');
      this.#desk.session = undefined;
      return;
    }
    session.beat();
    this.#tokens?.beat(session);
    this.#commands.beat(session);
    this.#exits.beat(session);
    const nowMs = this.context.clock.nowMs();
    // A terminal that was not in step with its broker could not tell; without positions no trade is opened.
    if (session.tellsTrades && !this.#desk.book.positions.whole && nowMs - session.startedMs > YOUNG_MS)
      session.send(snapshotMessage(this.#desk.commandId(session), nowMs + YOUNG_MS));
    const range = this.#reports.lookDue(session);
    if (range !== undefined)
      session.send(historyMessage(this.#desk.commandId(session), range.fromMs, range.toMs, nowMs + YOUNG_MS));
  }

  #quoted(session: EaSession, quotes: readonly BrokerQuote[], nowMs: number): void {
    if (quotes.length === 0) return;
    for (const quote of quotes) this.#desk.prices.take(quote.symbol, quote, nowMs);
    this.#desk.tell((observer, terms) => observer.quoted(terms, quotes, nowMs));
    this.#exits.quoted(session, quotes);
  }

  #frame(session: EaSession, frame: Frame2): void {
    if (!session.accept(frame)) {
      if (!session.isOpen) this.#desk.session = undefined;
      return;
    }
    const { message, seq } = frame;
    const nowMs = this.context.clock.nowMs();
    this.#desk.tell((observer, terms) => observer.heard(terms, message, nowMs));
    switch (message.kind) {
      case 'QUOTES':
        return this.#quoted(session, this.#desk.book.keepQuotes(message.quotes, nowMs), nowMs);
      case 'FINANCE':
        this.#desk.book.keepFinance(message, nowMs);
        this.#desk.tell((observer, terms) => observer.finance(terms, message, nowMs));
        return this.#limits.look();
      case 'RESULT':
        return this.#reports.result(session, frame, message);
      case 'TRADE':
        this.#desk.book.positions.change(message);
        this.#tellPositions(nowMs);
        this.#limits.look();
        return this.#reports.trade(session, seq, message);
      case 'SYMBOLS':
        return this.#reports.symbols(session, seq, message);
      case 'HISTORY':
        return this.#reports.history(session, seq, message);
      case 'GOODBYE':
        session.goodbye('SHUTDOWN', 'Goodbye.');
        this.#desk.session = undefined;
        return;
      case 'HEARTBEAT':
        this.#desk.tell((observer, terms) => observer.heartbeat(terms, message, nowMs));
        return this.#desk.durable(session, seq);
      case 'SNAPSHOT':
        if (this.#desk.book.positions.page(message)) this.#commands.looked(session);
        this.#tellPositions(nowMs);
        this.#limits.look();
        return this.#desk.durable(session, seq);
      case 'TOKEN':
        return this.#tokens?.asked(session);
      case 'IGNORED':
        return this.#desk.durable(session, seq);
      default:
        session.refuse('UNEXPECTED', `A ${message.kind} is not for a server, or not at this point.`);
        this.#desk.session = undefined;
    }
  }
}

export function accountActor(options: AccountOptions): ActorSpec<AccountMessage> {
  return { name: options.accountId, create: (context) => new AccountActor(context, options) };
}
