/** The stores of the production set as this machine has them, on free ports of loopback: started, ended badly, started again. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { SuhoError } from '../../src/errors.js';
import { freePort } from '../../test/support/free-port.js';
import { type Household, type Process, untilListening } from './household.js';

const LOGINS = fileURLToPath(new URL('../../../deploy/ledger/logins.sql', import.meta.url));
const START_MOST_MS = 30_000;
const STOP_MOST_MS = 10_000;
const LOOK_MS = 50;

/** A server that is started and ended again and again, always on the same port. */
abstract class Server {
  #process: Process | undefined;

  protected constructor(
    readonly household: Household,
    readonly port: number,
  ) {}

  protected abstract launch(): Process;

  async start(): Promise<void> {
    if (this.#process?.runs) return;
    this.#process = this.launch();
    await untilListening(this.port, this.#process, START_MOST_MS);
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    await this.#process?.stop(signal, STOP_MOST_MS);
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }
}

function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((version) => Number(version) >= 15) : [];
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  const bin = newest && join(root, newest, 'bin');
  return bin && existsSync(join(bin, 'initdb')) ? bin : undefined;
}

/** PostgreSQL will not run as root: then it runs as the user that its package made. */
function postgresUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || Number.NaN);
  return { uid: id('-u'), gid: id('-g') };
}

const missing = (program: string, asking: string): boolean => spawnSync(program, [asking]).error !== undefined;

/** What chaos needs and this machine lacks, in words; undefined where it has all of it. */
export function whyNoServers(): string | undefined {
  const lacks = [
    ...(postgresPrograms() === undefined || Number.isNaN(postgresUser()?.uid ?? 0) ? ['PostgreSQL 15 or later'] : []),
    ...(missing('psql', '--version') ? ['psql'] : []),
    ...(missing('nats-server', '--version') ? ['nats-server'] : []),
    ...(missing('redis-server', '--version') ? ['redis-server'] : []),
  ];
  return lacks.length === 0 ? undefined : `no ${lacks.join(', no ')} on this machine`;
}

/** The ledger, with the logins that an operator makes: its owner, and the node's, which owns nothing. */
export class LedgerServer extends Server {
  readonly #data: string;
  readonly #user = postgresUser();

  private constructor(household: Household, port: number) {
    super(household, port);
    this.#data = join(household.folder, 'postgres', 'data');
  }

  static async open(household: Household): Promise<LedgerServer> {
    const server = new LedgerServer(household, await freePort());
    // Killed, it would leave its shared memory behind.
    household.onEnd(() => server.stop('SIGQUIT'));
    const home = join(household.folder, 'postgres');
    mkdirSync(home);
    // Its user must get through to it.
    chmodSync(household.folder, 0o755);
    const user = server.#user;
    if (user !== undefined) chownSync(home, user.uid, user.gid);
    const words = ['-D', server.#data, '-U', 'suho', '-A', 'trust', '--no-sync', '--locale=C.UTF-8'];
    await household.run('initdb', { command: server.#program('initdb'), words, cwd: home, ...(user ? { user } : {}) });
    await server.start();
    await server.#answers();
    const psql = ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', LOGINS, server.urlOf('suho', 'postgres')];
    const env = { LEDGER_OWNER_PASSWORD: 'owner', LEDGER_PASSWORD: 'node' };
    await household.run('the logins of the ledger', { command: 'psql', words: psql, cwd: home, env });
    return server;
  }

  /** It listens before it lets anybody in. */
  async #answers(): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      const client = new pg.Client({ connectionString: this.urlOf('suho', 'postgres') });
      const refused = await client.connect().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused === undefined) return client.end();
      if (waitedMs >= START_MOST_MS) throw refused;
      await wait(LOOK_MS);
    }
  }

  /** `port` where it is reached over a link. */
  urlOf(login: string, database = 'suho', port = this.port): string {
    return `postgres://${login}@127.0.0.1:${port}/${database}`;
  }

  #program(name: string): string {
    const bin = postgresPrograms();
    if (bin === undefined) throw new SuhoError('UNREACHABLE', String(whyNoServers()));
    return join(bin, name);
  }

  protected launch(): Process {
    const settings = ['listen_addresses=127.0.0.1', 'fsync=off', 'max_connections=60', 'shared_buffers=64MB'];
    const home = join(this.household.folder, 'postgres');
    const words = ['-D', this.#data, '-p', String(this.port), '-k', home, ...settings.flatMap((one) => ['-c', one])];
    const user = this.#user;
    return this.household.start('postgres', { command: this.#program('postgres'), words, cwd: home, ...(user ? { user } : {}) });
  }
}

export class BusServer extends Server {
  readonly #store: string;

  private constructor(household: Household, port: number) {
    super(household, port);
    this.#store = join(household.folder, 'nats');
  }

  static async open(household: Household): Promise<BusServer> {
    const server = new BusServer(household, await freePort());
    await server.start();
    return server;
  }

  protected launch(): Process {
    mkdirSync(this.#store, { recursive: true });
    const words = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.#store];
    return this.household.start('nats', { command: 'nats-server', words, cwd: this.household.folder });
  }

  /** Everything that JetStream held is gone. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.#store, { recursive: true, force: true });
  }
}

/** Keeps nothing on disk: whenever it starts it is empty. */
export class CacheServer extends Server {
  static async open(household: Household): Promise<CacheServer> {
    const server = new CacheServer(household, await freePort());
    await server.start();
    return server;
  }

  protected launch(): Process {
    const { folder } = this.household;
    const kept = ['--save', '', '--appendonly', 'no', '--maxmemory', '128mb', '--maxmemory-policy', 'allkeys-lru'];
    const words = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', folder, ...kept];
    return this.household.start('redis', { command: 'redis-server', words, cwd: folder });
  }
}
