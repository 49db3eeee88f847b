/**
 * An EA on its terminal: its broker, which lives through everything, its record, its crashes, and the connection that it
 * keeps. It goes through its list of nodes as every EA does (`src/ea-sim/endpoint-choice.ts`).
 */
import type { Cancel, Clock } from '../../src/runtime/clock.js';
import type { Random } from '../../src/runtime/random.js';
import { BEHAVIOURS, type BehaviourName } from '../../src/ea-sim/behaviour.js';
import { Broker } from '../../src/ea-sim/broker.js';
import type { BrokerTerms } from '../../src/ea-sim/broker-terms.js';
import { ExpertAdvisor } from '../../src/ea-sim/ea.js';
import { EndpointChoice } from '../../src/ea-sim/endpoint-choice.js';
import { delayToEaTurn } from '../../src/ea-sim/instants.js';
import { type EaRecord, MemoryRecordStore, type SignalSummary, summarise } from '../../src/ea-sim/record.js';
import { hungUp } from '../../src/ea-sim/terminal.js';
import type { EndpointRecord } from '../../src/protocol/messages.js';
import type { ClusterWorld } from './cluster-world.js';
import { endpointAt, type SimulatedNode } from './simulated-node.js';
import { SimulatedWire } from './simulated-wire.js';
import type { TerminalAtRest } from './evidence.js';

/** How long the terminal tries to reach a host that does not answer. */
const CONNECT_MOST_MS = 5_000;
const RESTART_MS = 3_000;
const MOVE_MS = 1_000;

/** The record could not be written: the EA must not go on. */
class RecordFull extends Error {}

export interface EaMade {
  readonly accountId: string;
  readonly tenantId: string;
  readonly apiKey: string;
  readonly terms: BrokerTerms;
  readonly behaviour: BehaviourName;
  /** Places of the nodes in its list, its first one first. */
  readonly order: readonly number[];
  readonly wallOffMs: number;
  readonly random: Random;
}

export class SimulatedEa {
  readonly broker: Broker;
  /** Its record, and that of the EA on the account's other computer. */
  readonly #stores: readonly [MemoryRecordStore, MemoryRecordStore];
  #place: 0 | 1 = 0;
  ea: ExpertAdvisor | undefined;
  wire: SimulatedWire | undefined;
  recordIsFull = false;
  readonly #choice: EndpointChoice;
  readonly #endpoints: readonly EndpointRecord[];
  #life = 0;
  #dialling = 0;

  constructor(
    readonly world: ClusterWorld,
    readonly made: EaMade,
  ) {
    const { terms, behaviour, random, order } = made;
    const { clock, prices } = world;
    this.broker = new Broker({ terms, behaviour: BEHAVIOURS[behaviour], prices, clock, random: random.fork('broker') });
    const storeOf = (place: string): MemoryRecordStore => {
      const words = random.fork(place).words();
      return new MemoryRecordStore(() => words.map((word) => word.toString(16).padStart(8, '0')).join(''));
    };
    this.#stores = [storeOf('instance'), storeOf('other instance')];
    this.#choice = new EndpointChoice(order.length, random.fork('backoff'));
    this.#endpoints = order.map(endpointAt);
  }

  get records(): MemoryRecordStore {
    return this.#stores[this.#place];
  }

  get accountId(): string {
    return this.made.accountId;
  }

  start(): void {
    this.#life += 1;
    const life = this.#life;
    const { accountId, apiKey } = this.made;
    this.ea = new ExpertAdvisor({
      accountId,
      apiKey,
      broker: this.broker,
      record: this.#record(),
      clock: this.#guarded(life),
      wallOffMs: this.made.wallOffMs,
      nowUs: () => (this.world.clock.nowMs() + this.made.wallOffMs) * 1_000,
      endpoints: this.#endpoints,
      quotesEveryMs: 2_000,
      watch: this.world.market.symbols,
    });
    this.#dialAfter(this.made.random.int(250));
  }

