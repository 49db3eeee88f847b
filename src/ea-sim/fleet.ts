import { build, type Histogram } from 'hdr-histogram-js';
import { SuhoError } from '../errors.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import { type Random, seededRandom } from '../runtime/random.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import { BEHAVIOURS, type Behaviour } from './behaviour.js';
import type { Opening } from './broker.js';
import { drawBrokerTerms, type TermsWish } from './broker-terms.js';
import type { Endpoint, ServerTrust } from './connection.js';
import type { PriceSource } from './price-source.js';
import { MemoryRecordStore, type RecordStore, type SignalSummary } from './record.js';
import { type SimulatedTerminal, Terminal, type TerminalFaults } from './terminal.js';
import { TerminalSuho1 } from './terminal-suho-1.js';

export interface Credential {
  readonly account: string;
  readonly tenant: string;
  readonly key: string;
}

export interface FleetOptions {
  readonly credentials: readonly Credential[];
  /** The n-th EA speaks the n-th profile, round and round; suho-2 where absent. */
  readonly profiles?: readonly (1 | 2)[];
  /** The n-th EA connects to the n-th endpoint that its profile can use, round and round: suho-1 has WebSocket only. */
  readonly endpoints: readonly Endpoint[];
  /** All that an EA knows, in the order in which it tries them; where absent it knows that one. */
  readonly endpointsOf?: (credential: Credential, at: number) => readonly Endpoint[];
  readonly trust?: ServerTrust;
  readonly prices: PriceSource;
  readonly clock: Clock;
  readonly nowUs?: () => number;
  readonly random: Random;
  readonly behaviour?: Behaviour;
  readonly terms?: TermsWish;
  /** By account, of those that were traded before; the others begin with the deposit of their terms. */
  readonly openings?: ReadonlyMap<string, Opening>;
  readonly faults?: TerminalFaults;
  /** The account, by its place, whose n-th SIGNAL is lost. */
  readonly swallow?: { readonly at: number; readonly signal: number };
  readonly quotesEveryMs?: number;
  readonly watch?: readonly string[];
  /** Called with the server's time at each WELCOME. */
  readonly onWelcome?: (serverTimeMs: number) => void;
  readonly wire?: WireActivity;
  /** In memory where absent. */
  readonly recordOf?: (credential: Credential, newInstance: () => string) => RecordStore;
}

export interface FleetTotals {
  /** EAs that are live now. */
  readonly connected: number;
  readonly refused: number;
  readonly signals: number;
  readonly executed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly cancelled: number;
  /** Signals executed more than once: a fault of the engine, of the protocol or of the EA. */
  readonly duplicates: number;
  readonly unknown: number;
  /** Received and without any result yet. */
  readonly open: number;
  /** Deliveries of a signal that the EA had already. */
  readonly repeats: number;
  readonly reconnects: number;
  /** From the server's frame time to the EA. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
}

/** Many terminals on one market. */
export class Fleet {
  readonly terminals: readonly SimulatedTerminal[];
  readonly #latencyUs: Histogram = build({ highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: 3 });

  readonly #clock: Clock;
  readonly #starts: Cancel[] = [];

  constructor(options: FleetOptions) {
    this.#clock = options.clock;
    this.terminals = options.credentials.map((credential, at) => this.#terminal(options, credential, at));
  }

  #terminal(options: FleetOptions, credential: Credential, at: number): SimulatedTerminal {
    const { profiles = [2] } = options;
    const profile = profiles[at % profiles.length] ?? 2;
    const random = options.random.fork(`account/${credential.account}`);
    const opening = options.openings?.get(credential.account);
    const [first, ...others] = options.endpointsOf?.(credential, at) ?? [];
    const shared = {
      accountId: credential.account,
      apiKey: credential.key,
      endpoint: first ?? endpointFor(options.endpoints, profile, at),
      // An account is at its broker whatever the seed: its key is bound to login, server and currency.
      terms: drawBrokerTerms(seededRandom(`broker of ${credential.account}`), options.terms),
      behaviour: options.behaviour ?? BEHAVIOURS.demo,
      prices: options.prices,
      clock: options.clock,
      random,
      ...(opening ? { opening } : {}),
      ...(options.trust ? { trust: options.trust } : {}),
      ...(options.wire ? { wire: options.wire } : {}),
      ...(options.quotesEveryMs ? { quotesEveryMs: options.quotesEveryMs } : {}),
    };
    if (profile === 1) return new TerminalSuho1(shared);
    const newInstance = instanceSource(random, options.clock);
    return new Terminal({
      ...shared,
      records: options.recordOf?.(credential, newInstance) ?? new MemoryRecordStore(newInstance),
      onSignal: (latencyUs) => this.#latencyUs.recordValue(Math.max(1, Math.round(latencyUs))),
      ...(options.nowUs ? { nowUs: options.nowUs } : {}),
      ...(options.faults ? { faults: options.faults } : {}),
      ...(options.watch ? { watch: options.watch } : {}),
      ...(options.onWelcome ? { onWelcome: options.onWelcome } : {}),
      ...(others.length > 0 ? { others } : {}),
      ...(options.swallow?.at === at ? { swallowSignal: options.swallow.signal } : {}),
    });
  }

