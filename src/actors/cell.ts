/**
 * What an actor is, apart from who gives it its turn. A cell owns a bounded mailbox, the actor's present behaviour, its
 * timers and its children; a `Scheduler` (nact in `actor.ts`, a seeded one in `deterministic.ts`) calls `turn` when it may
 * run. Both schedulers thus share every rule that matters:
 *
 * - Messages of one actor are handled one at a time, in the order they were told; a handler never awaits. Work that takes
 *   time is piped: its outcome comes back as a message, and is dropped if the actor crashed in between, since the state that
 *   asked for it is gone.
 * - A crash throws away the behaviour and its timers, and nothing else: the mailbox waits, the children live on, and a
 *   fresh behaviour is made after the back-off. The message that crashed is not tried again, or it would crash again.
 * - Past its restart budget an actor is stopped for good, with what it still had in its mailbox counted as dead letters.
 */
import type { Activity } from '../runtime/activity.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import { Mailbox } from './mailbox.js';

export interface ActorRef<M> {
  readonly path: string;
  /**
   * False when the message was not taken: the actor is stopped, or its mailbox is full. Who passes on what a store has answered says so:
   * that does not queue behind a crowd that was only told.
   */
  tell(message: M, reason?: WakeReason): boolean;
}

/** Made anew at start and after each crash; its fields are the actor's state. */
export interface Behaviour<M> {
  receive(message: M): void;
  /** The actor stops, for good or because it crashed: let go of what is outside. */
  released?(): void;
  /** A few figures for the actor tree. */
  inspect?(): Readonly<Record<string, unknown>>;
  /** All that it shows of itself where it alone is asked about. */
  describe?(): Readonly<Record<string, unknown>>;
}

/** What is asked of an actor itself: answered by it, in its own turn. */
export type Question = 'inspect' | 'describe';
/** Undefined: it stopped, or crashed, before its turn came. */
type Answered = (figures: Readonly<Record<string, unknown>> | undefined) => void;

export interface ActorContext<M> {
  readonly self: ActorRef<M>;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  spawn<N>(spec: ActorSpec<N>): ActorRef<N>;
  /** The living child of that name. */
  child<N>(name: string): ActorRef<N> | undefined;
  stop(child?: ActorRef<never>): void;
  /** Tells itself later; forgotten when the behaviour goes. */
  after(delayMs: number, message: M): Cancel;
  every(periodMs: number, message: M): Cancel;
  pipe<T>(work: Promise<T>, done: (value: T) => M, failed: (error: unknown) => M): void;
}

export interface ActorSpec<M> {
  readonly name: string;
  create(context: ActorContext<M>): Behaviour<M>;
  readonly mailbox?: number;
  /** It is not restarted by hand: it holds nothing that would be made anew. */
  readonly lasting?: true;
  /** It passes on a few messages, each at little cost: its turn waits behind no crowd. */
  readonly passesOn?: true;
}

/** Decides after each crash; pure, see `supervisors/restart-policy.ts`. `crashes` are the times of this actor's crashes. */
export type RestartPolicy = (crashes: readonly number[], nowMs: number, random: Random) => { readonly afterMs: number } | 'stop';

export type CellState = 'running' | 'backing-off' | 'stopped';

/** An actor as it is seen without asking it. */
export interface SeenCell {
  readonly path: string;
  readonly name: string;
  readonly state: CellState;
  readonly mailbox: number;
  readonly handled: number;
  readonly refused: number;
  readonly restarts: number;
  /** Restarts that somebody asked for; no crash was behind them. */
  readonly renewals: number;
  readonly lastError: string | null;
  /** Engine milliseconds since the actor was spawned. */
  readonly ageMs: number;
  /** Engine milliseconds since it last finished a message while others wait; 0 when none wait. */
  readonly waitingMs: number;
}

export interface ActorNode extends SeenCell {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly children: readonly ActorNode[];
}

/** What a turn is asked for: a message, or the outcome of work that the actor has piped. */
export type WakeReason = 'told' | 'answered';

/** An actor and all below it, in sums. */
export interface ActorLoad {
  readonly path: string;
  readonly actors: number;
  /** Messages in their mailboxes, and in the fullest of them. */
  readonly waiting: number;
  readonly mailboxMost: number;
  /** Messages handled since they were spawned. */
  readonly handled: number;
  readonly restarts: number;
  /** Those that are backing off or stopped. */
  readonly away: number;
}

export interface SchedulerHandle {
  /** Asks for a turn; called only when none is outstanding. */
  wake(reason: WakeReason): void;
  detach(): void;
}

export interface Scheduler {
  /** `turnSize` is the most messages a cell may handle per turn. */
  readonly turnSize: number;
  attach(cell: Cell<never>, parent: SchedulerHandle | undefined, passesOn: boolean): SchedulerHandle;
}

/** What all cells of one system share. */
export interface CellHost {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly activity: Activity;
  readonly restartPolicy: RestartPolicy;
  readonly mailbox: number;
  deadLetter(path: string, message: unknown): void;
  crashed(path: string, error: unknown, decision: 'restart' | 'stop'): void;
}

