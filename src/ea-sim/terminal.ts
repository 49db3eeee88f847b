import type { EndpointRecord, Frame2 } from '../protocol/messages.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import { BARRED_MS } from './backoff.js';
import type { Behaviour } from './behaviour.js';
import { Broker, type Opening } from './broker.js';
import type { BrokerTerms } from './broker-terms.js';
import { CodecSuho2 } from './codec.js';
import type { Endpoint, ServerTrust } from './connection.js';
import { Dialer } from './dialer.js';
import { type EaOptions, ExpertAdvisor, type SessionEnd } from './ea.js';
import type { HungUp } from './endpoint-choice.js';
import { delayToEaTurn } from './instants.js';
import type { PriceSource } from './price-source.js';
import { type EaRecord, type RecordStore, type SignalSummary, summarise } from './record.js';

/** A terminal of either profile, as a fleet counts it. */
export interface SimulatedTerminal {
  readonly accountId: string;
  readonly broker: Broker;
  readonly live: boolean;
  /** Sessions that came to life, and deliveries of what the EA had already. */
  readonly sessions: number;
  readonly repeats: number;
  /** Why the newest session was refused, if it was. */
  readonly refusal: string | undefined;
  /** Why the newest connection ended, in the words of whoever ended it. */
  readonly hungUpBecause: string | undefined;
  /** What the record and the broker say of each signal. */
  signals(): SignalSummary[];
  start(): void;
  /** Says goodbye and stays away. */
  stop(): void;
  /** Cuts the connection as a network does. */
  disconnect(): void;
  /** Nothing more goes wrong on purpose; what has, mends. */
  calm(): void;
}

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
  extends Pick<EaOptions, 'nowUs' | 'quotesEveryMs' | 'watch' | 'swallowSignal' | 'onSignal' | 'onWelcome' | 'wantsToken'> {
  readonly accountId: string;
  readonly apiKey: string;
  readonly endpoint: Endpoint;
  /** Servers beside it that the EA knows, in the order in which it tries them. */
  readonly others?: readonly Endpoint[];
  readonly trust?: ServerTrust;
  readonly terms: BrokerTerms;
  readonly opening?: Opening;
  readonly behaviour: Behaviour;
  readonly prices: PriceSource;
  readonly clock: Clock;
  /** Forked for this account. */
  readonly random: Random;
  readonly records: RecordStore;
  readonly wire?: WireActivity;
  readonly faults?: TerminalFaults;
}

const TRANSPORTS = { tls: 'TLS', tcp: 'TCP', wss: 'WSS', ws: 'WS' } as const satisfies Record<
  Endpoint['scheme'],
  EndpointRecord['transport']
>;
const FAULTS = ['disconnect', 'crash', 'slow'] as const;
const RESTART_AFTER_MS = 2_000;
const SLOW_READ_FOR_MS = 3_000;

