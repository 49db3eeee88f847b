/** The stage of a run: three stores, the nodes, and a link between any two that talk to each other. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoCredentials } from '../../src/demo/demo-tenants.js';
import { developmentCertificate } from '../../src/gateway/development-certificate.js';
import type { Credential } from '../../src/ea-sim/fleet.js';
import { systemClock } from '../../src/runtime/clock.js';
import { LIMITS } from '../../src/limits.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { freePort } from '../../test/support/free-port.js';
import { type Household, type Process, untilListening } from './household.js';
import { Link } from './link.js';
import { BusServer, CacheServer, LedgerServer } from './servers.js';
import { type DiskKind, diskKind, SmallDisk } from './small-disk.js';

const SUHO = fileURLToPath(new URL('../../../bin/suho.mjs', import.meta.url));
const CERT = 'development-cert.pem';
const CERT_KEY = 'development-key.pem';
/** Exit code of a node that found something unreachable. */
const REFUSED = '4';
const START_MOST_MS = 60_000;
const STOP_MOST_MS = 15_000;

export interface StageOptions {
  readonly household: Household;
  readonly seed: number;
  readonly nodes: number;
  readonly eas: number;
  /** How many times faster than real time engine, EAs and brokers live. */
  readonly speed: number;
  /** Three accounts of ten are netting accounts; else all are hedging. */
  readonly netting: boolean;
}

/** The instant of the machine’s clock at which the demo’s time began, for all of them. */
export interface SharedTime {
  readonly beganMs: number;
  readonly speed: number;
}

interface NodePorts {
  readonly tls: number;
  readonly tcp: number;
}

interface NodeLinks {
  readonly ledger: Link;
  readonly bus: Link;
  readonly cache: Link;
}

/** The one place where it is said how a node of the stage is started. */
function nodeWords(node: StageNode, { seed, speed }: StageOptions, time: SharedTime, offMs: number): readonly string[] {
  const { folder, ports, links, ledgerUrl } = node;
  return [
    ...[SUHO, 'start', '--json', '--data', folder, '--log-level', 'warn'],
    ...['--seed', String(seed), '--speed', String(speed), '--demo-eas', '0'],
    ...['--demo-began', new Date(time.beganMs).toISOString(), `--demo-clock-off=${offMs}`],
    // One certificate for all, as behind one name.
    ...['--cert', join(node.options.household.folder, CERT), '--cert-key', join(node.options.household.folder, CERT_KEY)],
    ...['--ea-port', String(ports.tls), '--tcp-port', String(ports.tcp), '--ws-port', 'off', '--http-port', 'off'],
    ...['--cluster', `nats://127.0.0.1:${links.bus.port}`, '--node', `node-${node.at + 1}`],
    ...['--ledger', ledgerUrl, '--cache', `redis://127.0.0.1:${links.cache.port}`],
    ...['--advertise', node.advertised.slice(0, LIMITS.cluster.endpoints).join(',')],
    // Nothing is decided by it, and three of its engines would take the machine from what is tried here.
    ...['--analytics', 'off'],
  ];
}

export class StageNode {
  readonly folder: string;
  /** How EAs reach it, each by a link of its own. */
  readonly advertised: string[] = [];
  #process: Process | undefined;
  #ready = false;
  #launchedMs = 0;

  constructor(
    readonly at: number,
    readonly options: StageOptions,
    readonly time: SharedTime,
    readonly ports: NodePorts,
    readonly links: NodeLinks,
    readonly ledgerUrl: string,
    readonly disk: SmallDisk,
  ) {
    this.folder = disk.folder;
  }

  get runs(): boolean {
    return this.#process?.runs ?? false;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  get name(): string {
    return `node ${this.at + 1}`;
  }

  /** Until it takes EAs. One that ends while it starts, as where the ledger is away, is started again as systemd would. */
  async start(offMs = 0): Promise<void> {
    const untilMs = systemClock.nowMs() + START_MOST_MS;
    for (;;) {
      this.launch(offMs);
      try {
        await untilListening(this.ports.tcp, this.#process as Process, START_MOST_MS);
        this.#ready = true;
        return;
      } catch (error) {
        if (systemClock.nowMs() > untilMs) throw error;
        await this.#process?.kill();
      }
    }
  }

  launch(offMs = 0): void {
    if (this.runs) return;
    this.#ready = false;
    this.#launchedMs = systemClock.nowMs();
    const { household } = this.options;
    const words = nodeWords(this, this.options, this.time, offMs);
    this.#process = household.start(`node-${this.at + 1}`, { command: process.execPath, words, cwd: household.folder });
  }

  /**
   * Whether it has ended because something that it needs was away while it started: it says so by its exit code, and whoever
   * looks after it starts it again. It takes EAs a moment before it has read all that it needs.
   */
  get refusedToStart(): boolean {
    return this.#process?.end === REFUSED && systemClock.nowMs() - this.#launchedMs < START_MOST_MS;
  }

  /** Whether it takes EAs, as far as is known. */
  get ready(): boolean {
    return this.runs && this.#ready;
  }

  async kill(): Promise<void> {
    this.#ready = false;
    await this.#process?.kill();
  }

  pause(): void {
    this.#ready = false;
    this.#process?.signal('SIGSTOP');
  }

  goOn(): void {
    this.#process?.signal('SIGCONT');
    this.#ready = this.runs;
  }

  /** Answers whether it ended by itself. */
  stop(): Promise<boolean> {
    this.#ready = false;
    return this.#process?.stop('SIGTERM', STOP_MOST_MS) ?? Promise.resolve(true);
  }
}

export class Stage {
  readonly nodes: readonly StageNode[];
  readonly credentials: readonly Credential[];
  /** By EA, by node: the first that an EA tries is another for each. */
  readonly eaLinks: readonly (readonly Link[])[];
  /** That all nodes show. */
  readonly cert: string;

