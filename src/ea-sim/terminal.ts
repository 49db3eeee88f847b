import type { Cancel, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import type { Frame2 } from '../protocol/messages.js';
import { BARRED_MS, Backoff } from './backoff.js';
import type { Behaviour } from './behaviour.js';
import { Broker } from './broker.js';
import type { BrokerTerms } from './broker-terms.js';
import { CodecSuho2 } from './codec.js';
import { Connection, type Endpoint, type ServerTrust } from './connection.js';
import { type EaOptions, ExpertAdvisor, type SessionEnd } from './ea.js';
import { delayToEaTurn } from './instants.js';
import type { PriceSource } from './price-source.js';
import { type EaRecord, type RecordStore, type SignalSummary, summarise } from './record.js';

/** What goes wrong on purpose; each at random instants with this mean distance, never where absent. */
export interface TerminalFaults {
  readonly disconnectEveryMs?: number;
  /** Stops reading for `slowReadForMs`. */
  readonly slowReadEveryMs?: number;
  readonly slowReadForMs?: number;
  /** Loses the EA's memory but not its record, and starts it again `restartAfterMs` later. */
  readonly crashEveryMs?: number;
  readonly restartAfterMs?: number;
}

export interface TerminalOptions
  extends Pick<EaOptions, 'nowUs' | 'quotesEveryMs' | 'watch' | 'swallowSignal' | 'onSignal' | 'onWelcome'> {
  readonly accountId: string;
  readonly apiKey: string;
  readonly endpoint: Endpoint;
  readonly trust?: ServerTrust;
  readonly terms: BrokerTerms;
  readonly behaviour: Behaviour;
  readonly prices: PriceSource;
  readonly clock: Clock;
  /** Forked for this account. */
  readonly random: Random;
  readonly records: RecordStore;
  readonly wire?: WireActivity;
  readonly faults?: TerminalFaults;
}

const RESTART_AFTER_MS = 2_000;
const SLOW_READ_FOR_MS = 3_000;

/** One MetaTrader terminal: a broker that lives through everything, the EA on it, its record, and the connection it makes. */
export class Terminal {
  readonly broker: Broker;
  readonly #options: TerminalOptions;
  readonly #backoff: Backoff;
  readonly #chance: Random;
  readonly #timers = new Map<string, Cancel>();
  #record: EaRecord | undefined;
  #ea: ExpertAdvisor | undefined;
  #connection: Connection<Frame2, Frame2> | undefined;
  #stopped = true;
  #past = { sessions: 0, repeats: 0 };
  /** Why the newest session was refused, if it was. */
  refusal: string | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random.fork('backoff'));
    this.#chance = options.random.fork('faults');
    this.broker = new Broker({
      terms: options.terms,
      behaviour: options.behaviour,
      prices: options.prices,
      clock: options.clock,
      random: options.random.fork('broker'),
    });
  }

  get accountId(): string {
    return this.#options.accountId;
  }

  get live(): boolean {
    return this.#ea?.live ?? false;
  }

  get openSignals(): number {
    return this.#ea?.openSignals ?? 0;
  }

  /** Sessions that the server welcomed, and signals delivered again. */
  get sessions(): number {
    return this.#past.sessions + (this.#ea?.sessions ?? 0);
  }

  get repeats(): number {
    return this.#past.repeats + (this.#ea?.repeats ?? 0);
  }

  /** What the record and the broker say of each signal. */
  signals(): SignalSummary[] {
    return this.#record ? summarise(this.#record.state, this.broker.book.deals) : [];
  }

  start(): void {
    this.#stopped = false;
    this.#startEa();
    const { faults } = this.#options;
    if (faults?.disconnectEveryMs) this.#repeat('disconnect', faults.disconnectEveryMs, () => this.disconnect());
    if (faults?.crashEveryMs) this.#repeat('crash', faults.crashEveryMs, () => this.crash());
    if (faults?.slowReadEveryMs)
      this.#repeat('slow', faults.slowReadEveryMs, () => this.slowRead(faults.slowReadForMs ?? SLOW_READ_FOR_MS));
  }

  /** Says goodbye and stays away; the record is closed. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#ea?.stop();
    this.#connection?.close();
    this.#endEa();
    this.#record?.close();
  }

  /** Cuts the connection as a network does. */
  disconnect(): void {
    this.#connection?.destroy('the network failed');
  }

  slowRead(forMs: number): void {
    const connection = this.#connection;
    connection?.pause();
    this.#after('resume', forMs, () => connection?.resume());
  }

  /** Ends the EA without a word and starts it again over what its record holds. */
  crash(): void {
    if (this.#stopped || !this.#ea) return;
    this.#endEa();
    this.#options.records.crash();
    this.disconnect();
    this.#after('restart', this.#options.faults?.restartAfterMs ?? RESTART_AFTER_MS, () => this.#startEa());
  }

  #startEa(): void {
    this.#record = this.#options.records.open();
    this.#ea = new ExpertAdvisor({ ...this.#options, broker: this.broker, record: this.#record });
    this.#dial();
  }

  #endEa(): void {
    this.#past = { sessions: this.sessions, repeats: this.repeats };
    this.#ea?.dispose();
    this.#ea = undefined;
  }

  #dial(): void {
    const ea = this.#ea;
    if (this.#stopped || !ea) return;
    const { endpoint, trust, wire } = this.#options;
    const connection: Connection<Frame2, Frame2> = new Connection<Frame2, Frame2>({
      endpoint,
      codec: new CodecSuho2(),
      ...(trust ? { trust } : {}),
      ...(wire ? { wire } : {}),
      onOpen: () => {
        if (this.#ea === ea) ea.opened(connection);
      },
      onFrame: (frame) => {
        if (this.#ea === ea) ea.received(frame);
      },
      onClose: () => {
        if (this.#connection === connection) this.#connection = undefined;
        if (this.#ea === ea) this.#hungUp(ea);
      },
    });
    this.#connection = connection;
  }

  #hungUp(ea: ExpertAdvisor): void {
    const liveMs = ea.liveMs;
    const end = ea.closed();
    this.refusal = end.kind === 'refused' ? `${end.code}: ${end.sentence}` : undefined;
    this.#after('dial', this.#backoff.nextMs(liveMs, leastWaitMs(end)), () => this.#dial());
  }

  #repeat(name: string, meanMs: number, act: () => void): void {
    const waitMs = -meanMs * Math.log(1 - this.#chance.next());
    this.#after(name, waitMs, () => {
      act();
      if (!this.#stopped) this.#repeat(name, meanMs, act);
    });
  }

  #after(name: string, delayMs: number, act: () => void): void {
    this.#timers.get(name)?.();
    const { clock } = this.#options;
    const cancel = clock.after(delayToEaTurn(clock.nowMs(), delayMs), () => {
      this.#timers.delete(name);
      if (!this.#stopped) act();
    });
    this.#timers.set(name, cancel);
  }
}

/** How long the server, or good manners, ask to stay away. */
export function leastWaitMs(end: SessionEnd): number {
  if (end.kind === 'goodbye') return end.reason === 'NEWER_SESSION' || end.reason === 'KEY_CHANGED' ? BARRED_MS : 0;
  if (end.kind !== 'refused') return 0;
  const barred = end.code === 'BAD_KEY' || end.code === 'TAKEOVER' || end.code === 'BOUND_ELSEWHERE';
  return Math.max(end.retryAfterMs, barred ? BARRED_MS : 0);
}
