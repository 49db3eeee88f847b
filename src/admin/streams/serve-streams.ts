/** Streams over WebSocket on the HTTP port: who may come in, what they say, whether they are still there and still may be. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Principal } from '../../access/principal.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import { Refusal } from '../problem.js';
import { readClientMessage } from './client-message.js';
import type { StreamHub } from './hub.js';
import { Reader, type StreamSocket } from './reader.js';

export const STREAM_PROTOCOL = 'suho.v1';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly principal: Principal;
  /** Who it is now, by what the request carried; undefined once that is worth nothing. */
  readonly again: () => Promise<Principal | undefined>;
}

export interface StreamServer {
  /** Takes the socket, or throws a refusal and leaves it. */
  upgrade(upgrade: Upgrade): void;
  close(): void;
}

interface Client {
  readonly reader: Reader;
  readonly socket: WebSocket;
  readonly again: Upgrade['again'];
  /** Whether it has answered since it was pinged last. */
  there: boolean;
  /** Messages and pings in the present minute. */
  said: number;
}

export interface ServeStreamsOptions {
  readonly hub: StreamHub;
  /** The machine's, not the engine's: sockets live by it. */
  readonly clock: Clock;
}

const MINUTE_MS = 60_000;

class Streams implements StreamServer {
  readonly #options: ServeStreamsOptions;
  readonly #clients = new Set<Client>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.streams.messageBytes,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: (offered) => (offered.has(STREAM_PROTOCOL) ? STREAM_PROTOCOL : false),
  });
  readonly #cancels: readonly (() => void)[];

  constructor(options: ServeStreamsOptions) {
    this.#options = options;
    const { clock } = options;
    this.#cancels = [
      clock.every(LIMITS.streams.pingMs, () => this.#ping()),
      clock.every(LIMITS.streams.lookMs, () => this.#look()),
      clock.every(LIMITS.streams.reviewMs, () => void this.#review()),
      clock.every(MINUTE_MS, () => {
        for (const client of this.#clients) client.said = 0;
      }),
    ];
  }

  upgrade({ request, socket, head, principal, again }: Upgrade): void {
    let own = 0;
    for (const { reader } of this.#clients) if (reader.principal.name === principal.name) own += 1;
    if (this.#clients.size >= LIMITS.streams.perNode) throw new Refusal(503, 'as many streams are open as may be');
    if (own >= LIMITS.streams.perPrincipal) throw new Refusal(429, `you have ${own} streams open already`);
    this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#open(opened, principal, again));
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#options.hub.close();
    // One that does not read would keep its socket, and with it the listener.
    for (const { socket } of this.#clients) if (socket.bufferedAmount > LIMITS.streams.outbox / 2) socket.terminate();
  }

  #open(socket: WebSocket, principal: Principal, again: Upgrade['again']): void {
    const { hub, clock } = this.#options;
    const reader = new Reader({
      socket: streamSocket(socket),
      principal,
      nowMs: () => clock.nowMs(),
      onDrained: (drained) => hub.wake(drained),
    });
    const client: Client = { reader, socket, again, there: true, said: 0 };
    this.#clients.add(client);
    hub.join(reader);
    socket.on('message', (data, binary) => this.#message(client, data, binary));
    socket.on('ping', (data) => {
      if (this.#counted(client) && socket.bufferedAmount < LIMITS.streams.outbox) socket.pong(data);
    });
    socket.on('pong', () => {
      client.there = true;
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#clients.delete(client);
      hub.leave(reader);
    });
  }

  /** False where it has said too much. */
  #counted(client: Client): boolean {
    client.said += 1;
    if (client.said <= LIMITS.streams.saidPerMinute) return true;
    client.reader.cut('too-many');
    return false;
  }

  #message(client: Client, data: RawData, binary: boolean): void {
    const { reader } = client;
    client.there = true;
    if (reader.cutFor !== undefined || !this.#counted(client)) return;
    const said = binary ? undefined : readClientMessage(String(data));
    if (said === undefined) return reader.cut('garbage');
    const { hub } = this.#options;
    for (const name of said.unsubscribe) hub.unsubscribe(reader, name);
    const subscribed: Record<string, string> = {};
    for (const topic of said.subscribe) {
      const answer = hub.subscribe(reader, topic, Object.hasOwn(said.from, topic) ? said.from[topic] : undefined);
      if (answer.kind === 'refused') reader.say({ topic, refused: answer.reason });
      else {
        subscribed[topic] = answer.cursor;
        if (answer.gap) reader.say({ topic, cursor: answer.cursor, gap: true });
      }
    }
    reader.say({ subscribed });
  }

  #ping(): void {
    for (const client of this.#clients) {
      if (!client.there) {
        client.socket.terminate();
        continue;
      }
      client.there = false;
      client.socket.ping();
    }
  }

  #look(): void {
    for (const { reader } of this.#clients) reader.look();
  }

  async #review(): Promise<void> {
    for (const { reader, again } of [...this.#clients]) {
      // A store that is away ends nobody's session: what they may see was looked at before.
      const principal = await again().catch(() => reader.principal);
      if (reader.cutFor === undefined) this.#options.hub.review(reader, principal);
    }
  }
}

function streamSocket(socket: WebSocket): StreamSocket {
  return {
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    send: (text, taken) => socket.send(text, { binary: false }, taken && (() => taken())),
    close: (code, reason) => socket.close(code, reason),
  };
}

export function serveStreams(options: ServeStreamsOptions): StreamServer {
  return new Streams(options);
}
