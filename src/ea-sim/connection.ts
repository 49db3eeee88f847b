/**
 * One connection of an EA to a server: tcp, tls, ws or wss, bytes cut into frames and frames written as bytes. What goes
 * wrong with it (refused, cut, a malformed frame) ends in one call of `onClose`, and nothing is called after that.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { SuhoError } from '../errors.js';
import type { ProtocolFault } from '../protocol/fault.js';
import type { WireActivity, WireLine } from '../runtime/wire-activity.js';

export interface Endpoint {
  readonly scheme: 'tcp' | 'tls' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface ServerTrust {
  /** PEM of the certificate, or of its authority. */
  readonly ca?: string;
  /** SHA-256 of the certificate, as `AA:BB:…`: pins it whatever its name and authority. */
  readonly fingerprint256?: string;
}

/** Frames of one profile as bytes. `read` may be called with pieces of frames, except over WebSocket. */
export interface FrameCodec<Out, In> {
  /** Undefined for what the profile cannot carry: it is not sent. */
  write(frame: Out): Uint8Array | undefined;
  read(chunk: Uint8Array, onFrame: (frame: In) => void): ProtocolFault | undefined;
  /** Bytes of a frame that is not whole. */
  readonly pending: number;
}

export interface ConnectionOptions<Out, In> {
  readonly endpoint: Endpoint;
  readonly codec: FrameCodec<Out, In>;
  readonly trust?: ServerTrust;
  /** Sent as Bearer on the WebSocket upgrade. */
  readonly bearer?: string;
  readonly wire?: WireActivity;
  readonly onOpen: () => void;
  readonly onFrame: (frame: In) => void;
  /** `httpStatus` is what a server answered in place of the WebSocket, 0 for all else. */
  readonly onClose: (why: string, httpStatus: number) => void;
}

export function parseEndpoint(text: string): Endpoint {
  const match = /^(tcp|tls|ws|wss):\/\/(\[[0-9a-f:]+\]|[^\s/:]+):(\d{1,5})(\/\S*)?$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535)
    throw new SuhoError('USAGE', `${text} is not an address of a server; write tcp://HOST:PORT, or tls, ws, wss.`);
  return {
    scheme: (match[1] ?? '').toLowerCase() as Endpoint['scheme'],
    host: (match[2] ?? '').replace(/^\[|\]$/g, ''),
    port,
    path: match[4] ?? '/',
  };
}

export class Connection<Out, In> {
  readonly #options: ConnectionOptions<Out, In>;
  readonly #socket: Socket | TLSSocket;
  readonly #webSocket: WebSocket | undefined;
  #line: WireLine | undefined;
  #dialing = true;
  #open = false;
  #closed = false;
  #held = false;
  #httpStatus = 0;
  #writable = true;
  #why = 'the connection was closed';

