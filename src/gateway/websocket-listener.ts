import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../limits.js';
import { listening, type TlsFiles } from './tcp-listener.js';
import type { Accept, Listener, Transport } from './transport.js';

export interface WebSocketListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles;
  readonly name: string;
  /** The Authorization header of the upgrade, where one came. */
  readonly accept: (transport: Transport, authorization: string | undefined) => ReturnType<Accept>;
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
    end: () => socket.close(1000),
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
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const transport = transportOf(socket, request);
      const events = options.accept(transport, request.headers.authorization);
      socket.on('message', (data, binary) => {
        if (binary && Buffer.isBuffer(data)) events.data(data);
        else socket.close(1003);
      });
      socket.on('error', () => socket.terminate());
      socket.on('close', () => events.closed());
    });
  });
  const port = await listening(server, options.host, options.port, 'EAs over WebSocket');
  return {
    name: options.name,
    host: options.host,
    port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
        for (const stream of streams) stream.destroy();
      }),
  };
}
