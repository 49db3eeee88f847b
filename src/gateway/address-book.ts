import { LIMITS } from '../limits.js';

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/** Failures older than this are forgiven. */
const FORGIVEN_MS = 600_000;

/**
 * Who counts as one: an IPv4 address, also where it comes as IPv6; and of IPv6 the 64 bits that a client cannot choose, since
 * it has all addresses behind them.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === undefined ? [] : back.split(':');
  const whole = back === undefined ? groups : [...groups, ...Array(8 - groups.length - behind.length).fill('0'), ...behind];
  return `${whole.slice(0, 4).join(':')}::/64`;
}

/** How many hold a place, in all and by address; forgets an address of which none does. */
class Places {
  readonly #held = new Map<string, number>();
  readonly #perAddress: number;
  readonly #most: number;
  total = 0;

  constructor(perAddress: number, most: number) {
    this.#perAddress = perAddress;
    this.#most = most;
  }

  take(address: string): boolean {
    const held = this.#held.get(address) ?? 0;
    if (held >= this.#perAddress || this.total >= this.#most) return false;
    this.#held.set(address, held + 1);
    this.total += 1;
    return true;
  }

  /** Addresses that hold one. */
  get addresses(): number {
    return this.#held.size;
  }

  giveBack(address: string): void {
    const held = this.#held.get(address);
    if (held === undefined) return;
    this.total -= 1;
    if (held === 1) this.#held.delete(address);
    else this.#held.set(address, held - 1);
  }
}

/**
 * What each client address has open and has got wrong. A wrong key is checked at once and its refusal delayed, growing with
 * the address's failures: the delay falls on the one that fails, never on a neighbour behind the same address with a good key.
 * Whoever waits for its refusal holds a socket, so there are only so many who wait.
 */
export class AddressBook {
  readonly #sessions = new Places(LIMITS.session.perAddress, LIMITS.session.perNode);
  readonly #refusals = new Places(LIMITS.session.refusalsPerAddress, LIMITS.session.refusalsPerNode);
  /** By network, the one that failed longest ago first. */
  readonly #failures = new Map<string, Failures>();
  #cutOff = 0;

  get sessions(): number {
    return this.#sessions.total;
  }

  /** Clients that wait for their refusal. */
  get refusals(): number {
    return this.#refusals.total;
  }

  /** Clients that had a wrong key and found no room to wait. */
  get cutOff(): number {
    return this.#cutOff;
  }

  /** Addresses that failed of late, as far as they are kept in mind. */
  get failing(): number {
    return this.#failures.size;
  }

  /** Addresses that have a session or wait for a refusal, as often as they do both. */
  get holding(): number {
    return this.#sessions.addresses + this.#refusals.addresses;
  }

  /** Takes a place; false where the address or the node holds as many as it may. */
  open(address: string): boolean {
    return this.#sessions.take(networkOf(address));
  }

  close(address: string): void {
    this.#sessions.giveBack(networkOf(address));
  }

  /** Counts a failure; answers how long its refusal is to wait. */
  failed(address: string, nowMs: number): number {
    const network = networkOf(address);
    const before = this.#failures.get(network);
    const count = before === undefined || nowMs - before.lastMs > FORGIVEN_MS ? 1 : before.count + 1;
    this.#failures.delete(network);
    this.#failures.set(network, { count, lastMs: nowMs });
    if (this.#failures.size > LIMITS.session.addresses) {
      const [oldest] = this.#failures.keys();
      this.#failures.delete(oldest as string);
    }
    const { refusalDelayFirstMs, refusalDelayMostMs } = LIMITS.session;
    return Math.min(refusalDelayMostMs, refusalDelayFirstMs * 2 ** Math.min(count - 1, 30));
  }

  /** Takes a place among those that wait for their refusal; false where there is none, and the client is cut off. */
  wait(address: string): boolean {
    const found = this.#refusals.take(networkOf(address));
    if (!found) this.#cutOff += 1;
    return found;
  }

  waited(address: string): void {
    this.#refusals.giveBack(networkOf(address));
  }
}