export class Cell<M> implements ActorRef<M> {
  readonly path: string;
  readonly #host: CellHost;
  readonly #spec: ActorSpec<M>;
  readonly #parent: Cell<never> | undefined;
  readonly #children = new Map<string, Cell<never>>();
  readonly #mail = new Mailbox<M>();
  readonly #bound: number;
  readonly #handle: SchedulerHandle;
  readonly #timers = new Set<Cancel>();
  readonly #spawnedMs: number;
  #behaviour: Behaviour<M> | undefined;
  #state: CellState = 'running';
  #incarnation = 0;
  #woken = false;
  #handled = 0;
  #refused = 0;
  #crashes: number[] = [];
  #restarts = 0;
  #renewals = 0;
  #lastError: string | null = null;
  #lastTurnMs: number;
  /** Answered at its next turn: almost always there are none. */
  #asked: Map<Answered, Question> | undefined;

  constructor(host: CellHost, spec: ActorSpec<M>, parent: Cell<never> | undefined) {
    this.#host = host;
    this.#spec = spec;
    this.#parent = parent;
    this.path = `${parent?.path ?? ''}/${spec.name}`;
    this.#bound = spec.mailbox ?? host.mailbox;
    this.#spawnedMs = host.clock.nowMs();
    this.#lastTurnMs = this.#spawnedMs;
    this.#handle = host.scheduler.attach(this as unknown as Cell<never>, parent?.handle, spec.passesOn === true);
    this.#start();
  }

  get name(): string {
    return this.#spec.name;
  }

  get handle(): SchedulerHandle {
    return this.#handle;
  }

  get children(): ReadonlyMap<string, Cell<never>> {
    return this.#children;
  }

