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
  readonly #standing = new Set<Leaver>();
  readonly #emptied: (() => void)[] = [];
  #draining: Draining | undefined;

  constructor(
    readonly clock: Pick<Clock, 'after'>,
    /** Absent where the node is alone. */
    readonly elsewhere?: Pick<Elsewhere, 'send' | 'surplus' | 'room' | 'isBusy'>,
    /** Whether more is to be done here at once than the ledger takes in. */
    readonly isBusy: () => boolean = () => false,
  ) {}

  /** Undefined while sessions are taken. */
  get draining(): Draining | undefined {
    return this.#draining;
  }

  get connected(): number {
    return this.#clients.size;
  }

  /** Of those that are connected who was let in. */
  get sessions(): number {
    return this.#standing.size;
  }

  joined(client: Leaver): void {
    this.#clients.add(client);
  }

  stands(client: Leaver): void {
    this.#standing.add(client);
  }

  left(client: Leaver): void {
    this.#clients.delete(client);
    this.#standing.delete(client);
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
    this.#inTurns(
      () => (this.#draining === draining ? here.length : 0),
      (slice) => {
        for (const client of here.splice(0, slice)) client.leave(draining);
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
    const surplus = this.elsewhere?.surplus(this.sessions) ?? 0;
    const here = [...this.#clients];
    let left = surplus;
    this.#inTurns(
      () => (this.#draining === undefined && here.length > 0 ? left : 0),
      (slice) => {
        const enough = Math.max(0, left - slice);
        while (left > enough && here.length > 0) {
          const client = here.shift() as Leaver;
          if (this.#clients.has(client) && client.move()) left -= 1;
        }
      },
    );
    return surplus;
  }

  /** A slice at once, and the next after a while, as long as anything is left. */
  #inTurns(left: () => number, turn: (slice: number) => void, turns = 0): void {
    if (left() === 0) return;
    turn(this.#sliceOf(left(), turns));
    this.clock.after(LIMITS.session.drainEveryMs, () => this.#inTurns(left, turn, turns + 1));
  }

  /**
   * Few, and fewer while others do not keep up. While this node or the next is busy none for half of the time, and then no more than
   * must go for it to come to an end: who is on the way then is nowhere for long.
   */
  #sliceOf(left: number, turns: number): number {
    const { drainAtOnce, drainEveryMs, drainMostMs } = LIMITS.session;
    const turnsLeft = Math.max(1, drainMostMs / drainEveryMs - turns);
    const least = Math.ceil(left / turnsLeft);
    if (this.isBusy() || this.elsewhere?.isBusy) return turnsLeft > drainMostMs / drainEveryMs / 2 ? 0 : least;
    return Math.max(least, Math.min(drainAtOnce, this.elsewhere?.room() ?? drainAtOnce));
  }
}

export function drainSentence({ reason }: Draining): string {
  return `This node is being emptied: ${reason}`;
}
