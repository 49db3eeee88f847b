/** A process of the load: started with its plan in a file, spoken to by messages, ended in order or, past its time, by its id. */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../../src/limits.js';

/** How long one that was told to end may take, a node with all its EAs, and then one that was sent SIGTERM. */
const END_MS = LIMITS.cluster.leaveMs + LIMITS.cluster.emptyMs + 10_000;
const TERM_MS = 3_000;

interface Named {
  readonly kind: string;
}
type Told<R extends Named, K extends R['kind']> = Extract<R, { kind: K }>;

export interface ChildOptions<R extends Named> {
  readonly name: string;
  readonly program: string;
  readonly plan: unknown;
  readonly folder: string;
  /** Told of samples, which nobody waits for. */
  readonly onSample: (report: Told<R, 'sample'>) => void;
}

export class Child<O extends Named, R extends Named> {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<string>;
  readonly #come: R[] = [];
  readonly #waiting: { readonly kind: string; readonly resolve: (report: R) => void; readonly reject: (error: Error) => void }[] =
    [];
  #why: string | undefined;

  constructor({ name, program, plan, folder, onSample }: ChildOptions<R>) {
    this.name = name;
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(plan), { mode: 0o600 });
    this.#child = fork(fileURLToPath(new URL(program, import.meta.url)), [file], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (report: R) => {
      if (report.kind === 'sample') onSample(report as Told<R, 'sample'>);
      else this.#take(report);
    });
    this.#gone = new Promise((resolve) =>
      this.#child.once('exit', (code, signal) => resolve(this.#why ?? `it ended with ${signal ?? code}`)),
    );
    void this.#gone.then((why) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${name}: ${why}`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  order(order: O): void {
    if (this.#child.connected) this.#child.send(order);
  }

  /** The next report of that kind, come already or not; rejects when the process is gone, or has not told it by then. */
  told<K extends R['kind']>(kind: K, withinMs: number): Promise<Told<R, K>> {
    const at = this.#come.findIndex((report) => report.kind === kind);
    if (at >= 0) return Promise.resolve(this.#come.splice(at, 1)[0] as Told<R, K>);
    if (!this.#child.connected) return this.#gone.then((why) => Promise.reject(new Error(`${this.name}: ${why}`)));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(one), 1);
        reject(new Error(`${this.name} did not say ${kind} within ${withinMs / 1_000} s`));
      }, withinMs);
      const one = {
        kind,
        resolve: (report: R) => {
          clearTimeout(timer);
          resolve(report as Told<R, K>);
        },
        reject: (error: Error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(one);
    });
  }

  /** In order, with what it says last; one that cannot is killed. */
  async end(order: O): Promise<Told<R, 'ended'> | undefined> {
    this.order(order);
    const told = await this.told('ended' as R['kind'], END_MS).catch(() => undefined);
    await this.kill();
    return told as Told<R, 'ended'> | undefined;
  }

  /** Gone at once, as by `kill -9`. */
  async cut(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** Gone when it resolves: by itself, else by SIGTERM, else by SIGKILL. */
  async kill(): Promise<void> {
    if (await this.#isGone(TERM_MS)) return;
    this.#child.kill('SIGTERM');
    if (await this.#isGone(TERM_MS)) return;
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  async #isGone(withinMs: number): Promise<boolean> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return true;
    const late = new AbortController();
    const first = await Promise.race([
      this.#gone.then(() => true),
      wait(withinMs, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    return first;
  }

  #take(report: R): void {
    if (report.kind === 'failed' && 'sentence' in report) {
      this.#why = String(report.sentence);
      return;
    }
    const at = this.#waiting.findIndex(({ kind }) => kind === report.kind);
    if (at < 0) this.#come.push(report);
    else this.#waiting.splice(at, 1)[0]?.resolve(report);
  }
}
