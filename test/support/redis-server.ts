/** A Redis server of this machine for one test file, on a free port, keeping nothing on disk. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { emptyFolder } from './ledger-folder.js';
import { freePort } from './free-port.js';

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** `kill -9`, or SIGSTOP and SIGCONT. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
}

/** Whether there is one to start: for the `skip` of a test. */
export function redisMissing(): string | false {
  const told = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const major = Number(/v=(\d+)/.exec(told)?.[1] ?? 0);
  return major >= 7 ? false : 'no redis-server 7 or later on this machine';
}

/** Until something takes connections on the port. */
export async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} instead of listening on ${port}`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The signal takes a moment, in which a server may still answer. */
export async function untilStopped({ pid }: ChildProcess): Promise<void> {
  const state = (): string | undefined => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
  while (existsSync('/proc/self/stat') && state() !== 'T') await new Promise((resolve) => setTimeout(resolve, 5));
}

export async function startRedis(...more: readonly string[]): Promise<RedisServer> {
  const folder = await emptyFolder();
  const port = await freePort();
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const words = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder.path,
      ...more,
    ];
    child = spawn('redis-server', words, { stdio: 'ignore' });
    await untilListening(port, child);
  };
  const signal = async (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
    const ended = name === 'SIGKILL' && child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(name);
    await ended;
    if (name === 'SIGSTOP') await untilStopped(child);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    signal,
    start,
    [Symbol.asyncDispose]: async () => {
      await signal('SIGKILL');
      await folder[Symbol.asyncDispose]();
    },
  };
}
