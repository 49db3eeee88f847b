import type { Elsewhere } from '../cluster/elsewhere.js';
import type { Clock } from '../runtime/clock.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import { AddressBook } from './address-book.js';
import type { ConnectionObserver } from './client.js';
import { Connection } from './connection.js';
import type { Door } from './door.js';
import { Drain } from './drain.js';
import { listenTcp, type TlsFiles } from './tcp-listener.js';
import { suho1Entrance } from './suho1-entrance.js';
import type { Accept, Listener } from './transport.js';
import { listenWebSocket } from './websocket-listener.js';

export type Port = number | 'off';

export interface GatewayOptions {
  readonly host: string;
  readonly tlsPort: Port;
  readonly wsPort: Port;
  readonly tcpPort: Port;
  /** EAs that speak suho-1, over WebSocket. */
  readonly suho1Port: Port;
  readonly tls: TlsFiles;
  /** WebSocket beyond loopback goes over TLS unless plain is allowed. */
  readonly plainWebSocket: boolean;
  readonly door: Door;
  readonly clock: Clock;
  readonly helloMs: number;
  readonly observer: ConnectionObserver;
  /** Where its EAs may be sent; absent where the node is alone. */
  readonly elsewhere?: Elsewhere;
  /** Whether the node has more to do at once than it keeps up with. */
  readonly isBusy?: () => boolean;
  readonly wire?: WireActivity;
}

export interface Gateway {
  readonly listeners: readonly Listener[];
  readonly addresses: AddressBook;
  readonly drain: Drain;
  close(): Promise<void>;
}

/** Opens what the settings ask for; what cannot be opened closes the rest and is said in a sentence. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, tls } = options;
  const addresses = new AddressBook();
  const drain = new Drain(options.clock, options.elsewhere, options.isBusy);
  const connection = { ...options, addresses, drain };
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => void (await Promise.all(listeners.map((listener) => listener.close())));
  const accept =
    (wholeFrames: boolean): Accept =>
    (transport) =>
      new Connection(transport, { ...connection, wholeFrames });
  const secured = options.plainWebSocket ? {} : { tls };
  try {
    if (options.tlsPort !== 'off') listeners.push(await listenTcp({ host, port: options.tlsPort, tls, accept: accept(false) }));
    if (options.tcpPort !== 'off') listeners.push(await listenTcp({ host, port: options.tcpPort, accept: accept(false) }));
    if (options.wsPort !== 'off') {
      const name = options.plainWebSocket ? 'ws' : 'wss';
      const enter = async (): Promise<Accept> => accept(true);
      listeners.push(
        await listenWebSocket({ host, port: options.wsPort, name, ...secured, purpose: 'EAs over WebSocket', enter }),
      );
    }
    if (options.suho1Port !== 'off') {
      const name = options.plainWebSocket ? 'suho1+ws' : 'suho1+wss';
      const enter = suho1Entrance(connection);
      listeners.push(await listenWebSocket({ host, port: options.suho1Port, name, ...secured, purpose: 'EAs of suho-1', enter }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { listeners, addresses, drain, close };
}
