import { ExpertAdvisor, type SessionEnd } from '../../src/ea-sim/ea.js';
import { MemoryRecordStore, type SignalSummary, summarise } from '../../src/ea-sim/record.js';
import type { Message2, SignalMessage } from '../../src/protocol/messages.js';
import { Desk, type DeskWish } from './desk.js';
import { ScriptedServer, type ServerWish, signalMessage } from './scripted-server.js';

const INSTANCE = '00112233445566778899aabbccddeeff';

export interface WorldWish extends DeskWish {
  readonly server?: ServerWish;
  readonly swallowSignal?: number;
}

export function idOf(number: number): string {
  return `01890000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** An EA on a desk, with a scripted server that it meets through the real codec. */
export class World {
  readonly desk: Desk;
  readonly store = new MemoryRecordStore(() => INSTANCE);
  ea: ExpertAdvisor;
  server: ScriptedServer;
  readonly sessions: ScriptedServer[] = [];
  #connected = false;
  #beatDueMs = 0;

  constructor(readonly wish: WorldWish = {}) {
    this.desk = new Desk(wish);
    this.ea = this.#newEa();
    this.server = this.#newServer();
  }

  /** A world whose EA is live. */
  static live(wish: WorldWish = {}): World {
    const world = new World(wish);
    world.connect();
    world.wait(100);
    return world;
  }

  get nowMs(): number {
    return this.desk.clock.nowMs();
  }

  connect(): void {
    this.server = this.#newServer();
    this.#connected = true;
    this.#beatDueMs = this.nowMs + 1_000;
    this.ea.opened(this.server);
  }

  drop(): SessionEnd | undefined {
    if (!this.#connected) return undefined;
    this.#connected = false;
    return this.ea.closed();
  }

  /** Ends the EA as a crash does and starts it again over what was flushed. */
  crash(): void {
    this.#connected = false;
    this.ea.dispose();
    this.store.crash();
    this.ea = this.#newEa();
  }

  /** Lets time pass, with a heartbeat of the server each second. */
  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      this.desk.clock.advanceTo(Math.min(untilMs, Math.max(this.nowMs + 1, this.#beatDueMs)));
      if (this.nowMs < this.#beatDueMs) continue;
      this.#beatDueMs = this.nowMs + 1_000;
      if (this.#connected && this.server.frames.length > 0 && !this.server.closed) this.server.heartbeat();
    }
  }

  signal(number: number, change: Partial<SignalMessage> = {}, flags = 0): string {
    const id = idOf(number);
    const magic = (7n << 32n) | BigInt(number);
    this.server.say(signalMessage(id, { validUntilMs: this.nowMs + 60_000, magic, ...change }), flags);
    return id;
  }

  say(message: Message2, flags = 0): void {
    this.server.say(message, flags);
  }

  /** Of all sessions: outcome and attempt of each RESULT for that id. */
  told(id: string): string[] {
    return this.sessions.flatMap((server) => server.results(id)).map(({ outcome, attempt }) => `${outcome} ${attempt}`);
  }

  summary(id: string): SignalSummary | undefined {
    return summarise(this.ea.record.state, this.desk.broker.book.deals).find((signal) => signal.id === id);
  }

  #newEa(): ExpertAdvisor {
    return new ExpertAdvisor({
      accountId: idOf(0),
      apiKey: 'ab'.repeat(32),
      broker: this.desk.broker,
      record: this.store.open(),
      clock: this.desk.clock,
      ...(this.wish.swallowSignal ? { swallowSignal: this.wish.swallowSignal } : {}),
    });
  }

  #newServer(): ScriptedServer {
    const server: ScriptedServer = new ScriptedServer(
      (frame) => {
        if (this.server === server) this.ea.received(frame);
      },
      () => this.nowMs * 1_000,
      this.wish.server,
    );
    this.sessions.push(server);
    return server;
  }
}
