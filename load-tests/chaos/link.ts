/**
 * A network that can be made bad: a proxy on loopback between two processes, one for each pair of them. What it carries stays
 * whole and in order, as TCP has it: a packet that is lost is sent again by whoever lost it, so to both ends loss is a piece
 * that comes late, with all that is behind it. A black hole takes what is written until its buffer is full and gives nothing
 * on, not even that the other end has gone; once it is lifted all of it arrives. Only a reset takes bytes away.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Cancel, Clock } from '../../src/runtime/clock.js';
import type { Random } from '../../src/runtime/random.js';

/** What goes wrong on the way; nothing where it is 0 or false. */
export interface Conditions {
  /** Each way, for each piece, and up to how much more by chance. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Share of pieces that are lost once, and how long it takes until they are sent again. */
  readonly lossChance: number;
  readonly resendMs: number;
  readonly bytesPerSecond: number;
  /** Nothing gets from the client to the server, or back; both are a black hole, one is a half-open connection. */
  readonly toServerStalled: boolean;
  readonly toClientStalled: boolean;
  /** New connections are reset. */
  readonly refusing: boolean;
}

export const CLEAR: Conditions = {
  delayMs: 0,
  jitterMs: 0,
  lossChance: 0,
  resendMs: 0,
  bytesPerSecond: 0,
  toServerStalled: false,
  toClientStalled: false,
  refusing: false,
};

/** Bytes that wait in one direction before its source is not read any more. */
const HELD_MOST = 262_144;
/** A throttled direction goes on in pieces of this many bytes. */
const PIECE = 2_048;

interface Parcel {
  readonly what: Buffer | 'end' | 'cut';
  readonly dueMs: number;
}

export interface LinkOptions {
  /** Where what it carries goes to, on loopback. */
  readonly target: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Called for what comes from the server. */
  readonly onHeard?: () => void;
}

interface Way {
  readonly conditions: () => Conditions;
  readonly stalled: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly onDelivered?: () => void;
}

/** One direction of one connection. */
class Pipe {
  readonly #queue: Parcel[] = [];
  #held = 0;
  #lastDueMs = 0;
  #timer: Cancel | undefined;
  #full = false;
  #done = false;

  constructor(
    readonly from: Socket,
    readonly to: Socket,
    readonly way: Way,
  ) {
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.once('end', () => this.#push('end', 0));
    from.once('close', () => this.#push('cut', 0));
    to.on('drain', () => {
      this.#full = false;
      this.pump();
    });
  }

  #take(chunk: Buffer): void {
    const { bytesPerSecond } = this.way.conditions();
    if (bytesPerSecond === 0) this.#push(chunk, 0);
    else
      for (let at = 0; at < chunk.length; at += PIECE) {
        const piece = chunk.subarray(at, at + PIECE);
        this.#push(piece, (piece.length * 1_000) / bytesPerSecond);
      }
    if (this.#held >= HELD_MOST) this.from.pause();
  }

  #push(what: Parcel['what'], costMs: number): void {
    const { delayMs, jitterMs, lossChance, resendMs } = this.way.conditions();
    const { random } = this.way;
    const lateMs = delayMs + (jitterMs === 0 ? 0 : random.next() * jitterMs) + (random.chance(lossChance) ? resendMs : 0);
    const nowMs = this.way.clock.nowMs();
    // What is behind a piece that is late comes after it.
    this.#lastDueMs = Math.max(this.#lastDueMs + costMs, nowMs + lateMs);
    this.#queue.push({ what, dueMs: this.#lastDueMs });
    if (Buffer.isBuffer(what)) this.#held += what.length;
    this.pump();
  }

  /** Hands on what is due. */
  pump(): void {
    this.#timer?.();
    this.#timer = undefined;
    while (!this.#full && !this.#done && !this.way.stalled()) {
      const [parcel] = this.#queue;
      if (parcel === undefined) break;
      const waitMs = parcel.dueMs - this.way.clock.nowMs();
      if (waitMs > 0) {
        this.#timer = this.way.clock.after(waitMs, () => this.pump());
        return;
      }
      this.#queue.shift();
      this.#deliver(parcel.what);
    }
    if (this.#held < HELD_MOST) this.from.resume();
  }

  #deliver(what: Parcel['what']): void {
    if (Buffer.isBuffer(what)) {
      this.#held -= what.length;
      this.way.onDelivered?.();
      if (!this.to.destroyed && !this.to.writableEnded && !this.to.write(what)) this.#full = true;
    } else if (what === 'end') this.to.end();
    else {
      this.#done = true;
      // After an orderly end there is nothing left to cut.
      if (!this.to.writableEnded) this.to.resetAndDestroy();
    }
  }

  stop(): void {
    this.#done = true;
    this.#timer?.();
  }
}

class Connection {
  readonly #pipes: readonly [Pipe, Pipe];

  constructor(
    readonly client: Socket,
    readonly server: Socket,
    ways: { readonly toServer: Way; readonly toClient: Way },
    onClosed: (connection: Connection) => void,
  ) {
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // What is wrong with it is told by its close.
      socket.on('error', () => {});
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) onClosed(this);
      });
    }
    this.#pipes = [new Pipe(client, server, ways.toServer), new Pipe(server, client, ways.toClient)];
  }

  pump(): void {
    for (const pipe of this.#pipes) pipe.pump();
  }

  reset(): void {
    for (const pipe of this.#pipes) pipe.stop();
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }
}

export class Link implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #listener: Server;
  readonly #connections = new Set<Connection>();
  #conditions = CLEAR;
  #opened = 0;

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#listener = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    link.#listener.listen(0, '127.0.0.1');
    await once(link.#listener, 'listening');
    return link;
  }

  /** Where it is reached, on loopback. */
  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Connections that stand, and all that were ever opened. */
  get standing(): number {
    return this.#connections.size;
  }

  get opened(): number {
    return this.#opened;
  }

  get conditions(): Conditions {
    return this.#conditions;
  }

  /** From now on these, and nothing else, go wrong. */
  suffer(conditions: Partial<Conditions>): void {
    this.#conditions = { ...CLEAR, ...conditions };
    for (const connection of this.#connections) connection.pump();
  }

  heal(): void {
    this.suffer({});
  }

  /** Cuts every connection that stands: both ends are told, and what was on its way is gone. */
  reset(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  #accept(client: Socket): void {
    if (this.#conditions.refusing) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    this.#opened += 1;
    const { target, clock, random, onHeard } = this.#options;
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const shared = { conditions: () => this.#conditions, clock, random };
    const ways = {
      toServer: { ...shared, stalled: () => this.#conditions.toServerStalled },
      toClient: { ...shared, stalled: () => this.#conditions.toClientStalled, ...(onHeard ? { onDelivered: onHeard } : {}) },
    };
    this.#connections.add(new Connection(client, server, ways, (gone) => this.#connections.delete(gone)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
  }
}
