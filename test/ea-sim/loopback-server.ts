import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Endpoint } from '../../src/ea-sim/connection.js';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import { BODY_MOST } from '../../src/protocol/messages.js';
import type { WireActivity } from '../../src/runtime/wire-activity.js';
import { ScriptedServer, type ServerWish } from './scripted-server.js';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface LoopbackWish {
  readonly scheme: Endpoint['scheme'];
  readonly certificate?: Certificate;
  readonly nowUs: () => number;
  readonly server?: ServerWish;
  readonly wire?: WireActivity;
  readonly onSession?: (session: ScriptedServer, raw: RawPeer) => void;
}

/** The bytes under a session, for what a good server never does. */
export interface RawPeer {
  write(bytes: Uint8Array): void;
  end(): void;
}

/** A small server on loopback: a `ScriptedServer` for each connection of suho-2. */
export class LoopbackServer {
  readonly sessions: ScriptedServer[] = [];
  readonly bearers: (string | undefined)[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #wish: LoopbackWish;

  private constructor(wish: LoopbackWish) {
    this.#wish = wish;
    this.#server = this.#listen();
  }

  static async open(wish: LoopbackWish): Promise<LoopbackServer> {
    const loopback = new LoopbackServer(wish);
    loopback.#server.listen(0, '127.0.0.1');
    await once(loopback.#server, 'listening');
    return loopback;
  }

  get endpoint(): Endpoint {
    const { port } = this.#server.address() as AddressInfo;
    return { scheme: this.#wish.scheme, host: '127.0.0.1', port, path: '/' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #listen(): Server {
    const { scheme, certificate } = this.#wish;
    if (scheme === 'tcp') {
      return createServer((socket) => {
        this.#keep(socket);
        this.#stream(socket);
      });
    }
    if (scheme === 'tls') {
      const server = createTlsServer({ ...certificate }, (socket) => this.#stream(socket));
      return server.on('tlsClientError', () => {}).on('connection', (socket: Socket) => this.#keep(socket));
    }
    const http = scheme === 'ws' ? createHttpServer() : createHttpsServer({ ...certificate });
    http.on('connection', (socket: Socket) => this.#keep(socket));
    const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
    sockets.on('connection', (socket, request) => {
      this.bearers.push(request.headers.authorization);
      this.#messages(socket, request.socket.remotePort ?? 0);
    });
    return http;
  }

  #keep(socket: Socket): void {
    const line = this.#wish.wire?.line(socket.remotePort ?? 0);
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      line?.closed('server');
    });
  }

  #stream(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    const take = this.#session(socket.remotePort ?? 0, { write: (bytes) => socket.write(bytes), end: () => socket.end() });
    socket.on('data', take.bytes);
    socket.once('close', take.closed);
  }

  #messages(socket: WebSocket, port: number): void {
    const take = this.#session(port, { write: (bytes) => socket.send(bytes), end: () => socket.close() });
    socket.on('error', () => {});
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) take.bytes(data);
    });
    socket.once('close', take.closed);
  }

  #session(port: number, raw: RawPeer): { bytes: (chunk: Buffer) => void; closed: () => void } {
    const { nowUs, server, onSession, wire } = this.#wish;
    const line = wire?.line(port);
    const session = new ScriptedServer(
      (frame) => {
        line?.sent('server');
        raw.write(encodeFrame(frame));
      },
      nowUs,
      server,
    );
    this.sessions.push(session);
    onSession?.(session, raw);
    const reader = new FrameReader({ from: 'EA', maxBody: BODY_MOST });
    return {
      bytes: (chunk) => {
        const fault = reader.push(chunk, (frame) => {
          line?.received('server');
          session.send(frame);
        });
        if (fault) raw.end();
      },
      closed: () => {
        session.closed = true;
      },
    };
  }
}