  private constructor(
    readonly options: StageOptions,
    readonly ledger: LedgerServer,
    readonly bus: BusServer,
    readonly cache: CacheServer,
    readonly time: SharedTime,
    readonly disk: DiskKind,
    made: Pick<Stage, 'nodes' | 'credentials' | 'eaLinks' | 'cert'>,
  ) {
    this.nodes = made.nodes;
    this.credentials = made.credentials;
    this.eaLinks = made.eaLinks;
    this.cert = made.cert;
  }

  static async open(options: StageOptions, onHeard: (ea: number, node: number) => void): Promise<Stage> {
    const { household, seed, eas } = options;
    const random = seededRandom(seed).fork('links');
    const [ledger, bus, cache] = [
      await LedgerServer.open(household),
      await BusServer.open(household),
      await CacheServer.open(household),
    ];
    const suho = { command: process.execPath, cwd: household.folder };
    await household.run('suho migrate', { ...suho, words: [SUHO, 'migrate', '--ledger', ledger.urlOf('suho_owner')] });
    const { cert } = await developmentCertificate(household.folder, systemClock.nowMs());
    const time = { beganMs: systemClock.nowMs(), speed: options.speed };
    const kind = diskKind(household.folder);
    const nodes = await makeNodes(options, { ledger, bus, cache }, time, kind, random);
    const credentials = demoCredentials(seed, eas);
    const eaLinks: (readonly Link[])[] = [];
    for (let ea = 0; ea < eas; ea++) {
      const own: Link[] = [];
      const transport = isEncrypted(ea) ? 'tls' : 'tcp';
      for (const { at, ports, advertised } of nodes) {
        const link = await linkTo(household, ports[transport], random.fork(`ea ${ea} ${at}`), () => onHeard(ea, at));
        own.push(link);
        advertised.push(`${transport}://127.0.0.1:${link.port}`);
      }
      eaLinks.push(own);
    }
    return new Stage(options, ledger, bus, cache, time, kind, { nodes, credentials, eaLinks, cert });
  }

  /** A command of `suho` on the ledger, as an operator runs it beside the nodes. */
  suho(name: string, ...words: readonly string[]): Promise<string> {
    const { household } = this.options;
    return household.run(name, { command: process.execPath, words: [SUHO, ...words], cwd: household.folder }, 120_000);
  }

  /** All links, whatever they carry. */
  get links(): readonly Link[] {
    return [...this.nodes.flatMap(({ links }) => [links.ledger, links.bus, links.cache]), ...this.eaLinks.flat()];
  }

  /** Which node an EA stands connected to; undefined while to none or to several. */
  nodeOf(ea: number): number | undefined {
    const standing = (this.eaLinks[ea] ?? []).flatMap(({ standing }, node) => (standing > 0 ? [node] : []));
    return standing.length === 1 ? standing[0] : undefined;
  }
}

/** Every other EA is over TLS, the others over plain TCP. */
export function isEncrypted(ea: number): boolean {
  return ea % 2 === 0;
}

async function linkTo(household: Household, target: number, random: Random, onHeard?: () => void): Promise<Link> {
  const link = await Link.open({ target, clock: systemClock, random, ...(onHeard ? { onHeard } : {}) });
  household.onEnd(() => link[Symbol.asyncDispose]());
  return link;
}

async function makeNodes(
  options: StageOptions,
  stores: { readonly ledger: LedgerServer; readonly bus: BusServer; readonly cache: CacheServer },
  time: SharedTime,
  kind: DiskKind,
  random: Random,
): Promise<readonly StageNode[]> {
  const { household } = options;
  const nodes: StageNode[] = [];
  for (let at = 0; at < options.nodes; at++) {
    const link = (name: string, target: number): Promise<Link> => linkTo(household, target, random.fork(`${name} ${at}`));
    const links = {
      ledger: await link('ledger', stores.ledger.port),
      bus: await link('bus', stores.bus.port),
      cache: await link('cache', stores.cache.port),
    };
    const ports = { tls: await freePort(), tcp: await freePort() };
    const disk = new SmallDisk(household, join(household.folder, `node-${at + 1}`), kind);
    const url = stores.ledger.urlOf('suho_node', 'suho', links.ledger.port);
    nodes.push(new StageNode(at, options, time, ports, links, url, disk));
  }
  return nodes;
}
