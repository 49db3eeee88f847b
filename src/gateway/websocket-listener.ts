import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../limits.js';
import { systemClock } from '../runtime/clock.js';
import { LINGER_MS, listening, type TlsFiles } from './tcp-listener.js';
import type { Accept, Listener, Transport } from './transport.js';

export interface WebSocketListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles;
  readonly name: string;
  /** For whom the port is, should it not open. */
  readonly purpose: string;
  /** Asked before the upgrade is answered. */
  readonly enter: (upgrade: Upgrade) => Promise<Accept | HttpRefusal | 'cut off'>;
}

/** What is known of a client that wants to speak WebSocket. */
export interface Upgrade {
  readonly remoteAddress: string;
  readonly authorization: string | undefined;
}

export interface HttpRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly sentence: string;
}

/** A close frame carries at most 125 bytes, two of them the code. */
const CLOSE_SENTENCE_BYTES = 123;
const POLICY_VIOLATION = 1008;

function closeWith(socket: WebSocket, sentence: string | undefined): void {
  if (sentence === undefined) return socket.close(1000);
  let cut = sentence;
  while (Buffer.byteLength(cut) > CLOSE_SENTENCE_BYTES) cut = cut.slice(0, -1);
  socket.close(POLICY_VIOLATION, cut);
}

function refuse(stream: Duplex, { status, headers, sentence }: HttpRefusal): void {
  const body = `${sentence}\n`;
  const fields = { ...headers, connection: 'close', 'content-type': 'text/plain', 'content-length': String(body.length) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

function transportOf(socket: WebSocket, request: IncomingMessage): Transport {
  return {
    remoteAddress: request.socket.remoteAddress ?? 'unknown',
    remotePort: request.socket.remotePort ?? 0,
    get outboxBytes() {
      return socket.bufferedAmount;
    },
    write: (bytes) => socket.send(bytes, { binary: true }),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: (sentence) => closeWith(socket, sentence),
    destroy: () => socket.terminate(),
  };
}

/** WebSocket, one whole frame per binary message; a text message or one too long closes the session. */
export async function listenWebSocket(options: WebSocketListenerOptions): Promise<Listener> {
  const server = options.tls
    ? createHttpsServer({ cert: options.tls.cert, key: options.tls.key, minVersion: 'TLSv1.2' })
    : createServer();
  server.headersTimeout = LIMITS.session.helloMs;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LIMITS.frame.body + 64, perMessageDeflate: false });
  const streams = new Set<Duplex>();
  server.on('connection', (stream: Duplex) => {
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
  });
  server.on('request', (_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This port speaks WebSocket.\n');
  });
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    void enter(request, stream, head);
  });
  const enter = async (request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> => {
    const remoteAddress = request.socket.remoteAddress ?? 'unknown';
    const answer = await options.enter({ remoteAddress, authorization: request.headers.authorization });
    if (answer === 'cut off') return void stream.destroy();
    if (typeof answer !== 'function') return refuse(stream, answer);
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const events = answer(transportOf(socket, request));
      socket.on('message', (data, binary) => {
        if (binary && Buffer.isBuffer(data)) events.data(data);
        else socket.close(1003);
      });
      socket.on('error', () => socket.terminate());
      socket.on('close', () => events.closed());
    });
  };
  const port = await listening(server, options.host, options.port, options.purpose);
  return {
    name: options.name,
    host: options.host,
    port,
    close: () =>
      new Promise((resolve) => {
        const cancel = systemClock.after(LINGER_MS, () => {
          for (const stream of streams) stream.destroy();
        });
        server.close(() => {
          cancel();
          resolve();
        });
        for (const socket of sockets.clients) socket.close(1001);
        // Those that never became WebSockets have nothing to take.
        server.closeIdleConnections();
      }),
  };
}
