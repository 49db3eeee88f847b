/** The built command line as a user runs it: a process of its own, in a folder of its own, without the tester's settings. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './actors.js';

const SUHO = fileURLToPath(new URL('../../../bin/suho.mjs', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Standard input stays open after `input`. */
  readonly open?: boolean;
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SUHO_') && name !== 'NODE_TEST_CONTEXT');
  return { ...Object.fromEntries(own), ...more };
}

export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(words: readonly string[], { cwd, env, input = '', open = false }: RunOptions) {
    const child = spawn(process.execPath, [SUHO, ...words], { cwd, env: environment(env) });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // A command that is refused reads none of it.
    child.stdin.on('error', () => {});
    child.stdin.write(input);
    if (!open) child.stdin.end();
    this.child = child;
    this.#ended = once(child, 'close').then(([code]) => code as number | null);
  }

  async ended(): Promise<Ran> {
    const code = await this.#ended;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async end(signal: NodeJS.Signals): Promise<Ran> {
    this.child.kill(signal);
    return this.ended();
  }

  /** Until the condition holds; fails at once, with what the command said, when it has ended instead. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await until(
      async () => {
        if (this.child.exitCode !== null) throw new Error(`${what}: it ended with ${this.child.exitCode}: ${this.stderr}`);
        return condition();
      },
      `${what}; it said ${this.stderr}`,
      60_000,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGKILL');
  }
}

export function suho(words: readonly string[], options: RunOptions): Promise<Ran> {
  return new Running(words, options).ended();
}

/** Each of some runs, a few at a time. */
export async function each<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
  };
  await Promise.all([worker(), worker(), worker()]);
}