  /** Its memory is gone with what it had not flushed. */
  crash(downMs = RESTART_MS): void {
    if (this.ea === undefined) return;
    this.ea.dispose();
    this.ea = undefined;
    this.#life += 1;
    this.#dialling += 1;
    this.records.crash();
    const { wire } = this;
    this.wire = undefined;
    wire?.eaDied();
    const life = this.#life;
    this.world.clock.after(downMs + 3, () => {
      if (this.#life === life) this.start();
    });
  }

  /** Its terminal stops, and the one on the account's other computer, with a record of its own, goes on. */
  move(): void {
    this.crash(MOVE_MS);
    this.#place = this.#place === 0 ? 1 : 0;
  }

  hungUp(wire: SimulatedWire): void {
    if (this.wire !== wire) return;
    this.wire = undefined;
    const { ea } = this;
    if (ea === undefined) return;
    const { liveMs } = ea;
    this.#dialAfter(this.#choice.ended(hungUp(liveMs, ea.closed())));
  }

  /** Of trades for us, not of the user's own or of money. */
  deals(): readonly bigint[] {
    return this.broker.book.deals.filter(({ magic, kind }) => magic !== 0n && kind !== 'BALANCE').map(({ ticket }) => ticket);
  }

  summaries(): readonly SignalSummary[] {
    const all = this.#stores.flatMap((store) => summarise(store.open().state, this.broker.book.deals));
    const received = new Set(all.filter((summary) => summary.received).map(({ id }) => id));
    return [...new Map(all.map((summary) => [summary.id, { ...summary, received: received.has(summary.id) }])).values()];
  }

  atRest(): TerminalAtRest {
    const { ea } = this;
    return { live: ea?.live ?? false, kept: this.records.open().state.kept.size, openSignals: ea?.openSignals ?? 0 };
  }

  #dialAfter(delayMs: number): void {
    this.#dialling += 1;
    const dial = this.#dialling;
    const { clock } = this.world;
    clock.after(delayToEaTurn(clock.nowMs(), delayMs), () => {
      if (this.#dialling === dial) this.#dial();
    });
  }

  #dial(): void {
    const { ea, world } = this;
    if (ea === undefined || this.wire !== undefined) return;
    const node = world.nodes[this.made.order[this.#choice.endpoint] ?? 0] as SimulatedNode;
    if (world.areApart(this, node) || node.clock.isFrozen) return this.#failed(CONNECT_MOST_MS);
    if (node.process === undefined) return this.#failed(0);
    this.wire = new SimulatedWire(world, node.process, this, ea);
  }

  #failed(afterMs: number): void {
    this.#dialAfter(afterMs + this.#choice.ended({ liveMs: 0, leastWaitMs: 0 }));
  }

  #record(): EaRecord {
    const record = this.records.open();
    return {
      state: record.state,
      append: (entry) => {
        if (entry.kind === 'acked')
          for (const [number, message] of record.state.kept) if (number <= entry.number) this.world.witness.acked(this, message);
        record.append(entry);
      },
      flush: () => {
        if (this.recordIsFull) throw new RecordFull();
        record.flush();
      },
      close: () => record.close(),
    };
  }

  /** Timers of one life: none fires in the next, and a turn that cannot write its record is the life's last. */
  #guarded(life: number): Clock {
    // An EA counts by GetTickCount64, which no setting of its computer's clock touches.
    const { clock } = this.world;
    const guard = (call: () => void) => (): void => {
      if (this.#life !== life) return;
      try {
        call();
      } catch (error) {
        if (!(error instanceof RecordFull)) throw error;
        this.crash();
      }
    };
    return {
      nowMs: () => clock.nowMs(),
      steadyMs: () => clock.steadyMs(),
      monotonicNs: () => clock.monotonicNs(),
      after: (delayMs: number, call: () => void): Cancel => clock.after(delayMs, guard(call)),
      every: (periodMs: number, call: () => void): Cancel => clock.every(periodMs, guard(call)),
    };
  }
}
