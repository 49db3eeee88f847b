/**
 * An Expert Advisor of profile suho-2 as a state machine, without a socket: a connection hands it frames and takes frames.
 *
 * Like an MT5 EA it does everything in turns of one timer. What comes in between (frames, the broker's answers and trade
 * events) waits in an inbox. A turn takes the inbox, lets the desks go on, flushes the record once, and only then do
 * frames and orders leave: so an ack never says more than the disk holds, and no order leaves before its intent. The turns
 * fall on instants of their own (`instants.ts`). What it decides depends on its inputs and on nothing else.
 *
 * A crash is `dispose`: nothing of it acts any more. A new EA over the same record and broker takes up from there.
 */
import type { Cancel, Clock } from '../runtime/clock.js';
import {
  type EndpointRecord,
  FLAG_POSSIBLE_DUPLICATE,
  type Frame2,
  type GoodbyeReason,
  type HelloMessage,
  type HistoryMessage,
  NIL_ID,
  type RefusedCode,
  type RiskMessage,
  type SettingsMessage,
  type SignalMessage,
  type TokenMessage,
  VERSION_2,
} from '../protocol/messages.js';
import type { Broker, TradeAnswer, TradeEvent, TradeRequest } from './broker.js';
import { CommandDesk } from './command-desk.js';
import { EaSession, type Instant, type Link } from './ea-session.js';
import { type EaWork, resultOf, type Told } from './ea-work.js';
import { delayToEaTurn } from './instants.js';
import type { EaRecord } from './record.js';
import { dealTrade, historyBetween, historyPages, type Naming, positionTrade, snapshot, symbols } from './reports.js';
import { ServerClock } from './server-clock.js';
import { SignalDesk } from './signal-desk.js';
import { StateReports } from './state-reports.js';

export interface EaOptions {
  readonly accountId: string;
  readonly apiKey: string;
  readonly broker: Broker;
  readonly record: EaRecord;
  readonly clock: Clock;
  /** Microseconds for what frames tell of time, from whatever instant; those of the clock where it is left out. */
  readonly nowUs?: () => number;
  /** By how much the computer's wall clock is off: what its terminal takes the broker's distance from UTC to be is off by that, in quarters of an hour. */
  readonly wallOffMs?: number;
  readonly endpoints?: readonly EndpointRecord[];
  /** Least time between two QUOTES frames. */
  readonly quotesEveryMs?: number;
  /** Canonical symbols whose quotes are told; all where absent. */
  readonly watch?: readonly string[];
  /**
   * How many signals, and commands, that have had their end it remembers; all where absent, for its record is also the witness
   * of what reached it.
   */
  readonly remember?: number;
  /** Drops the SIGNAL with this number, from 1, before the record sees it: a lost frame. */
  readonly swallowSignal?: number;
  /** Asks for a token for HTTP at each WELCOME. */
  readonly wantsToken?: boolean;
  /** Called with the server's time before anything is told. */
  readonly onWelcome?: (serverTimeMs: number) => void;
  /** Tells how long a SIGNAL took from the server's frame time to here. */
  readonly onSignal?: (latencyUs: number) => void;
}

export type SessionEnd =
  | { readonly kind: 'lost' }
  | { readonly kind: 'refused'; readonly code: RefusedCode; readonly retryAfterMs: number; readonly sentence: string }
  | { readonly kind: 'goodbye'; readonly reason: GoodbyeReason }
  | { readonly kind: 'redirect'; readonly endpoint: number }
  | { readonly kind: 'reconnect' };

type Arrival =
  | { readonly kind: 'frame'; readonly frame: Frame2; readonly at: Instant }
  | { readonly kind: 'trade'; readonly event: TradeEvent }
  | { readonly kind: 'answer'; readonly answer: TradeAnswer; readonly answered: (answer: TradeAnswer) => void };

/** What the terminal could not answer at the start is asked again. */
const RETRY_MS = 5_000;
const QUARTER_S = 900;

export class ExpertAdvisor implements EaWork, Naming {
  readonly broker: Broker;
  readonly record: EaRecord;
  readonly serverClock = new ServerClock();
  readonly nameOfId = new Map<number, string>();
  risk: RiskMessage | undefined;
  settings: SettingsMessage | undefined;
  /** The newest that the server has sent. */
  token: TokenMessage | undefined;
  /** Sessions that reached WELCOME, and deliveries of a signal that the record knew already. */
  sessions = 0;
  repeats = 0;
  readonly #options: EaOptions;
  readonly #clock: Clock;
  readonly #bornMs: number;
  readonly #signals: SignalDesk;
  readonly #commands: CommandDesk;
  readonly #reports: StateReports;
  readonly #stopListening: Cancel;
  readonly #idOfName = new Map<string, number>();
  #inbox: Arrival[] = [];
  #afterFlush: (() => void)[] = [];
  #turn: { readonly atMs: number; readonly cancel: Cancel } | undefined;
  #opening: Link | undefined;
  #session: EaSession | undefined;
  #end: SessionEnd = { kind: 'lost' };
  #unsent: readonly HistoryMessage[] = [];
  #dealsWhole = false;
  #historyDueMs = Number.POSITIVE_INFINITY;
  #snapshotDueMs = Number.POSITIVE_INFINITY;
  #query = 0;
  #signalsSeen = 0;
  #welcomedMs = 0;
  #errors = 0;
  #busy = false;
  #disposed = false;
  /** Highest number of the record that a session before this one may have sent. */
  #earlierNumber: number;

