/**
 * The actor seam: the only file that knows nact. nact gives each actor its place in the tree, its turn on the event loop and
 * its name's uniqueness; mailboxes, restarts and stopping are the cell's (`cell.ts`), because nact's own have no bounds, no
 * budget, and the traps listed in `docs/decisions/0004-nact-behind-a-seam.md`. One nact message stands for a turn of up to
 * `LIMITS.actor.turn` of ours, so a burst costs one event-loop turn and not one each.
 */
import { createRequire } from 'node:module';
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Activity } from '../runtime/activity.js';
import { type Clock, systemClock, type Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import { endOfTurn } from '../runtime/turn.js';
import {
  type ActorLoad,
  type ActorNode,
  type ActorRef,
  type ActorSpec,
  Cell,
  type RestartPolicy,
  type Scheduler,
  type SchedulerHandle,
  type WakeReason,
} from './cell.js';
import { type Described, describe, find, look, type LookedActor, type LookWish } from './look.js';

export type { ActorContext, ActorLoad, ActorNode, ActorRef, ActorSpec, Behaviour, RestartPolicy, Scheduler } from './cell.js';
export type { Described, LookedActor, LookWish } from './look.js';

// nact is CommonJS and its types do not match its code, so what is used of it is declared here.
interface NactReference {
  readonly name: string;
}
interface Nact {
  start(settings: { readonly name: string }): NactReference;
  spawn(
    parent: NactReference,
    handle: (state: undefined, message: unknown) => undefined,
    name: string,
    properties: { readonly onCrash: (message: unknown, error: unknown, context: { readonly stop: symbol }) => symbol },
  ): NactReference;
  dispatch(actor: NactReference, message: unknown): void;
  stop(actor: NactReference): void;
}
const nact = createRequire(import.meta.url)('nact') as Nact;

/** nact takes only some ASCII in names; everything else, and the escape itself, becomes `!` and hex. */
export function encodeName(name: string): string {
  return name.replace(/[^A-Za-z0-9\-_.]/g, (character) => `!${character.codePointAt(0)?.toString(16)}.`);
}

const TURN = { kind: 'turn' };

/**
 * Gives a crowd that is woken at once its turns in the order of its waking, a bounded number in each turn of the event loop: in
 * between sockets are read and commits are answered.
 */
class Pace {
  #given = 0;
  #waiting: NactReference[] = [];

  wake(reference: NactReference): void {
    if (this.#given === LIMITS.actor.turnsAtOnce) {
      this.#waiting.push(reference);
      return;
    }
    if (this.#given === 0) endOfTurn(() => this.#next());
    this.#given += 1;
    nact.dispatch(reference, TURN);
  }

  #next(): void {
    this.#given = 0;
    for (const reference of this.#waiting.splice(0, LIMITS.actor.turnsAtOnce)) this.wake(reference);
  }
}

type Paces = Readonly<Record<WakeReason, Pace>>;

class NactHandle implements SchedulerHandle {
  constructor(
    readonly reference: NactReference,
    /** None where it waits behind nobody. */
    readonly paces: Paces | undefined,
  ) {}

  wake(reason: WakeReason): void {
    if (this.paces === undefined) nact.dispatch(this.reference, TURN);
    else this.paces[reason].wake(this.reference);
  }

  detach(): void {
    nact.stop(this.reference);
  }
}

let systems = 0;

export class NactScheduler implements Scheduler {
  readonly turnSize = LIMITS.actor.turn;
  readonly #root: NactReference;
  /** Each its own: whom a store has answered does not wait until the last of a crowd has asked. */
  readonly #paces: Paces = { told: new Pace(), answered: new Pace() };

  constructor(readonly log: Logger) {
    systems += 1;
    this.#root = nact.start({ name: `suho-${systems}` });
  }

  attach(cell: Cell<never>, parent: SchedulerHandle | undefined, passesOn: boolean): SchedulerHandle {
    const under = parent instanceof NactHandle ? parent.reference : this.#root;
    const handle = (): undefined => {
      cell.turn();
      return undefined;
    };
    // A cell never throws, so this answers a fault of the seam itself; anything but stop would leave nact's actor stuck.
    const onCrash = (_message: unknown, error: unknown, context: { readonly stop: symbol }): symbol => {
      this.log.error({ actor: cell.path, err: sentence(error) }, 'the actor seam failed');
      return context.stop;
    };
    const reference = nact.spawn(under, handle, encodeName(cell.name), { onCrash });
    return new NactHandle(reference, passesOn ? undefined : this.#paces);
  }

  close(): void {
    nact.stop(this.#root);
  }
}

export interface ActorSystemOptions {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly activity: Activity;
  readonly restartPolicy: RestartPolicy;
  readonly mailbox?: number;
  /** Told of each crash, after the decision. */
  readonly onCrash?: (path: string, error: unknown, decision: 'restart' | 'stop') => void;
}

export class ActorSystem {
  readonly #root: Cell<never>;
  #deadLetters = 0;
  readonly #stoppedForGood: { path: string; error: string }[] = [];

  constructor(options: ActorSystemOptions) {
    this.#root = new Cell<never>(
      {
        ...options,
        mailbox: options.mailbox ?? LIMITS.actor.mailbox,
        deadLetter: () => {
          this.#deadLetters += 1;
        },
        crashed: (path, error, decision) => {
          if (decision === 'stop') this.#stoppedForGood.push({ path, error: sentence(error) });
          options.log.error(
            { actor: path, err: error instanceof Error ? (error.stack ?? error.message) : String(error), decision },
            'an actor crashed',
          );
          options.onCrash?.(path, error, decision);
        },
      },
      { name: 'engine', create: () => ({ receive: () => {} }), lasting: true },
      undefined,
    );
  }

  spawn<M>(spec: ActorSpec<M>): ActorRef<M> {
    return this.#root.spawn(spec);
  }

  stop(actor: ActorRef<never>): void {
    (actor as unknown as Cell<never>).stop();
  }

  inspect(): ActorNode {
    return this.#root.inspect();
  }

  /** Each actor down to that depth below the root, with all that is below it. */
  load(depth: number): readonly ActorLoad[] {
    const rows: ActorLoad[] = [];
    this.#root.load(depth, rows);
    return rows;
  }

  /** The tree, or a part of it, as its actors tell of themselves within a time. */
  look(wish: LookWish): Promise<LookedActor | undefined> {
    return look(this.#root, wish);
  }

  /** All that one actor shows of itself. */
  describe(path: string, timers?: Timers): Promise<Described> {
    return describe(this.#root, path, timers);
  }

  /** Makes an actor anew from what is durable, because somebody asked for it. */
  renew(path: string): 'renewed' | 'lasting' | 'not-running' | 'missing' {
    return find(this.#root, path)?.renew() ?? 'missing';
  }

  get deadLetters(): number {
    return this.#deadLetters;
  }

  /** Actors that used up their restart budget. */
  get stoppedForGood(): readonly { readonly path: string; readonly error: string }[] {
    return this.#stoppedForGood;
  }

  close(): void {
    this.#root.stop();
  }
}

/** Takes one answer; later ones, and one after the deadline, are dropped. */
export interface ReplyTo<R> {
  tell(reply: R): void;
}

/** Asks with a deadline in machine time, so that a stuck actor delays its asker and nobody else. */
export function ask<M, R>(
  actor: ActorRef<M>,
  message: (replyTo: ReplyTo<R>) => M,
  timeoutMs: number = LIMITS.actor.askMs,
  timers: Timers = systemClock,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const cancel = timers.after(timeoutMs, () =>
      reject(new SuhoError('ASK_TIMEOUT', `${actor.path} did not answer within ${timeoutMs} ms`)),
    );
    const taken = actor.tell(
      message({
        tell: (reply) => {
          cancel();
          resolve(reply);
        },
      }),
    );
    if (!taken) {
      cancel();
      reject(new SuhoError('ACTOR_GONE', `${actor.path} takes no messages: it is stopped or its mailbox is full`));
    }
  });
}