  constructor(options: ConnectionOptions<Out, In>) {
    this.#options = options;
    options.wire?.activity.begin();
    this.#socket = this.#connect();
    const { scheme } = options.endpoint;
    this.#socket.setNoDelay(true);
    this.#socket.once('connect', () => {
      this.#line = options.wire?.line(this.#socket.localPort ?? 0);
    });
    this.#socket.on('drain', () => {
      this.#writable = true;
    });
    this.#socket.on('error', (error) => this.#failed(error.message));
    if (scheme === 'ws' || scheme === 'wss') {
      this.#webSocket = this.#upgrade();
      return;
    }
    this.#socket.once(scheme === 'tls' ? 'secureConnect' : 'connect', () => this.#opened());
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.once('close', () => this.#ended());
  }

  get writable(): boolean {
    return this.#open && this.#writable && (this.#webSocket?.bufferedAmount ?? 0) === 0;
  }

  send(frame: Out): void {
    if (!this.#open || this.#closed) return;
    const bytes = this.#options.codec.write(frame);
    if (!bytes) return;
    this.#line?.sent('client');
    if (this.#webSocket) this.#webSocket.send(bytes, { binary: true });
    else if (!this.#socket.write(bytes)) this.#writable = false;
  }

  /** Closes once what was sent has left. */
  close(): void {
    this.#closing('the EA closed it');
    // A socket that reads nothing would never learn that the other side has closed too.
    this.resume();
    if (this.#webSocket) this.#webSocket.close();
    else this.#socket.end();
  }

  /** Cuts it off at once. */
  destroy(why: string): void {
    this.#closing(why);
    if (this.#webSocket) this.#webSocket.terminate();
    else this.#socket.destroy();
  }

  /** Stops reading, as a client that is busy elsewhere. */
  pause(): void {
    this.#line?.park('client');
    if (this.#webSocket) this.#webSocket.pause();
    else this.#socket.pause();
  }

  resume(): void {
    if (this.#closed) return;
    this.#line?.unpark('client');
    if (this.#webSocket) this.#webSocket.resume();
    else this.#socket.resume();
  }

  #connect(): Socket | TLSSocket {
    const { endpoint, trust } = this.#options;
    const { host, port, scheme } = endpoint;
    if (scheme === 'tcp' || scheme === 'ws') return connectTcp({ host, port });
    const pinned = trust?.fingerprint256;
    const socket = connectTls({
      host,
      port,
      ...(trust?.ca ? { ca: trust.ca } : {}),
      // A pinned certificate is trusted for itself, so its chain is not asked; it is compared before a byte is sent.
      rejectUnauthorized: pinned === undefined,
    });
    if (pinned !== undefined) {
      socket.prependOnceListener('secureConnect', () => {
        if (socket.getPeerCertificate().fingerprint256 === pinned) return;
        socket.removeAllListeners('secureConnect');
        socket.destroy(new Error("the server's certificate is not the pinned one"));
      });
    }
    return socket;
  }

  #upgrade(): WebSocket {
    const { endpoint, bearer } = this.#options;
    const { scheme, host, port, path } = endpoint;
    const authority = host.includes(':') ? `[${host}]` : host;
    const webSocket = new WebSocket(`${scheme}://${authority}:${port}${path}`, {
      perMessageDeflate: false,
      createConnection: () => this.#socket,
      ...(bearer ? { headers: { Authorization: `Bearer ${bearer}` } } : {}),
    });
    webSocket.once('open', () => this.#opened());
    webSocket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return;
      this.#read(data);
      if (!this.#closed && this.#options.codec.pending > 0) this.destroy('a message held half a frame');
    });
    webSocket.on('error', (error) => this.#failed(error.message));
    webSocket.once('unexpected-response', (_request, response) => {
      this.#httpStatus = response.statusCode ?? 0;
      this.#why = `the server answered ${this.#httpStatus}`;
      webSocket.terminate();
    });
    webSocket.once('close', () => this.#ended());
    return webSocket;
  }

  /** From here to the end of the socket the clock stands still. */
  #closing(why: string): void {
    if (this.#closed) return;
    this.#why = why;
    if (!this.#held) this.#options.wire?.activity.begin();
    this.#held = true;
  }

  #opened(): void {
    if (this.#closed) return;
    this.#dialed();
    this.#open = true;
    this.#options.onOpen();
  }

  #read(chunk: Uint8Array): void {
    const fault = this.#options.codec.read(chunk, (frame) => {
      this.#line?.received('client');
      if (!this.#closed) this.#options.onFrame(frame);
    });
    if (fault) this.destroy(`${fault.code}: ${fault.message}`);
  }

  /** What the server answered says more than that nothing came of it. */
  #failed(why: string): void {
    if (this.#httpStatus === 0) this.#why = why;
  }

  #dialed(): void {
    if (this.#dialing) this.#options.wire?.activity.end();
    this.#dialing = false;
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dialed();
    if (this.#held) this.#options.wire?.activity.end();
    this.#line?.closed('client');
    this.#options.onClose(this.#why, this.#httpStatus);
  }
}
