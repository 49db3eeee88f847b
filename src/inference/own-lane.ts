/**
 * What one tenant asks of its own models, one thing after the other, and the process that it is asked of: taken when there is
 * something to ask, kept while it is of use, and given up when it is lost, idle, or another tenant's turn has come.
 */
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { OwnModelEntry } from '../models/own-model.js';
import type { CircuitBreaker } from '../runtime/circuit-breaker.js';
import type { Cancel, Clock, Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { OwnChild } from './own-child.js';
import type { OwnSlots } from './own-slots.js';
import { askRequest, loadRequest } from './own-requests.js';

/** A tenant's model as it stands here. */
export interface OwnModel {
  readonly entry: OwnModelEntry;
  /** No two contents share one. */
  readonly key: string;
  readonly breaker: CircuitBreaker;
}

export type OwnOutcome =
  | { readonly kind: 'answered'; readonly values: Float64Array }
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly why: string };

export interface LaneOptions {
  readonly tenantId: string;
  readonly limits: {
    readonly loadMs: number;
    readonly hangMs: number;
    readonly idleMs: number;
    readonly turnMs: number;
    readonly queue: number;
  };
  readonly slots: OwnSlots;
  readonly machine: Timers & Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
  start(): Promise<OwnChild>;
  graph(entry: OwnModelEntry): Promise<Uint8Array | undefined>;
}

interface Task {
  readonly model: OwnModel;
  /** Undefined: it is only to be loaded. */
  readonly window: Float64Array | undefined;
  readonly settle: (outcome: OwnOutcome) => void;
  settled: boolean;
}

/** A process, and what it holds. */
interface Running {
  readonly child: OwnChild;
  readonly loaded: Set<string>;
  readonly sinceMs: number;
}

export class OwnLane {
  readonly #options: LaneOptions;
  readonly #queue: Task[] = [];
  #running: Running | undefined;
  #idleSinceMs: number | undefined;
  #idleTimer: Cancel | undefined;
  /** Why the process is to be given up when it is done with what it is at. */
  #leaving: string | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Since when its process is of no use; undefined while it is, or there is none. */
  get idleSinceMs(): number | undefined {
    return this.#running === undefined ? undefined : this.#idleSinceMs;
  }

  ask(model: OwnModel, window: Float64Array, endMs: number): Promise<OwnOutcome> {
    return this.#add(model, window, endMs);
  }

