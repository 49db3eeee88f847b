/** A NATS server of this machine for one test file, with JetStream in a temporary folder, on a free port. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.js';
import { emptyFolder } from './ledger-folder.js';
import { untilListening, untilStopped } from './redis-server.js';

export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  /** Where it stores. */
  readonly folder: string;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again on the same port, with what it had stored. */
  start(): Promise<void>;
}

/** Whether there is one to start: for the `skip` of a test. */
export function natsMissing(): string | false {
  const { stdout, stderr } = spawnSync('nats-server', ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(`${stdout ?? ''}${stderr ?? ''}`) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 9) ? false : 'no nats-server 2.9 or later on this machine';
}

export async function startNats(...more: readonly string[]): Promise<NatsServer> {
  const folder = await emptyFolder();
  const port = await freePort();
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const words = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder.path, ...more];
    child = spawn('nats-server', words, { stdio: 'ignore' });
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
    url: `nats://127.0.0.1:${port}`,
    folder: folder.path,
    signal,
    start,
    [Symbol.asyncDispose]: async () => {
      await signal('SIGKILL');
      await folder[Symbol.asyncDispose]();
    },
  };
}
