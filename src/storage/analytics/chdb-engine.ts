/**
 * chDB in its child process, as an engine. A child that dies takes its calls with it, and the next call starts another: rows
 * that it had acknowledged are on disk. Who calls again, and when, is for the caller to say (the writer backs off).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Timers } from '../../runtime/clock.js';
import type { AnalyticsEngine, EngineInsert, EngineStatement } from './engine.js';
import type { Bound } from './named-query.js';

/** What the child is told. */
export type ChdbRequest =
  | { readonly kind: 'run'; readonly id: number; readonly sql: string; readonly parameters: Bound }
  | ({ readonly kind: 'insert'; readonly id: number } & EngineInsert);

/** What it says. */
export type ChdbReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'missing'; readonly message: string }
  | { readonly kind: 'broken'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly text: string }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'closed' };

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: SuhoError) => void;
  readonly cancel: Cancel;
}

const WORKER = fileURLToPath(new URL('../../../workers/analytics.js', import.meta.url));
const TOLD_MOST = 2_000;

function failed(message: string): SuhoError {
  return new SuhoError('ANALYTICS_FAILED', message);
}

/** SQL with settings after it, as the engine takes them where there is no header to put them in. */
export function withSettings({ sql, settings = {} }: EngineStatement): string {
  const entries = Object.entries(settings);
  // A map is given as its own literal.
  const literal = (value: string | number): string =>
    typeof value === 'number' || value.startsWith('{') ? String(value) : `'${value.replace(/['\\]/g, '\\$&')}'`;
  return entries.length === 0
    ? sql
    : `${sql}\nSETTINGS ${entries.map(([name, value]) => `${name} = ${literal(value)}`).join(', ')}`;
}

/** One child, from its start to its end. */
class ChdbChild {
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timers: Timers;
  #told = '';
  #calls = 0;
  #over: SuhoError | undefined;

  private constructor(folder: string, timers: Timers) {
    this.#timers = timers;
    this.#process = fork(WORKER, [folder], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#told = (this.#told + text).slice(-TOLD_MOST);
    });
    this.ended = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#end(failed(`The embedded analytics engine ended: ${why}.${this.#told === '' ? '' : ` ${this.#told.trim()}`}`));
        resolve();
      };
      this.#process.once('exit', (code, signal) => end(signal ?? `code ${code}`));
      this.#process.once('error', (error) => end(error.message));
    });
  }

  static async start(folder: string, timers: Timers): Promise<ChdbChild> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const child = new ChdbChild(folder, timers);
    const report = await child.#firstReport();
    if (report.kind === 'ready') {
      child.#process.on('message', (message: ChdbReport) => child.#hear(message));
      return child;
    }
    await child.ended;
    const why = report.kind === 'missing' || report.kind === 'broken' ? report.message : 'it ended at once';
    throw new SuhoError(report.kind === 'missing' ? 'NOT_FOUND' : 'ANALYTICS_FAILED', `No embedded analytics: ${why}`);
  }

  get over(): boolean {
    return this.#over !== undefined;
  }

  call(request: Unnumbered<ChdbRequest>): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) {
        reject(this.#over);
        return;
      }
      this.#calls += 1;
      const id = this.#calls;
      const cancel = this.#timers.after(LIMITS.analytics.callMs, () => this.kill());
      this.#waiting.set(id, { resolve, reject, cancel });
      this.#process.send({ ...request, id });
    });
  }

  async close(): Promise<void> {
    if (!this.over) this.#process.send({ kind: 'close' });
    const cancel = this.#timers.after(LIMITS.analytics.callMs, () => this.kill());
    await this.ended;
    cancel();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #firstReport(): Promise<ChdbReport> {
    return new Promise((resolve) => {
      this.#process.once('message', (message) => resolve(message as ChdbReport));
      void this.ended.then(() => resolve({ kind: 'closed' }));
    });
  }

  #hear(message: ChdbReport): void {
    if (message.kind !== 'done' && message.kind !== 'failed') return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    waiting?.cancel();
    if (message.kind === 'done') waiting?.resolve(message.text);
    else waiting?.reject(failed(message.message));
  }

  #end(error: SuhoError): void {
    this.#over = error;
    for (const { reject, cancel } of this.#waiting.values()) {
      cancel();
      reject(error);
    }
    this.#waiting.clear();
  }
}

export interface ChdbOptions {
  readonly folder: string;
  readonly timers: Timers;
}

export class ChdbEngine implements AnalyticsEngine {
  #child: Promise<ChdbChild>;
  #closed = false;

  private constructor(
    readonly options: ChdbOptions,
    child: Promise<ChdbChild>,
  ) {
    this.#child = child;
  }

  /** NOT_FOUND where there is no library for this platform. */
  static async start(options: ChdbOptions): Promise<ChdbEngine> {
    const child = ChdbChild.start(options.folder, options.timers);
    // Anything else may be over by the next call: a node that was killed a moment ago may still have its engine on the folder.
    await child.catch((error: unknown) => {
      if (error instanceof SuhoError && error.code === 'NOT_FOUND') throw error;
    });
    return new ChdbEngine(options, child);
  }

  async run(statement: EngineStatement): Promise<string> {
    return (await this.#living()).call({ kind: 'run', sql: withSettings(statement), parameters: statement.parameters ?? {} });
  }

  async insert(insert: EngineInsert): Promise<void> {
    await (await this.#living()).call({ kind: 'insert', ...insert });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#child.catch(() => undefined))?.close();
  }

  /** As a fault would: for tests, which cannot wait for one. */
  async kill(): Promise<void> {
    const child = await this.#child;
    child.kill();
    await child.ended;
  }

  /** The child, or a new one in the place of one that has ended: one start, however many call. */
  #living(): Promise<ChdbChild> {
    const { folder, timers } = this.options;
    this.#child = this.#child.then(
      (child) => (child.over && !this.#closed ? ChdbChild.start(folder, timers) : child),
      (error) => (this.#closed ? Promise.reject(error) : ChdbChild.start(folder, timers)),
    );
    return this.#child;
  }
}