  constructor(options: EaOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.broker = options.broker;
    this.record = options.record;
    this.#bornMs = options.clock.nowMs();
    this.#earlierNumber = options.record.state.lastNumber;
    this.#signals = new SignalDesk(this);
    this.#commands = new CommandDesk(this, {
      signals: this.#signals,
      naming: this,
      say: (message) => this.#session?.say(message),
      nextQuery: () => this.#nextQuery(),
      reconnect: () => this.#afterFlush.push(() => this.#leave({ kind: 'reconnect' }, 'RECONNECT')),
    });
    this.#reports = new StateReports(options.broker, options.quotesEveryMs ?? 1_000, options.watch);
    this.#stopListening = options.broker.onTrade((event) => this.#arrive({ kind: 'trade', event }));
    this.#wake(0);
  }

  // The connection's side.

  /** A connection stands. HELLO leaves in the next turn: MT5 cannot send in the one it connected in. */
  opened(link: Link): void {
    this.#opening = link;
    this.#end = { kind: 'lost' };
    this.#wake(0);
  }

  received(frame: Frame2): void {
    const atUs = this.nowUs();
    if (frame.message.kind === 'SIGNAL') this.#options.onSignal?.(Math.max(0, atUs - frame.timeUs));
    this.#arrive({ kind: 'frame', frame, at: { ms: this.nowMs(), us: atUs } });
  }

  /** The connection is gone. Answers why, as far as the server said. */
  closed(): SessionEnd {
    // What came before the end still counts: a goodbye may wait in the inbox.
    this.#takeInbox();
    this.#opening = undefined;
    if (this.#session) {
      this.#unsent = this.#session.gone();
      this.#earlierNumber = this.record.state.lastNumber;
      this.#dealsWhole = this.#session.dealsWhole;
      this.#session = undefined;
    }
    this.#wake(0);
    return this.#end;
  }

  get live(): boolean {
    return this.#session?.welcomed === true && this.nameOfId.size > 0;
  }

  /** How long the present session has been welcome; 0 before. */
  get liveMs(): number {
    return this.#session?.welcomed ? this.nowMs() - this.#welcomedMs : 0;
  }

  /** Signals without a final RESULT. */
  get openSignals(): number {
    return this.#signals.open;
  }

  stop(reason: GoodbyeReason = 'SHUTDOWN'): void {
    this.record.flush();
    this.#session?.goodbye(reason, '', this.nowUs());
  }

  dispose(): void {
    this.#disposed = true;
    this.#turn?.cancel();
    this.#stopListening();
  }

  // What the desks work with.

  nowMs(): number {
    return this.#clock.nowMs();
  }

  nowUs(): number {
    return this.#options.nowUs?.() ?? this.#clock.nowMs() * 1_000;
  }

  get busy(): boolean {
    return this.#busy;
  }

  trade(request: TradeRequest, answered: (answer: TradeAnswer) => void): void {
    this.#busy = true;
    this.#afterFlush.push(() => {
      this.broker.send(request, (answer) => this.#arrive({ kind: 'answer', answer, answered }));
    });
  }

  tell(told: Told): void {
    const { signals, commands, lastNumber } = this.record.state;
    const memory = told.subject === 'SIGNAL' ? signals.get(told.id) : commands.get(told.id);
    const attempt = (memory?.results.at(-1)?.attempt ?? 0) + 1;
    this.record.append({ kind: 'kept', number: lastNumber + 1, message: resultOf(told, attempt, this) });
  }

  synchronisedSinceMs(): number | undefined {
    const linkedSince = this.broker.linkedSinceMs();
    return linkedSince === undefined ? undefined : Math.max(linkedSince, this.#bornMs);
  }

  idOf(brokerName: string): number {
    return this.#idOfName.get(brokerName) ?? 0;
  }

  signalOf(magic: bigint): string {
    return this.record.state.signalOfMagic.get(magic) ?? NIL_ID;
  }

  // Turns.

  #arrive(arrival: Arrival): void {
    if (this.#disposed) return;
    this.#inbox.push(arrival);
    this.#wake(0);
  }

  #wake(delayMs: number): void {
    if (this.#disposed) return;
    const nowMs = this.nowMs();
    const delay = delayToEaTurn(nowMs, delayMs);
    if (this.#turn && this.#turn.atMs <= nowMs + delay) return;
    this.#turn?.cancel();
    this.#turn = { atMs: nowMs + delay, cancel: this.#clock.after(delay, () => this.#takeTurn()) };
  }

  #takeTurn(): void {
    this.#turn = undefined;
    this.#takeInbox();
    this.#hello();
    this.#signals.step();
    this.#commands.step();
    this.#report();
    this.#forget();
    this.record.flush();
    const status = {
      connected: this.broker.linkedSinceMs() !== undefined,
      synchronised: this.synchronisedSinceMs() !== undefined,
      errors: this.#errors,
    };
    this.#session?.flushed(this.nowMs(), this.nowUs(), status);
    for (const act of this.#afterFlush.splice(0)) act();
    if (this.#session?.silent(this.nowMs()) && !this.#session.ended) {
      this.#end = { kind: 'lost' };
      this.#session.abandon(this.nowUs());
    }
    this.#wake(Math.max(0, this.#nextDueMs() - this.nowMs()));
  }

  #forget(): void {
    const { remember } = this.#options;
    if (remember === undefined) return;
    const { signals, commands } = this.record.state;
    // Not one at a time: each forgetting is an entry.
    if (Math.max(signals.size, commands.size) > 2 * remember) this.record.append({ kind: 'forgotten', most: remember });
  }

  #nextDueMs(): number {
    const session = this.#session;
    const desks = Math.min(this.#signals.nextDueMs(), this.#commands.nextDueMs());
    const sessionDue = session && !session.ended ? session.nextDueMs() : Number.POSITIVE_INFINITY;
    const startDue = Math.min(this.#historyDueMs, this.#snapshotDueMs);
    const reportsDue = this.live ? Math.min(this.#reports.nextDueMs(), startDue) : Number.POSITIVE_INFINITY;
    // With nothing at all to do it still looks up now and then, as a timer would.
    return Math.min(desks, sessionDue, reportsDue, this.nowMs() + 60_000);
  }

  #takeInbox(): void {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const arrival of inbox) {
      if (arrival.kind === 'frame') this.#frame(arrival.frame, arrival.at);
      else if (arrival.kind === 'trade') this.#traded(arrival.event);
      else {
        this.#busy = false;
        arrival.answered(arrival.answer);
      }
    }
  }

  #traded(event: TradeEvent): void {
    if (event.kind === 'order') return;
    const message =
      event.kind === 'deal'
        ? dealTrade(event.deal, event.remaining, this.broker, this)
        : positionTrade(event.position, this.broker, this);
    this.record.append({ kind: 'kept', number: this.record.state.lastNumber + 1, message });
  }

  #hello(): void {
    const link = this.#opening;
    if (!link) return;
    this.#opening = undefined;
    this.#session = new EaSession({
      link,
      record: this.record,
      clock: this.serverClock,
      nowMs: this.nowMs(),
      earlierNumber: this.#earlierNumber,
      dealsWhole: this.#dealsWhole,
      unsent: this.#unsent,
    });
    this.#unsent = [];
    this.#session.hello(this.#helloMessage(), this.nowUs());
  }

  #helloMessage(): HelloMessage {
    const { terms } = this.broker;
    return {
      kind: 'HELLO',
      versionMin: VERSION_2,
      versionMax: VERSION_2,
      accountId: this.#options.accountId,
      instance: this.record.state.instance,
      login: terms.login,
      leverage: terms.leverage,
      marginMode: terms.marginMode,
      tradeMode: 'DEMO',
      currencyDigits: terms.currencyDigits,
      hedging: terms.marginMode === 'HEDGING',
      fifo: terms.fifo,
      stopOutMode: 'PERCENT',
      stopOutCall: terms.stopOutPercent * 2,
      stopOutLevel: terms.stopOutPercent,
      brokerOffsetSeconds: QUARTER_S * Math.round((terms.timeOffsetMs - (this.#options.wallOffMs ?? 0)) / 1_000 / QUARTER_S),
      eaBuild: 1,
      terminalBuild: 4_150,
      riskPercentMax: terms.riskPercentMax,
      volumeMax: 0,
      positionsMax: 0,
      dailyLossMax: 0,
      drawdownMax: 0,
      apiKey: this.#options.apiKey,
      server: terms.server,
      company: terms.company,
      currency: terms.currency,
      endpoints: this.#options.endpoints ?? [],
    };
  }

  // Frames.

  #frame(frame: Frame2, at: Instant): void {
    const { message } = frame;
    const verdict = this.#session ? this.#session.receive(frame, at) : beforeHello(message);
    if (verdict === 'closed') this.#errors += 1;
    if (verdict !== 'ok') return;
    switch (message.kind) {
      case 'WELCOME':
        this.sessions += 1;
        this.#welcomedMs = this.nowMs();
        this.#options.onWelcome?.(message.serverTimeUs / 1_000);
        this.#resync();
        if (this.#options.wantsToken) this.#session?.say({ kind: 'TOKEN', expiresMs: 0, token: '' });
        return;
      case 'TOKEN':
        this.token = message;
        return;
      case 'SIGNAL':
        this.#signal(message, frame.flags === FLAG_POSSIBLE_DUPLICATE);
        return;
      case 'COMMAND':
        this.#commands.accept(message);
        return;
      case 'RISK':
        if (message.revision >= (this.risk?.revision ?? -1)) this.risk = message;
        return;
      case 'SETTINGS':
        if (message.revision >= (this.settings?.revision ?? -1)) this.settings = message;
        return;
      case 'SYMBOLS_OK':
        for (const { symbolId, brokerName } of message.symbols) {
          this.nameOfId.set(symbolId, brokerName);
          this.#idOfName.set(brokerName, symbolId);
        }
        this.#reports.numbered(this.nowMs());
        return;
      case 'REFUSED':
        this.#hangUp({ kind: 'refused', code: message.code, retryAfterMs: message.retryAfterMs, sentence: message.sentence });
        return;
      case 'GOODBYE':
        this.#hangUp({ kind: 'goodbye', reason: message.reason });
        return;
      case 'REDIRECT':
        if (message.endpoint < (this.#options.endpoints?.length ?? 0))
          this.#leave({ kind: 'redirect', endpoint: message.endpoint }, 'RECONNECT');
        return;
      default:
        // Not for an EA.
        return;
    }
  }

  #signal(message: SignalMessage, mayBeRepeat: boolean): void {
    this.#signalsSeen += 1;
    if (this.#signalsSeen === this.#options.swallowSignal) return;
    if (this.#signals.accept(message, mayBeRepeat) === 'known') this.repeats += 1;
  }

  // What is told without being asked.

  /** After WELCOME: symbols, money, positions, and what was traded since the server last knew. */
  #resync(): void {
    const session = this.#session;
    if (!session) return;
    this.#reports.restart(this.nowMs());
    for (const page of symbols(this.broker, this.#nextQuery())) session.say(page);
    this.#snapshot(session);
    this.#history(session);
  }

  #snapshot(session: EaSession): void {
    const pages = snapshot(this.broker, this, this.nowMs(), { query: this.#nextQuery() });
    for (const page of pages) session.say(page);
    const whole = pages[0]?.completeness === 'COMPLETE';
    this.#snapshotDueMs = whole ? Number.POSITIVE_INFINITY : this.nowMs() + RETRY_MS;
  }

  #history(session: EaSession): void {
    const range = { fromMs: this.record.state.ackedDealMs, toMs: this.nowMs() + this.broker.terms.timeOffsetMs };
    const found = historyBetween(this.broker, range.fromMs, range.toMs);
    session.sayFirstHistory(historyPages(found, this.broker, this, range, { query: this.#nextQuery() }));
    this.#historyDueMs = found ? Number.POSITIVE_INFINITY : this.nowMs() + RETRY_MS;
  }

  #report(): void {
    const session = this.#session;
    if (!session?.welcomed || session.ended) return;
    if (this.#snapshotDueMs <= this.nowMs()) this.#snapshot(session);
    if (this.#historyDueMs <= this.nowMs()) this.#history(session);
    if (this.#reports.symbolsDue(this.nowMs())) for (const page of symbols(this.broker, this.#nextQuery())) session.say(page);
    if (!session.writable) return;
    const finance = this.#reports.finance(this.nowMs());
    if (finance) session.say(finance);
    const quotes = this.#reports.quotes(this.nowMs(), this);
    if (quotes) session.say(quotes);
  }

  #nextQuery(): number {
    this.#query += 1;
    return this.#query;
  }

  #hangUp(end: SessionEnd): void {
    this.#end = end;
    this.#session?.close();
    this.#opening?.close();
    this.#opening = undefined;
  }

  #leave(end: SessionEnd, reason: GoodbyeReason): void {
    this.#end = end;
    this.#session?.goodbye(reason, '', this.nowUs());
  }
}

/** A server that is full or restarting may say so at once. */
function beforeHello(message: Frame2['message']): 'ok' | 'done' {
  return message.kind === 'REFUSED' || message.kind === 'GOODBYE' ? 'ok' : 'done';
}
