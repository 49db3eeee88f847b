/**
 * The way in for suho-1: the key on the upgrade is looked up before the upgrade is answered, so that a stranger never has a
 * session at all. A wrong key is checked at once and its 401 delayed, as the refusal of a wrong HELLO is.
 */
import type { Clock } from '../runtime/clock.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import type { AddressBook } from './address-book.js';
import type { ConnectionObserver } from './client.js';
import type { Door } from './door.js';
import type { Drain } from './drain.js';
import { Suho1Connection } from './suho1-connection.js';
import type { Accept } from './transport.js';
import type { HttpRefusal, Upgrade } from './websocket-listener.js';

export interface Suho1EntranceOptions {
  readonly door: Door;
  readonly addresses: AddressBook;
  readonly drain: Drain;
  readonly clock: Clock;
  readonly helloMs: number;
  readonly observer: ConnectionObserver;
  readonly wire?: WireActivity;
}

const UNAUTHORIZED: HttpRefusal = { status: 401, headers: { 'www-authenticate': 'Bearer' }, sentence: 'The key is not right.' };
/** Too many wait for this already: nothing is said. */
const CUT_OFF = 'cut off';
const BUSY: HttpRefusal = { status: 503, headers: { 'retry-after': '5' }, sentence: 'The server is busy; try again.' };

export function suho1Entrance(options: Suho1EntranceOptions): (upgrade: Upgrade) => Promise<Accept | HttpRefusal | 'cut off'> {
  const { door, addresses, clock } = options;
  const judge = async ({ authorization, remoteAddress }: Upgrade): Promise<Accept | HttpRefusal | 'cut off'> => {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const found = await door.accountOf(key);
    if (found === 'busy') return BUSY;
    if (found !== undefined) return (transport) => new Suho1Connection(transport, { ...options, owner: found });
    const delayMs = addresses.failed(remoteAddress, clock.nowMs());
    if (!addresses.wait(remoteAddress)) return CUT_OFF;
    await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
    addresses.waited(remoteAddress);
    return UNAUTHORIZED;
  };
  return async (upgrade) => {
    // Whoever waits for an answer holds a place, so that waiting has its bound too.
    if (!addresses.open(upgrade.remoteAddress)) return BUSY;
    try {
      return await judge(upgrade);
    } finally {
      addresses.close(upgrade.remoteAddress);
    }
  };
}
