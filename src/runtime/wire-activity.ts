/**
 * Counts what is under way between two sockets of one process, so that a stepped clock stands still while a frame is in
 * the kernel's hands. Both ends of a connection find their shared `WireLine` by the client's port: the client by its own
 * local port, the server by the peer's remote one; a server does so when it accepts, before TLS, for a client may be gone
 * again before a handshake ends.
 *
 * A frame counts from `sent` at one end to `received` (parsed) at the other. Closing counts too, from the end that closes
 * first to the moment the other has noticed. What can no longer arrive is settled: frames to an end that has closed, and
 * everything once both have. An end that stops reading on purpose parks itself: what waits for it holds no clock back.
 */
import type { Activity } from './activity.js';

export type WireEnd = 'client' | 'server';

class Direction {
  pending = 0;
  counted = true;
}

export class WireLine {
  readonly #activity: Activity;
  readonly #release: () => void;
  /** What is on its way to each end. */
  readonly #to: Readonly<Record<WireEnd, Direction>> = { client: new Direction(), server: new Direction() };
  readonly #closed = new Set<WireEnd>();

  constructor(activity: Activity, release: () => void) {
    this.#activity = activity;
    this.#release = release;
  }

  sent(from: WireEnd): void {
    const to = from === 'client' ? 'server' : 'client';
    if (this.#closed.has(to) || this.#closed.has(from)) return;
    const direction = this.#to[to];
    direction.pending += 1;
    if (direction.counted) this.#activity.begin();
  }

  received(by: WireEnd): void {
    const direction = this.#to[by];
    if (direction.pending === 0) return;
    direction.pending -= 1;
    if (direction.counted) this.#activity.end();
  }

  /** The end stops reading; what is sent to it meanwhile waits without holding the clock. */
  park(end: WireEnd): void {
    const direction = this.#to[end];
    if (direction.counted) this.#activity.end(direction.pending);
    direction.counted = false;
  }

  unpark(end: WireEnd): void {
    const direction = this.#to[end];
    if (!direction.counted) this.#activity.begin(direction.pending);
    direction.counted = true;
  }

  closed(end: WireEnd): void {
    if (this.#closed.has(end)) return;
    this.#closed.add(end);
    this.#settle(this.#to[end]);
    if (this.#closed.size === 1) {
      this.#activity.begin();
      return;
    }
    this.#activity.end();
    this.#release();
  }

  #settle(direction: Direction): void {
    if (direction.counted) this.#activity.end(direction.pending);
    direction.pending = 0;
  }
}

export class WireActivity {
  readonly #lines = new Map<number, WireLine>();

  constructor(readonly activity: Activity) {}

  /** The line of the connection that the client made from `clientPort`; the same for both ends until both have closed. */
  line(clientPort: number): WireLine {
    const known = this.#lines.get(clientPort);
    if (known) return known;
    const line: WireLine = new WireLine(this.activity, () => {
      if (this.#lines.get(clientPort) === line) this.#lines.delete(clientPort);
    });
    this.#lines.set(clientPort, line);
    return line;
  }
}