  async warm(models: readonly OwnModel[]): Promise<void> {
    const { machine, limits } = this.#options;
    const endMs = machine.nowMs() + LIMITS.ownModels.startMs + limits.loadMs;
    await Promise.all(models.map((model) => this.#add(model, undefined, endMs)));
  }

  /** Gives its process up: now, or when it is done with what it is at. */
  leave(why: string): void {
    if (this.#running === undefined) return;
    if (this.#working === undefined) void this.#drop(why);
    else this.#leaving = why;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.child.kill('own models are closed');
    await this.#working;
    await this.#drop('own models are closed');
  }

  #add(model: OwnModel, window: Float64Array | undefined, endMs: number): Promise<OwnOutcome> {
    const { machine, limits } = this.#options;
    if (this.#closed) return Promise.resolve({ kind: 'failed', why: 'own models are closed' });
    if (this.#queue.length >= limits.queue) return Promise.resolve({ kind: 'late' });
    return new Promise((resolve) => {
      const cancel = machine.after(endMs - machine.nowMs(), () => task.settle({ kind: 'late' }));
      const settle = (outcome: OwnOutcome): void => {
        if (task.settled) return;
        task.settled = true;
        cancel();
        resolve(outcome);
      };
      const task: Task = { model, window, settle, settled: false };
      this.#queue.push(task);
      this.#working ??= this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#idleTimer?.();
    this.#idleSinceMs = undefined;
    // Let what comes in the same turn join before the first is looked at.
    await Promise.resolve();
    for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) {
      if (!task.settled) await this.#do(task);
      await this.#mayLeave();
    }
    this.#working = undefined;
    this.#rest();
  }

  async #do(task: Task): Promise<void> {
    const { model, window, settle } = task;
    const { machine, limits } = this.#options;
    let running: Running;
    try {
      running = await this.#run();
    } catch (error) {
      // No model is to blame for a machine that cannot start a process.
      settle({ kind: 'failed', why: sentence(error) });
      return;
    }
    if (this.#closed || model.breaker.waitMs() > 0) {
      settle({ kind: 'failed', why: this.#closed ? 'own models are closed' : 'it has just failed and rests' });
      return;
    }
    try {
      await this.#load(running, model);
      if (window === undefined) return settle({ kind: 'answered', values: new Float64Array(0) });
      const before = machine.nowMs();
      const { request, payload } = askRequest(model.key, window);
      const { values } = await running.child.ask(request, payload, limits.hangMs);
      const slow = machine.nowMs() - before > LIMITS.ownModels.answerMs;
      this.#judge(model, slow ? 'it took longer than an answer may' : undefined);
      settle({ kind: 'answered', values });
    } catch (error) {
      const why = sentence(error);
      settle({ kind: 'failed', why });
      if (this.#closed) return;
      this.#judge(model, why);
      if (running.child.over !== undefined) await this.#drop(why);
    }
  }

  #judge(model: OwnModel, fault: string | undefined): void {
    const { breaker, entry } = model;
    const { logger, tenantId } = this.#options;
    const told = { tenant: tenantId, model: `${entry.name}@${entry.version}` };
    const was = breaker.state;
    if (fault === undefined) breaker.succeeded();
    else breaker.failed();
    if (fault !== undefined) logger.warn({ ...told, reason: fault }, 'a tenant’s own model failed');
    if (breaker.state === was) return;
    if (breaker.state === 'closed') logger.info(told, 'a tenant’s own model answers again');
    else logger.warn({ ...told, reason: fault }, 'a tenant’s own model rests for a while');
  }

  async #load({ child, loaded }: Running, { key, entry }: OwnModel): Promise<void> {
    if (loaded.has(key)) return;
    const graph = await this.#options.graph(entry);
    if (graph === undefined) throw new SuhoError('NOT_FOUND', 'it was removed');
    const { request, payload } = loadRequest(key, entry, graph);
    await child.ask(request, payload, this.#options.limits.loadMs);
    loaded.add(key);
  }

  async #run(): Promise<Running> {
    const { slots, machine } = this.#options;
    // One that ended while nothing was asked of it is nobody's fault.
    if (this.#running?.child.over !== undefined) await this.#drop('it had ended');
    if (this.#running !== undefined) return this.#running;
    await slots.take();
    try {
      const child = await this.#options.start();
      this.#running = { child, loaded: new Set(), sinceMs: machine.nowMs() };
      return this.#running;
    } catch (error) {
      slots.give();
      throw error;
    }
  }

  async #mayLeave(): Promise<void> {
    const { slots, machine, limits } = this.#options;
    if (this.#running === undefined) return;
    const turnOver = slots.wanted && machine.nowMs() - this.#running.sinceMs >= limits.turnMs;
    if (this.#leaving !== undefined || turnOver) await this.#drop(this.#leaving ?? 'its turn was over');
  }

  /** Nothing is asked for. */
  #rest(): void {
    const { slots, machine, limits } = this.#options;
    if (this.#running === undefined || this.#closed) return;
    this.#idleSinceMs = machine.nowMs();
    if (slots.wanted) this.leave('another tenant needs a process');
    else this.#idleTimer = machine.after(limits.idleMs, () => this.leave('nothing was asked for a while'));
  }

  async #drop(why: string): Promise<void> {
    this.#idleTimer?.();
    const running = this.#running;
    this.#running = undefined;
    this.#leaving = undefined;
    if (running === undefined) return;
    running.child.kill(why);
    await running.child.ended;
    this.#options.slots.give();
  }
}
