/** An EA at the world's one broker: its record, its crashes, and the wire that it has at the moment. */
import type { Cancel, Clock } from '../../src/runtime/clock.js';
import { ExpertAdvisor, type SessionEnd } from '../../src/ea-sim/ea.js';
import type { Broker, TradeAnswer, TradeRequest } from '../../src/ea-sim/broker.js';
import { type EaRecord, MemoryRecord, type RecordEntry, type RecordState } from '../../src/ea-sim/record.js';
import { leastWaitMs } from '../../src/ea-sim/terminal.js';
import type { ResultMessage, TradeMessage } from '../../src/protocol/messages.js';
import { FireWire } from './fire-wire.js';
import type { FireWorld } from './fire-world.js';
import { entryStep } from './steps.js';

/** Thrown through an EA's turn: it does nothing after the instant of its crash. */
class Crash extends Error {}

const REDIAL_MS = 503;
const RESTART_MS = 3_003;

export class FireEa {
  ea: ExpertAdvisor | undefined;
  /** That it began with. */
  key = '';
  wire: FireWire | undefined;
  /** All that was acked to this EA, under whichever record. */
  readonly acked: (ResultMessage | TradeMessage)[] = [];
  /** Answers by id that it gave, at most one end each. */
  stopped = false;
  #record: MemoryRecord;
  #records = 0;
  #life = 0;

  constructor(
    readonly world: FireWorld,
    readonly name: string,
  ) {
    this.#record = this.#newRecord();
  }

  get state(): RecordState {
    return this.#record.state;
  }

  start(): void {
    if (this.stopped) return;
    this.#life += 1;
    const life = this.#life;
    const { world } = this;
    const { remember } = world.wish;
    this.key = world.account.key;
    this.ea = new ExpertAdvisor({
      accountId: world.account.id,
      apiKey: this.key,
      broker: this.#broker(),
      record: this.#watched(this.#record),
      clock: this.#clock(life),
      quotesEveryMs: 2_000,
      ...(remember === undefined ? {} : { remember }),
    });
    this.dial();
  }

  /** Its memory is gone with what it had not flushed. */
  crash(): void {
    this.#die();
    this.#record = this.#record.crash();
    this.#restart();
  }

  /** As a new installation: it has another instance and remembers nothing. */
  loseRecord(): void {
    this.#die();
    this.#record = this.#newRecord();
    this.#restart();
  }

  /** For good, as a computer that is switched off. */
  stop(): void {
    this.stopped = true;
    this.#die();
  }

  /** The crash happens inside one of its own turns: what called it must not go on. */
  crashHere(how: 'crash' | 'loseRecord'): never {
    this[how]();
    throw new Crash();
  }

  dial(): void {
    const { world, ea } = this;
    if (this.stopped || ea === undefined || this.wire !== undefined) return;
    if (world.engine === undefined || world.clock.nowMs() < this.awayUntilMs) {
      world.clock.after(1_003, () => this.dial());
      return;
    }
    const wire: FireWire = new FireWire(world, world.engine, ea, this.key, () => this.#closed(wire, ea));
    this.wire = wire;
  }

  awayUntilMs = 0;

  #closed(wire: FireWire, ea: ExpertAdvisor): void {
    if (this.wire === wire) this.wire = undefined;
    const end: SessionEnd = this.#guard(() => ea.closed()) ?? { kind: 'lost' };
    if (this.ea !== ea) return;
    this.world.clock.after(Math.max(REDIAL_MS, leastWaitMs(end)), () => this.dial());
  }

  #die(): void {
    this.ea?.dispose();
    this.ea = undefined;
    this.#life += 1;
    const { wire } = this;
    this.wire = undefined;
    wire?.cut();
  }

  #restart(): void {
    const life = this.#life;
    // One that died again meanwhile is started by that.
    this.world.clock.after(RESTART_MS, () => {
      if (this.#life === life) this.start();
    });
  }

  #newRecord(): MemoryRecord {
    this.#records += 1;
    const words = this.world.random.fork(`instance ${this.name} ${this.#records}`).words();
    return new MemoryRecord(() => words.map((word) => word.toString(16).padStart(8, '0')).join(''));
  }

  #guard<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (error instanceof Crash) return undefined;
      throw error;
    }
  }

  #clock(life: number): Clock {
    const { clock } = this.world;
    const guarded = (call: () => void) => (): void => {
      if (this.#life === life) this.#guard(call);
    };
    return {
      nowMs: () => clock.nowMs(),
      steadyMs: () => clock.steadyMs(),
      monotonicNs: () => clock.monotonicNs(),
      after: (delayMs: number, call: () => void): Cancel => clock.after(delayMs, guarded(call)),
      every: (periodMs: number, call: () => void): Cancel => clock.every(periodMs, guarded(call)),
    };
  }

  #watched(record: MemoryRecord): EaRecord {
    const { steps } = this.world;
    let unflushed: RecordEntry[] = [];
    return {
      state: record.state,
      append: (entry) => {
        if (entry.kind === 'acked')
          for (const [number, message] of record.state.kept) if (number <= entry.number) this.acked.push(message);
        unflushed.push(entry);
        record.append(entry);
      },
      flush: () => {
        const entries = unflushed;
        unflushed = [];
        steps.around([...new Set(entries.map(entryStep))], () => record.flush());
      },
      close: () => record.close(),
    };
  }

  /** The one broker, its orders seen step by step. */
  #broker(): Broker {
    const { steps, broker } = this.world;
    const send = (request: TradeRequest, answer: (result: TradeAnswer) => void): void => {
      const what = request.action === 'deal' && request.position !== 0n ? 'close' : request.action;
      steps.around([`order ${what}`], () =>
        broker.send(request, (result) => steps.around([`answer ${what}`], () => answer(result))),
      );
    };
    const onTrade: Broker['onTrade'] = (listener) =>
      broker.onTrade((event) => {
        if (event.kind === 'deal') steps.around([`fill ${event.deal.entry}`], () => listener(event));
        else listener(event);
      });
    return new Proxy(broker, {
      get: (target, name) => {
        if (name === 'send') return send;
        if (name === 'onTrade') return onTrade;
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    });
  }
}
