/**
 * A node that takes no more sessions: who comes is refused with a pause, and who is here is told to go, a few at a time. It is a
 * REFUSED with `BUSY`, since a GOODBYE carries no pause. Each EA comes back by its own list of endpoints; which of them is better
 * a REDIRECT would say, once nodes know of each other.
 */
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';

export interface Draining {
  readonly reason: string;
  readonly pauseMs: number;
}

/** Who may be told to go. */
interface Leaver {
  leave(draining: Draining): void;
}

export class Drain {
  readonly #clients = new Set<Leaver>();
  #draining: Draining | undefined;

  constructor(readonly clock: Pick<Clock, 'after'>) {}

  /** Undefined while sessions are taken. */
  get draining(): Draining | undefined {
    return this.#draining;
  }

  get connected(): number {
    return this.#clients.size;
  }

  joined(client: Leaver): void {
    this.#clients.add(client);
  }

  left(client: Leaver): void {
    this.#clients.delete(client);
  }

  /** Answers how many connections stood. */
  begin(draining: Draining): number {
    this.#draining = draining;
    const here = [...this.#clients];
    const some = (): void => {
      if (this.#draining !== draining) return;
      for (const client of here.splice(0, LIMITS.session.drainAtOnce)) client.leave(draining);
      if (here.length > 0) this.clock.after(LIMITS.session.drainEveryMs, some);
    };
    const connected = here.length;
    some();
    return connected;
  }

  end(): void {
    this.#draining = undefined;
  }
}

export function drainSentence({ reason }: Draining): string {
  return `This node is being emptied: ${reason}`;
}
