/**
 * A node that takes no more sessions, or gives some away: whoever comes is turned away at its HELLO, and who is here is told to go, a few
 * at a time, so that others have taken those before the next come. Each is sent by a REDIRECT to another node that it knows;
 * where it knows none it is refused with a pause, since a GOODBYE carries no pause.
 */
import type { Elsewhere } from '../cluster/elsewhere.js';
import { LIMITS } from '../limits.js';
import type { EndpointRecord } from '../protocol/messages.js';
import type { Clock } from '../runtime/clock.js';

export interface Draining {
  readonly reason: string;
  readonly pauseMs: number;
}

/** Who may be told to go. */
interface Leaver {
  leave(draining: Draining): void;
  /** Sends it to another node; answers whether it knows one. */
  move(): boolean;
}

export class Drain {
  readonly #clients = new Set<Leaver>();
  readonly #emptied: (() => void)[] = [];
  #draining: Draining | undefined;

  constructor(
    readonly clock: Pick<Clock, 'after'>,
    /** Absent where the node is alone. */
    readonly elsewhere?: Pick<Elsewhere, 'send' | 'surplus'>,
  ) {}

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
    if (this.#clients.size === 0) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** The place in what an EA named of another node that has room; undefined where there is none. */
  whereTo(named: readonly EndpointRecord[]): number | undefined {
    return this.elsewhere?.send(named);
  }

  /** Answers how many connections stood. */
  begin(draining: Draining): number {
    this.#draining = draining;
    const here = [...this.#clients];
    const connected = here.length;
    const atOnce = sliceOf(connected);
    this.#inTurns(
      () => this.#draining === draining,
      () => {
        for (const client of here.splice(0, atOnce)) client.leave(draining);
        return here.length > 0;
      },
    );
    return connected;
  }

  end(): void {
    this.#draining = undefined;
  }

  /** When nobody is here any more. */
  emptied(): Promise<void> {
    return this.#clients.size === 0 ? Promise.resolve() : new Promise((resolve) => void this.#emptied.push(resolve));
  }

  /** What it has more than its share goes to others, of those that know any; answers how many are to go. */
  rebalance(): number {
    const surplus = this.elsewhere?.surplus(this.#clients.size) ?? 0;
    const here = [...this.#clients];
    const atOnce = sliceOf(surplus);
    let left = surplus;
    this.#inTurns(
      () => this.#draining === undefined,
      () => {
        for (let slice = Math.min(left, atOnce); slice > 0; ) {
          const client = here.shift();
          if (client === undefined) return false;
          if (!this.#clients.has(client) || !client.move()) continue;
          slice -= 1;
          left -= 1;
        }
        return left > 0;
      },
    );
    return surplus;
  }

  /** One turn at once, and the next after a while, as long as there is anything left. */
  #inTurns(goesOn: () => boolean, turn: () => boolean): void {
    if (goesOn() && turn()) this.clock.after(LIMITS.session.drainEveryMs, () => this.#inTurns(goesOn, turn));
  }
}

/** Few, so that who takes them keeps up; but however many there are, it comes to an end. */
function sliceOf(count: number): number {
  const { drainAtOnce, drainEveryMs, drainMostMs } = LIMITS.session;
  return Math.max(drainAtOnce, Math.ceil((count * drainEveryMs) / drainMostMs));
}

export function drainSentence({ reason }: Draining): string {
  return `This node is being emptied: ${reason}`;
}