  /**
   * Asks it, at its next turn and before what waits in its mailbox: so a question costs no place in it and is answered however
   * full it is, and one that gets no turn does not answer. Undefined where it has no behaviour to ask.
   */
  ask(question: Question, answered: Answered): Cancel | undefined {
    if (this.#state !== 'running') return undefined;
    this.#asked ??= new Map();
    this.#asked.set(answered, question);
    this.#wake();
    return () => void this.#asked?.delete(answered);
  }

  tell(message: M, reason?: WakeReason): boolean {
    if (this.#state === 'stopped') {
      this.#host.deadLetter(this.path, message);
      return false;
    }
    if (this.#mail.length >= this.#bound) {
      this.#refused += 1;
      return false;
    }
    this.#take(message, reason);
    return true;
  }

  /** Handles up to a turn's worth of messages; the scheduler calls it once per `wake`. */
  turn(): void {
    this.#woken = false;
    if (this.#asked !== undefined) this.#answer();
    for (let left = this.#host.scheduler.turnSize; left > 0 && this.#state === 'running'; left--) {
      const message = this.#mail.shift();
      if (message === undefined) break;
      try {
        this.#behaviour?.receive(message);
      } catch (error) {
        this.#crash(error);
      }
      this.#handled += 1;
      this.#host.activity.end();
    }
    this.#lastTurnMs = this.#host.clock.nowMs();
    if (this.#mail.length > 0 && this.#state === 'running') this.#wake();
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    for (const child of [...this.#children.values()]) child.stop();
    const counted = this.#state === 'running';
    this.#state = 'stopped';
    this.#release();
    this.#answer();
    this.#parent?.forget(this.name);
    this.#handle.detach();
    for (let message = this.#mail.shift(); message !== undefined; message = this.#mail.shift()) {
      this.#host.deadLetter(this.path, message);
      if (counted) this.#host.activity.end();
    }
  }

  /**
   * Throws its behaviour away and makes a fresh one, as a crash does, but at once and on no budget: somebody asked for it, and
   * nothing failed. Called between turns. What waits in its mailbox is handled by the fresh one, and its children live on.
   */
  renew(): 'renewed' | 'lasting' | 'not-running' {
    if (this.#spec.lasting) return 'lasting';
    if (this.#state !== 'running') return 'not-running';
    this.#renewals += 1;
    this.#release();
    this.#answer();
    this.#start();
    return 'renewed';
  }

  forget(name: string): void {
    this.#children.delete(name);
  }

  /** What it and all below it do, into `rows` for the levels down to `depth`: a look that costs little also where there are many. */
  load(depth: number, rows: ActorLoad[]): ActorLoad {
    const load = {
      path: this.path,
      actors: 1,
      waiting: this.#mail.length,
      mailboxMost: this.#mail.length,
      handled: this.#handled,
      restarts: this.#restarts,
      away: this.#state === 'running' ? 0 : 1,
    };
    if (depth >= 0) rows.push(load);
    for (const child of this.#children.values()) {
      const below = child.load(depth - 1, rows);
      load.actors += below.actors;
      load.waiting += below.waiting;
      load.mailboxMost = Math.max(load.mailboxMost, below.mailboxMost);
      load.handled += below.handled;
      load.restarts += below.restarts;
      load.away += below.away;
    }
    return load;
  }

  inspect(): ActorNode {
    const children = [...this.#children.values()].map((child) => child.inspect());
    return { ...this.outside(), figures: this.#figures('inspect'), children };
  }

  /** What is seen of it without asking it. */
  outside(): SeenCell {
    const nowMs = this.#host.clock.nowMs();
    return {
      path: this.path,
      name: this.name,
      state: this.#state,
      mailbox: this.#mail.length,
      handled: this.#handled,
      refused: this.#refused,
      restarts: this.#restarts,
      renewals: this.#renewals,
      lastError: this.#lastError,
      ageMs: nowMs - this.#spawnedMs,
      waitingMs: this.#mail.length > 0 ? nowMs - this.#lastTurnMs : 0,
    };
  }

  #figures(question: Question): Readonly<Record<string, unknown>> {
    const behaviour = this.#behaviour;
    try {
      return (question === 'describe' ? behaviour?.describe?.() : undefined) ?? behaviour?.inspect?.() ?? {};
    } catch (error) {
      return { inspectError: String(error) };
    }
  }

  #answer(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    const here = this.#behaviour !== undefined;
    for (const [answered, question] of asked ?? []) answered(here ? this.#figures(question) : undefined);
  }

  /** The bound is for senders: what the actor itself has set going (timers, piped work) always comes back to it. */
  #take(message: M, reason: WakeReason = 'told'): void {
    if (this.#state === 'stopped') return;
    this.#mail.push(message);
    if (this.#state === 'running') this.#host.activity.begin();
    this.#wake(reason);
  }

  #wake(reason: WakeReason = 'told'): void {
    if (this.#woken || this.#state !== 'running') return;
    this.#woken = true;
    this.#handle.wake(reason);
  }

  #start(): void {
    this.#incarnation += 1;
    this.#state = 'running';
    try {
      this.#behaviour = this.#spec.create(this.#context());
    } catch (error) {
      this.#crash(error);
    }
    if (this.#mail.length > 0) this.#wake();
  }

  #crash(error: unknown): void {
    const nowMs = this.#host.clock.nowMs();
    this.#crashes.push(nowMs);
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#release();
    const decision = this.#host.restartPolicy(this.#crashes, nowMs, this.#host.random);
    this.#host.crashed(this.path, error, decision === 'stop' ? 'stop' : 'restart');
    if (decision === 'stop') {
      this.stop();
      return;
    }
    this.#crashes = this.#crashes.slice(-64);
    this.#state = 'backing-off';
    this.#answer();
    // Waiting for the clock is not activity: a stepped clock moves only when there is none.
    this.#host.activity.end(this.#mail.length);
    this.#host.clock.after(decision.afterMs, () => {
      if (this.#state !== 'backing-off') return;
      this.#restarts += 1;
      this.#host.activity.begin(this.#mail.length);
      this.#start();
    });
  }

  #release(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#incarnation += 1;
    const behaviour = this.#behaviour;
    this.#behaviour = undefined;
    try {
      behaviour?.released?.();
    } catch (error) {
      this.#host.log.error({ actor: this.path, err: String(error) }, 'an actor failed while letting go');
    }
  }

  #context(): ActorContext<M> {
    const host = this.#host;
    const incarnation = this.#incarnation;
    const current = (): boolean => incarnation === this.#incarnation;
    const timer = (arm: (call: () => void) => Cancel, once: boolean, message: M): Cancel => {
      const cancel = arm(() => {
        if (once) this.#timers.delete(undo);
        if (current()) this.#take(message);
      });
      const undo = (): void => {
        this.#timers.delete(undo);
        cancel();
      };
      this.#timers.add(undo);
      return undo;
    };
    return {
      self: this,
      name: this.name,
      clock: host.clock,
      log: host.log.child({ actor: this.path }),
      spawn: (spec) => this.spawn(spec),
      child: <N>(name: string) => this.#children.get(name) as unknown as ActorRef<N> | undefined,
      stop: (child) => (child ? (child as unknown as Cell<never>).stop() : this.stop()),
      after: (delayMs, message) => timer((call) => host.clock.after(delayMs, call), true, message),
      every: (periodMs, message) => timer((call) => host.clock.every(periodMs, call), false, message),
      pipe: (work, done, failed) => {
        host.activity.begin();
        const back = (message: () => M) => {
          if (current()) this.#take(message(), 'answered');
          host.activity.end();
        };
        work.then(
          (value) => back(() => done(value)),
          (error: unknown) => back(() => failed(error)),
        );
      },
    };
  }

  spawn<N>(spec: ActorSpec<N>): ActorRef<N> {
    if (this.#children.has(spec.name)) throw new Error(`actor ${this.path} has a child named ${spec.name} already`);
    const child = new Cell(this.#host, spec, this as unknown as Cell<never>);
    this.#children.set(spec.name, child as unknown as Cell<never>);
    return child;
  }
}
