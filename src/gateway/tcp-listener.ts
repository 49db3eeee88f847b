import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { systemClock } from '../runtime/clock.js';
import type { Accept, Listener, Transport } from './transport.js';

/** How long a closing listener lets its clients take what was said last. */
export const LINGER_MS = 500;

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TcpListenerOptions {
  readonly host: string;
  readonly port: number;
  /** With a certificate the listener speaks TLS, else plain TCP. */
  readonly tls?: TlsFiles;
  readonly accept: Accept;
}

function transportOf(socket: Socket | TLSSocket): Transport {
  return {
    remoteAddress: socket.remoteAddress ?? 'unknown',
    remotePort: socket.remotePort ?? 0,
    get outboxBytes() {
      return socket.writableLength;
    },
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** Raw TCP, plain or with TLS: the transport of MQL5's own sockets. */
export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const connected = (socket: Socket | TLSSocket): void => {
    socket.setNoDelay(true);
    const events = options.accept(transportOf(socket));
    socket.on('data', (bytes) => events.data(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => events.closed());
  };
  const settings = { highWaterMark: LIMITS.session.readTurn };
  const server: Server = options.tls
    ? createTlsServer({
        ...settings,
        cert: options.tls.cert,
        key: options.tls.key,
        minVersion: 'TLSv1.2',
        handshakeTimeout: LIMITS.session.helloMs,
      })
    : createServer(settings);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on(options.tls ? 'secureConnection' : 'connection', connected);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const port = await listening(server, options.host, options.port, options.tls ? 'EAs over TLS' : 'EAs over TCP');
  return {
    name: options.tls ? 'tls' : 'tcp',
    host: options.host,
    port,
    close: () =>
      new Promise((resolve) => {
        // What was said last leaves first; a client that does not take it is not waited for.
        const cancel = systemClock.after(LINGER_MS, () => {
          for (const socket of sockets) socket.destroy();
        });
        server.close(() => {
          cancel();
          resolve();
        });
        for (const socket of sockets) socket.end();
      }),
  };
}

/** Binds, and turns the operating system's refusal into a sentence that names the port and what it was for. */
export function listening(server: Server, host: string, port: number, purpose: string): Promise<number> {
  // Also those that have not shown yet who they are, or never will: their handshake is under way.
  server.maxConnections = LIMITS.session.perNode;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be opened (${error.code ?? error.message})`;
      reject(new SuhoError('PORT_TAKEN', `port ${port} on ${host}, for ${purpose}, ${why}`, { cause: error }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
