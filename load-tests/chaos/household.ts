/**
 * Every process and folder that a run makes, and the end of them all. Each process leads a group of its own, so that a Ctrl-C
 * at a terminal reaches this one alone and this one ends the others in their order; and the kernel is asked to kill it when
 * this process dies without a word. Only what was started here is ever sent a signal, and only while it is known to run.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SuhoError } from '../../src/errors.js';

export interface ProcessOptions {
  readonly command: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
}

const PARENT_DEATH = spawnSync('setpriv', ['--version']).error === undefined;

export class Process {
  readonly #child: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor(
    readonly name: string,
    { command, words, cwd, env, user }: ProcessOptions,
    log: string,
  ) {
    const told = openSync(log, 'a');
    const [program, given] = PARENT_DEATH ? ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...words]] : [command, [...words]];
    this.#child = spawn(program, given, {
      cwd,
      detached: true,
      stdio: ['ignore', told, told],
      env: { ...ownEnvironment(), ...env },
      ...user,
    });
    closeSync(told);
    this.#child.on('error', () => {});
    this.ended = once(this.#child, 'close').catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get runs(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended, for people. */
  get end(): string {
    return this.#child.signalCode ?? String(this.#child.exitCode);
  }

  signal(name: NodeJS.Signals): void {
    if (this.runs) this.#child.kill(name);
  }

  /** With what it has started itself. */
  async kill(): Promise<void> {
    if (!this.runs) return;
    const children = childrenOf(this.pid);
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL');
    }
    for (const pid of children) killQuietly(pid);
    await this.ended;
  }

  /** Asks it to end, and kills it when it has not by then; answers whether it ended by itself. */
  async stop(name: NodeJS.Signals, mostMs: number): Promise<boolean> {
    if (!this.runs) return true;
    this.#child.kill(name);
    // One that is stopped would hear of it when it goes on.
    this.#child.kill('SIGCONT');
    const late = new AbortController();
    const done = await Promise.race([
      this.ended.then(() => true),
      wait(mostMs, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    if (!done) await this.kill();
    return done;
  }

  /** Memory that it holds, in MB; undefined where that cannot be seen. */
  get residentMb(): number | undefined {
    try {
      const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
      return kb === undefined ? undefined : Number(kb) / 1_024;
    } catch {
      return undefined;
    }
  }
}

/** Settings of whoever runs this, and a test runner’s own, are not those of the processes. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SUHO_') && name !== 'NODE_TEST_CONTEXT');
  return Object.fromEntries(own);
}

function childrenOf(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended with its parent.
  }
}

/** Until something takes connections on a port of loopback. */
export async function untilListening(port: number, process: Process, mostMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < mostMs; waitedMs += 50) {
    if (!process.runs) throw new SuhoError('UNREACHABLE', `${process.name} ended with ${process.end} instead of listening`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'close').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (open) return;
    await wait(50);
  }
  throw new SuhoError('UNREACHABLE', `${process.name} does not listen after ${mostMs / 1_000} s`);
}

export class Household {
  readonly folder = mkdtempSync(join(tmpdir(), 'suho-chaos-'));
  readonly #droppings = join(this.folder, 'tmp');
  readonly #processes: Process[] = [];
  readonly #endings: (() => Promise<void> | void)[] = [];

  constructor() {
    mkdirSync(join(this.folder, 'logs'));
    // What processes and their libraries drop goes with the folder.
    mkdirSync(this.#droppings);
    chmodSync(this.#droppings, 0o1777);
  }

  start(name: string, options: ProcessOptions): Process {
    const env = { ...options.env, TMPDIR: this.#droppings };
    const started = new Process(name, { ...options, env }, this.logOf(name));
    this.#processes.push(started);
    return started;
  }

  logOf(name: string): string {
    return join(this.folder, 'logs', `${name}.log`);
  }

  /** Runs a command to its end; throws with what it said where it fails. */
  async run(name: string, options: ProcessOptions, mostMs = 60_000): Promise<string> {
    const { command, words, cwd, env, user } = options;
    const child = spawn(command, [...words], {
      cwd,
      env: { ...ownEnvironment(), TMPDIR: this.#droppings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    let said = '';
    let wrong = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      wrong += text;
    });
    const late = new AbortController();
    void wait(mostMs, undefined, { signal: late.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    );
    const [code] = (await once(child, 'close')) as [number | null];
    late.abort();
    if (code !== 0) throw new SuhoError('UNREACHABLE', `${name} ended with ${code}: ${wrong.trim() || said.trim()}`);
    return said;
  }

  /** Undone when the run ends, before what was made earlier. */
  onEnd(undo: () => Promise<void> | void): void {
    this.#endings.push(undo);
  }

  /** Ends everything that was started; the folder goes too, unless it is to be kept. */
  async end(keepFolder: boolean): Promise<void> {
    for (const undo of this.#endings.splice(0).reverse())
      try {
        await undo();
      } catch {
        // The rest is ended all the same.
      }
    await Promise.all(this.#processes.splice(0).map((one) => one.kill()));
    if (!keepFolder) rmSync(this.folder, { recursive: true, force: true });
  }
}
