/** One connection between an EA and a node. Frames keep their order and take their time; it can break on either side first. */
import { CodecSuho2 } from '../../src/ea-sim/codec.js';
import type { ExpertAdvisor } from '../../src/ea-sim/ea.js';
import { Drain } from '../../src/gateway/drain.js';
import { Connection } from '../../src/gateway/connection.js';
import type { Frame2 } from '../../src/protocol/messages.js';
import type { FireEngine, FireWorld } from './fire-world.js';
import { frameStep } from './steps.js';

/** What only the account's own EA gets. */
const OWNERS: ReadonlySet<string> = new Set(['WELCOME', 'SIGNAL', 'COMMAND']);

const observer = { opened: () => {}, closed: () => {}, malformed: () => {}, frame: () => {} };

export class FireWire {
  readonly #codec = new CodecSuho2();
  readonly #connection: Connection;
  #eaOpen = true;
  #serverOpen = true;
  #arrivesMs = 0;

  constructor(
    readonly world: FireWorld,
    readonly engine: FireEngine,
    readonly ea: ExpertAdvisor,
    readonly key: string,
    readonly closed: () => void,
  ) {
    this.#connection = new Connection(
      {
        remoteAddress: '127.0.0.1',
        remotePort: 0,
        outboxBytes: 0,
        write: (bytes) => this.#fromServer(bytes),
        pause: () => {},
        resume: () => {},
        end: () => this.#later(() => this.hangUp()),
        destroy: () => this.hangUp(),
      },
      {
        door: engine.door,
        addresses: engine.addresses,
        drain: new Drain(world.clock),
        clock: world.clock,
        helloMs: 5_000,
        observer,
        wholeFrames: true,
      },
    );
    engine.wires.add(this);
    ea.opened({
      writable: true,
      send: (frame) => this.#fromEa(frame),
      close: () => this.#later(() => this.hangUp()),
    });
  }

  /** No byte passes any more, from this instant on; both sides learn of it in turns of their own. */
  cut(): void {
    const learn = this.#eaOpen || this.#serverOpen;
    this.#eaOpen = false;
    this.#serverOpen = false;
    this.engine.wires.delete(this);
    if (!learn) return;
    this.world.clock.after(1, () => {
      if (!this.engine.dead) this.#connection.closed();
      this.closed();
    });
  }

  /** The EA's side is gone; what it had sent still reaches the server, late, and the server learns of the end later still. */
  halfOpen(lateMs: number): void {
    if (!this.#eaOpen) return;
    this.#eaOpen = false;
    this.#arrivesMs = Math.max(this.#arrivesMs, this.world.clock.nowMs() + lateMs);
    this.world.clock.after(1, () => this.closed());
    this.world.clock.after(lateMs + 5_000, () => {
      if (!this.#serverOpen) return;
      this.#serverOpen = false;
      this.engine.wires.delete(this);
      if (!this.engine.dead) this.#connection.closed();
    });
  }

  hangUp(): void {
    if (this.#eaOpen) this.cut();
  }

  #fromServer(bytes: Uint8Array): void {
    const frames: Frame2[] = [];
    new CodecSuho2().read(bytes, (frame) => frames.push(frame));
    const steps = frames.map(({ message }) => frameStep('left', message));
    if (this.#eaOpen && this.world.operator.isDead(this.key))
      this.world.strangers.push(...frames.filter(({ message }) => OWNERS.has(message.kind)).map(({ message }) => message.kind));
    for (const step of steps) this.world.steps.pass(step, 'before');
    if (this.#eaOpen && !this.engine.dead) {
      this.#later(() => {
        if (!this.#eaOpen) return;
        this.#codec.read(bytes, (frame) => {
          const step = frameStep('came', frame.message);
          this.world.steps.pass(step, 'before');
          if (this.#eaOpen) this.ea.received(frame);
          this.world.steps.pass(step, 'after');
        });
      });
    }
    for (const step of steps) this.world.steps.pass(step, 'after');
  }

  #fromEa(frame: Frame2): void {
    const sent = frameStep('sent', frame.message);
    this.world.steps.pass(sent, 'before');
    if (this.#serverOpen && this.#eaOpen) {
      const bytes = this.#codec.write(frame);
      this.#later(() => {
        if (!this.#serverOpen || this.engine.dead) return;
        const heard = frameStep('heard', frame.message);
        this.world.steps.pass(heard, 'before');
        if (this.#serverOpen && !this.engine.dead) this.#connection.data(bytes);
        this.world.steps.pass(heard, 'after');
      });
    }
    this.world.steps.pass(sent, 'after');
  }

  #later(act: () => void): void {
    const { clock, random, delayMsMost } = this.world;
    this.#arrivesMs = Math.max(this.#arrivesMs, clock.nowMs() + random.int(1 + delayMsMost));
    // Not at once: a crash between two frames is one of the things that happen.
    clock.after(this.#arrivesMs - clock.nowMs(), act);
  }
}
