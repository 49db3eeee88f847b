/**
 * One TCP connection between an EA and a node. Bytes arrive in the order in which they were sent and once each, or not at
 * all: that is what a stream does, so nothing here reorders or repeats bytes. What may go wrong is that they take long, that
 * a partition holds them in both directions until it heals, that the connection breaks for both ends or for one of them first,
 * and that the software at one end says a frame twice or in the wrong order, which the numbers of the protocol must find.
 */
import { CodecSuho2 } from '../../src/ea-sim/codec.js';
import type { ExpertAdvisor } from '../../src/ea-sim/ea.js';
import { Connection } from '../../src/gateway/connection.js';
import { type Frame2, KINDS_2 } from '../../src/protocol/messages.js';
import type { NodeProcess } from './simulated-node.js';
import type { SimulatedEa } from './simulated-ea.js';
import type { ClusterWorld } from './cluster-world.js';

const HELLO_MS = 5_000;
/** Of the header: where a frame says what it is. */
const TYPE_AT = 6;
const WATCHED = new Set<number>((['WELCOME', 'REDIRECT', 'SIGNAL', 'COMMAND'] as const).map((kind) => KINDS_2[kind].type));
const UNOBSERVED = { opened: () => {}, closed: () => {}, malformed: () => {}, frame: () => {} };

/** One direction. What arrives while it is held waits, in order. */
class Road {
  readonly #held: { readonly bytes: number; readonly act: () => void }[] = [];
  #arrivesMs = 0;
  heldBytes = 0;

  constructor(
    readonly world: ClusterWorld,
    readonly delayMs: () => number,
    readonly isHeld: () => boolean,
  ) {}

  send(bytes: number, act: () => void): void {
    const { clock } = this.world;
    this.#arrivesMs = Math.max(this.#arrivesMs, clock.nowMs() + this.delayMs());
    clock.after(this.#arrivesMs - clock.nowMs(), () => {
      if (!this.isHeld() && this.#held.length === 0) return act();
      this.#held.push({ bytes, act });
      this.heldBytes += bytes;
    });
  }

  flow(): void {
    while (!this.isHeld()) {
      const next = this.#held.shift();
      if (next === undefined) return;
      this.heldBytes -= next.bytes;
      next.act();
    }
  }
}

/** What the EA's software does with its next numbered frames. */
export type FrameFault = 'twice' | 'swapped';

export class SimulatedWire {
  readonly #codec = new CodecSuho2();
  readonly #watching = new CodecSuho2();
  readonly #connection: Connection;
  readonly #toNode: Road;
  readonly #toEa: Road;
  #eaOpen = true;
  #nodeOpen = true;
  #paused = false;
  #epoch = 0;
  #frameFault: FrameFault | undefined;
  #waiting: Uint8Array | undefined;