  /** Starts them one after another, `apartMs` apart. */
  start(apartMs = 0): void {
    for (const [at, terminal] of this.terminals.entries()) {
      if (apartMs === 0) terminal.start();
      else this.#starts.push(this.#clock.after(at * apartMs, () => terminal.start()));
    }
  }

  /** The quiet end of a chaos test: an EA that is ended every minute can never say "not found". */
  calm(): void {
    for (const terminal of this.terminals) terminal.calm();
  }

  stop(): void {
    for (const cancel of this.#starts) cancel();
    for (const terminal of this.terminals) terminal.stop();
  }

  /** What each account's own record and broker say: the witness against the ledger. */
  signals(): ReadonlyMap<string, readonly SignalSummary[]> {
    return new Map(this.terminals.map((terminal) => [terminal.accountId, terminal.signals()]));
  }

  totals(): FleetTotals {
    const signals = this.terminals.flatMap((terminal) => terminal.signals()).filter(({ received }) => received);
    const ended = (outcome: SignalSummary['outcome']): number => signals.filter((signal) => signal.outcome === outcome).length;
    const sum = (of: (terminal: SimulatedTerminal) => number): number =>
      this.terminals.reduce((total, terminal) => total + of(terminal), 0);
    return {
      connected: sum((terminal) => (terminal.live ? 1 : 0)),
      refused: sum((terminal) => (terminal.refusal === undefined ? 0 : 1)),
      signals: signals.length,
      executed: ended('EXECUTED'),
      rejected: ended('REJECTED'),
      expired: ended('EXPIRED'),
      cancelled: ended('CANCELLED'),
      duplicates: signals.filter((signal) => signal.executions > 1).length,
      unknown: ended('UNKNOWN'),
      open: ended(undefined),
      repeats: sum((terminal) => terminal.repeats),
      reconnects: sum((terminal) => Math.max(0, terminal.sessions - 1)),
      latencyMs: this.#latency(),
    };
  }

  #latency(): FleetTotals['latencyMs'] {
    const us = this.#latencyUs;
    if (us.totalCount === 0) return { p50: 0, p99: 0, p999: 0, max: 0 };
    const ms = (percentile: number): number => us.getValueAtPercentile(percentile) / 1_000;
    return { p50: ms(50), p99: ms(99), p999: ms(99.9), max: us.maxValue / 1_000 };
  }
}

function endpointFor(endpoints: readonly Endpoint[], profile: 1 | 2, at: number): Endpoint {
  const usable = profile === 1 ? endpoints.filter(({ scheme }) => scheme === 'ws' || scheme === 'wss') : endpoints;
  const endpoint = usable[at % usable.length];
  if (!endpoint) throw new SuhoError('USAGE', `profile ${profile} needs ${profile === 1 ? 'a ws or wss' : 'an'} address`);
  return endpoint;
}

/** The id of an EA's file: from the seed and the instant, so that a new file is a new instance in each run. */
function instanceSource(random: Random, clock: Clock): () => string {
  return () => {
    const words = random.fork(`instance/${clock.nowMs()}`).words();
    return words.map((word) => word.toString(16).padStart(8, '0')).join('');
  };
}