/** One MetaTrader terminal: a broker that lives through everything, the EA on it, its record, and the connection it keeps. */
export class Terminal implements SimulatedTerminal {
  readonly broker: Broker;
  readonly #options: TerminalOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #chance: Random;
  readonly #dialer: Dialer<Frame2, Frame2>;
  readonly #timers = new Map<string, Cancel>();
  #record: EaRecord | undefined;
  #ea: ExpertAdvisor | undefined;
  /** The EA that the present connection belongs to; after a crash it is no longer the running one. */
  #connectedEa: ExpertAdvisor | undefined;
  #stopped = true;
  #past = { sessions: 0, repeats: 0 };
  refusal: string | undefined;
  hungUpBecause: string | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#chance = options.random.fork('faults');
    this.#endpoints = [options.endpoint, ...(options.others ?? [])];
    this.broker = new Broker({ ...options, random: options.random.fork('broker') });
    this.#dialer = new Dialer<Frame2, Frame2>({
      endpoints: this.#endpoints,
      clock: options.clock,
      random: options.random.fork('backoff'),
      newCodec: () => new CodecSuho2(),
      onOpen: (connection) => {
        this.#connectedEa = this.#ea;
        this.#ea?.opened(connection);
      },
      onFrame: (frame) => this.#connectedEa?.received(frame),
      onClose: (why) => this.#hungUp(why),
      ...(options.trust ? { trust: options.trust } : {}),
      ...(options.wire ? { wire: options.wire } : {}),
    });
  }

  get accountId(): string {
    return this.#options.accountId;
  }

  get live(): boolean {
    return this.#ea?.live ?? false;
  }

  /** The newest token for HTTP. */
  get token(): ExpertAdvisor['token'] {
    return this.#ea?.token;
  }

  get sessions(): number {
    return this.#past.sessions + (this.#ea?.sessions ?? 0);
  }

  get repeats(): number {
    return this.#past.repeats + (this.#ea?.repeats ?? 0);
  }

  signals(): SignalSummary[] {
    return this.#record ? summarise(this.#record.state, this.broker.book.deals) : [];
  }

  start(): void {
    this.#stopped = false;
    this.#startEa();
    this.#dialer.start();
    const { faults } = this.#options;
    if (faults?.disconnectEveryMs) this.#repeat('disconnect', faults.disconnectEveryMs, () => this.disconnect());
    if (faults?.crashEveryMs) this.#repeat('crash', faults.crashEveryMs, () => this.crash());
    if (faults?.slowReadEveryMs) {
      this.#repeat('slow', faults.slowReadEveryMs, () => this.#dialer.pauseFor(faults.slowReadForMs ?? SLOW_READ_FOR_MS));
    }
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#ea?.stop();
    this.#dialer.stop();
    this.#endEa();
    this.#record?.close();
  }

  disconnect(): void {
    this.#dialer.cut();
  }

  calm(): void {
    for (const name of FAULTS) this.#timers.get(name)?.();
  }

  /** Ends the EA without a word and starts it again over what its record holds. */
  crash(): void {
    if (this.#stopped || !this.#ea) return;
    this.#endEa();
    this.#options.records.crash();
    this.#dialer.cut();
    this.#after('restart', this.#options.faults?.restartAfterMs ?? RESTART_AFTER_MS, () => this.#startEa());
  }

  #startEa(): void {
    this.#record = this.#options.records.open();
    const endpoints = this.#options.others === undefined ? {} : { endpoints: this.#endpoints.map(endpointRecord) };
    this.#ea = new ExpertAdvisor({ ...this.#options, ...endpoints, broker: this.broker, record: this.#record });
    // A connection that came up while no EA ran has had no HELLO.
    if (this.#connectedEa === undefined) this.#dialer.cut();
  }

  #endEa(): void {
    this.#past = { sessions: this.sessions, repeats: this.repeats };
    this.#ea?.dispose();
    this.#ea = undefined;
    this.#connectedEa = undefined;
  }

  #hungUp(why: string): HungUp {
    const ea = this.#connectedEa;
    this.#connectedEa = undefined;
    this.hungUpBecause = why;
    if (!ea) return { liveMs: 0, leastWaitMs: 0 };
    const { liveMs } = ea;
    const end = ea.closed();
    if (end.kind === 'goodbye') this.hungUpBecause = `GOODBYE ${end.reason}`;
    if (end.kind === 'refused') this.refusal = `${end.code}: ${end.sentence || why}`;
    else if (liveMs > 0) this.refusal = undefined;
    return hungUp(liveMs, end);
  }

  #repeat(name: string, meanMs: number, act: () => void): void {
    this.#after(name, -meanMs * Math.log(1 - this.#chance.next()), () => {
      act();
      this.#repeat(name, meanMs, act);
    });
  }

  #after(name: string, delayMs: number, act: () => void): void {
    const { clock } = this.#options;
    this.#timers.set(name, clock.after(delayToEaTurn(clock.nowMs(), delayMs), act));
  }
}

function endpointRecord({ scheme, host, port }: Endpoint): EndpointRecord {
  return { transport: TRANSPORTS[scheme], host, port };
}

/** What a connection came to, for whoever chooses the next. */
export function hungUp(liveMs: number, end: SessionEnd): HungUp {
  // What a node has no room for, another may have.
  const busy = end.kind === 'refused' && (end.code === 'BUSY' || end.code === 'LIMIT');
  return { liveMs, leastWaitMs: leastWaitMs(end), busy, ...(end.kind === 'redirect' ? { redirectedTo: end.endpoint } : {}) };
}

/** How long the server, or good manners, ask to stay away. */
export function leastWaitMs(end: SessionEnd): number {
  if (end.kind === 'goodbye') return end.reason === 'NEWER_SESSION' || end.reason === 'KEY_CHANGED' ? BARRED_MS : 0;
  if (end.kind !== 'refused') return 0;
  const barred = end.code === 'BAD_KEY' || end.code === 'TAKEOVER' || end.code === 'BOUND_ELSEWHERE';
  return Math.max(end.retryAfterMs, barred ? BARRED_MS : 0);
}