  constructor(
    readonly world: ClusterWorld,
    readonly process: NodeProcess,
    readonly owner: SimulatedEa,
    readonly ea: ExpertAdvisor,
  ) {
    const { node } = process;
    const delayMs = (): number => world.delayMs(owner);
    this.#toNode = new Road(world, delayMs, () => this.#paused || node.clock.isFrozen || world.areApart(owner, node));
    this.#toEa = new Road(world, delayMs, () => world.areApart(owner, node));
    this.#connection = new Connection(this.#transport(), {
      door: process.door,
      addresses: process.addresses,
      drain: process.drain,
      clock: node.clock,
      helloMs: HELLO_MS,
      observer: UNOBSERVED,
      wholeFrames: false,
    });
    process.wires.add(this);
    ea.opened({ writable: true, send: (frame) => this.#fromEa(frame), close: () => this.#closedByEa() });
  }

  /** What waits may come through again. */
  flow(): void {
    this.#toNode.flow();
    this.#toEa.flow();
  }

  /** The network breaks it, and both ends learn of it. */
  cut(): void {
    this.world.clock.after(1, () => {
      this.#endForEa();
      this.#endForNode();
    });
  }

  /** It breaks, and one end learns of it that much later than the other. */
  cutFirst(first: 'ea' | 'node', lateMs: number): void {
    const { clock } = this.world;
    const [early, late] =
      first === 'ea' ? [() => this.#endForEa(), () => this.#endForNode()] : [() => this.#endForNode(), () => this.#endForEa()];
    clock.after(1, early);
    clock.after(lateMs, late);
  }

  /** The node's process is gone: its machine closes what it had open, and nobody there hears of it. */
  nodeDied(): void {
    this.#nodeOpen = false;
    this.#toEa.send(0, () => this.#endForEa());
  }

  eaDied(): void {
    this.#eaOpen = false;
    this.#toNode.send(0, () => this.#endForNode());
  }

  spoilFrames(fault: FrameFault): void {
    this.#frameFault = fault;
  }

  #transport(): ConstructorParameters<typeof Connection>[0] {
    const wire = this;
    return {
      remoteAddress: '127.0.0.1',
      remotePort: 0,
      get outboxBytes() {
        return wire.#toEa.heldBytes;
      },
      write: (bytes) => this.#fromNode(bytes),
      pause: () => {
        this.#paused = true;
      },
      resume: () => {
        this.#paused = false;
        // Not within the call: a socket hands over what it holds in a turn of its own.
        this.world.clock.after(0, () => this.#toNode.flow());
      },
      end: () =>
        this.#toEa.send(0, () => {
          this.#endForEa();
          this.#toNode.send(0, () => this.#endForNode());
        }),
      destroy: () => {
        this.world.clock.after(0, () => this.#endForNode());
        this.#toEa.send(0, () => this.#endForEa());
      },
    };
  }

  #fromNode(bytes: Uint8Array): void {
    if (!this.#nodeOpen) return;
    if (WATCHED.has(bytes[TYPE_AT] as number)) this.#watching.read(bytes.slice(), (frame) => this.#watch(frame));
    const sent = bytes.slice();
    this.#toEa.send(sent.length, () => {
      if (this.#eaOpen) this.#codec.read(sent, (frame) => this.#eaOpen && this.ea.received(frame));
    });
  }

  #watch({ message, flags }: Frame2): void {
    if (message.kind === 'WELCOME') this.#epoch = message.epoch;
    else if (message.kind === 'REDIRECT') this.world.redirects += 1;
    else if (message.kind === 'SIGNAL' || message.kind === 'COMMAND')
      this.world.witness.left(this.owner, this.process, this.#epoch, message, flags === 0);
  }

  #fromEa(frame: Frame2): void {
    if (!this.#eaOpen) return;
    const bytes = this.#codec.write(frame);
    if (this.#frameFault === undefined || frame.seq === 0) return this.#toNodeSend(bytes);
    if (this.#frameFault === 'twice') {
      this.#frameFault = undefined;
      this.#toNodeSend(bytes);
      return this.#toNodeSend(bytes);
    }
    if (this.#waiting === undefined) {
      this.#waiting = bytes;
      return;
    }
    const waited = this.#waiting;
    this.#waiting = undefined;
    this.#frameFault = undefined;
    this.#toNodeSend(bytes);
    this.#toNodeSend(waited);
  }

  #toNodeSend(bytes: Uint8Array): void {
    this.#toNode.send(bytes.length, () => {
      if (this.#nodeOpen) this.#connection.data(bytes);
    });
  }

  /** The EA closes its socket: it is rid of it at once, and the node hears of it when the bytes before have come. */
  #closedByEa(): void {
    this.#toNode.send(0, () => this.#endForNode());
    this.world.clock.after(1, () => this.#endForEa());
  }

  #endForEa(): void {
    if (!this.#eaOpen) return;
    this.#eaOpen = false;
    this.owner.hungUp(this);
  }

  #endForNode(): void {
    this.process.wires.delete(this);
    if (!this.#nodeOpen) return;
    this.#nodeOpen = false;
    this.#connection.closed();
  }
}
