/**
 * A load as it stands: nodes and swarms in processes of their own on loopback, told what to do phase by phase, and what they tell
 * gathered. Whoever starts one closes it: then its processes are gone, its server and its folder too, whatever happened before.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { IssuedAccount } from '../../src/accounts/catalogue.js';
import { developmentCertificate } from '../../src/gateway/development-certificate.js';
import { type NatsServer, natsMissing, startNats } from '../../test/support/nats-server.js';
import { freePorts } from '../../test/support/free-port.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../../test/support/postgres-server.js';
import { Child } from './child.js';
import { Latencies } from './latencies.js';
import { type LoadOptions, OWN_BUS } from './load-options.js';
import { nowUs } from './machine-time.js';
import type {
  LoadTime,
  NodeOrder,
  NodePlan,
  NodeReport,
  NodeSample,
  SwarmCounts,
  SwarmOrder,
  SwarmPlan,
  SwarmReport,
  SwarmSample,
} from './orders.js';
import { type Evidence, readEvidence } from './evidence.js';
import type { TickSegment } from './tick-schedule.js';
import { leastTicks, TRADED } from './wave-market.js';

const MINUTE_MS = 60_000;
/** When London opens on a Tuesday. */
const MARKET_MS = Date.UTC(2026, 0, 6, 7);
const SWARM_EAS = 2_500;
const QUOTES_EVERY_MS = 8_000;
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_MOST_MS = 20_000;
const CERT = 'development-cert.pem';
const CERT_KEY = 'development-key.pem';
const START_MS = 120_000;
const AHEAD_US = 300_000;
const SETTLE_MOST_MS = 60_000;
const COMING_LEAST_MS = 500;

type NodeChild = Child<NodeOrder, NodeReport>;
type SwarmChild = Child<SwarmOrder, SwarmReport>;

export interface PhaseSpan {
  readonly name: string;
  readonly fromUs: number;
  toUs: number;
}

export interface Series {
  readonly name: string;
  readonly kind: 'node' | 'swarm';
  readonly samples: (NodeSample | SwarmSample)[];
}

export interface LoadRunOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (sentence: string) => void;
  /** HTTP of the nodes, where sizes are read from their metrics. */
  readonly http?: boolean;
}

type Setting = Pick<
  LoadOptions,
  'accounts' | 'nodes' | 'tenants' | 'symbols' | 'speed' | 'pollMs' | 'tls' | 'arrivals' | 'ledger' | 'analytics' | 'cluster'
>;

export class LoadRun {
  readonly latencies = new Latencies();
  readonly phases: PhaseSpan[] = [];
  readonly series: Series[] = [];
  readonly time: LoadTime;
  readonly folder = mkdtempSync(join(tmpdir(), 'suho-load-'));
  readonly #nodes: NodeChild[] = [];
  readonly #swarms: { readonly child: SwarmChild; readonly eas: SwarmPlan['eas'] }[] = [];
  #ports: readonly number[] = [];
  #server: PostgresServer | undefined;
  #bus: NatsServer | undefined;
  #decideMs = 0;
  #segment: TickSegment | undefined;
  #counts: SwarmCounts[] = [];
  #closed = false;
  crashes = 0;
  conflated = 0;

  readonly #aborted = (): void => void this.close();

  private constructor(
    readonly setting: Setting,
    readonly options: LoadRunOptions,
  ) {
    const { speed, cluster } = setting;
    const originUs = nowUs();
    // Nodes of a cluster hold their clocks against the ledger's, which has the machine's time.
    const baseMs = cluster === undefined ? MARKET_MS : Date.now();
    this.time = { originUs, baseMs, speed, quiet: { fromUs: originUs, perSecond: leastTicks(speed) } };
    options.signal.addEventListener('abort', this.#aborted, { once: true });
  }

  static async start(setting: Setting, options: LoadRunOptions): Promise<LoadRun> {
    const run = new LoadRun(setting, options);
    try {
      await run.#start();
      return run;
    } catch (error) {
      await run.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { accounts, nodes, ledger } = this.setting;
    if (ledger === 'postgres') {
      const missing = postgresMissing();
      if (missing !== false) throw new ServersMissing(missing);
      this.options.onProgress('starting PostgreSQL…');
      this.#server = await startPostgres(['-c', 'fsync=on', '-c', 'max_connections=200']);
    }
    await this.#startBus();
    this.options.onProgress(`starting ${nodes === 1 ? 'a node' : `${nodes} nodes`} with ${accounts} accounts…`);
    const issued: (IssuedAccount & { readonly node: number })[] = [];
    const ca = await this.#makeCertificate();
    // One after another: the first makes the ledger's tables, tenants and accounts.
    this.#ports = await freePorts(nodes);
    for (let at = 0; at < nodes; at++) {
      const ready = await this.#startNode(at);
      issued.push(...ready.issued.map((one, index) => ({ ...one, node: index % nodes })));
    }
    const eas = issued.map(({ account, tenant, key, node }) => ({ account, tenant, key, ports: this.#portsFrom(node) }));
    for (let from = 0; from < eas.length; from += SWARM_EAS) this.#swarm(from, eas.slice(from, from + SWARM_EAS), ca);
    await Promise.all(this.#swarms.map(({ child }) => child.told('ready', START_MS)));
  }

  /** Answers what EAs are to trust; nothing without TLS. */
  async #makeCertificate(): Promise<string> {
    return this.setting.tls ? (await developmentCertificate(this.folder, Date.now())).cert : '';
  }

  async #startBus(): Promise<void> {
    if (this.setting.cluster !== OWN_BUS) return;
    const missing = natsMissing();
    if (missing !== false) throw new ServersMissing(missing);
    this.#bus = await startNats();
  }

  /** Where there is a cluster each EA knows all nodes, and tries its own first. */
  #portsFrom(node: number): readonly number[] {
    if (this.setting.cluster === undefined) return [this.#ports[node] as number];
    return [...this.#ports.slice(node), ...this.#ports.slice(0, node)];
  }

  async #startNode(at: number): Promise<Extract<NodeReport, { kind: 'ready' }>> {
    const isFirst = this.#nodes[at] === undefined;
    const child = this.#node(at, isFirst);
    this.#nodes[at] = child;
    const ready = await child.told('ready', START_MS + this.setting.accounts * 10);
    child.order({ kind: 'decide', everyMs: this.#decideMs });
    return ready;
  }

  #node(at: number, isFirst: boolean): NodeChild {
    const { accounts, tenants, symbols, speed, pollMs, tls, analytics, cluster } = this.setting;
    const plan: NodePlan = {
      at,
      port: this.#ports[at] as number,
      folder: join(this.folder, `data-${at}`),
      ledger: this.#server?.url ?? 'embedded',
      analytics,
      tls: tls ? { cert: join(this.folder, CERT), certKey: join(this.folder, CERT_KEY) } : undefined,
      http: this.options.http ?? false,
      pollMs,
      heartbeatMs: Math.min(HEARTBEAT_MOST_MS, HEARTBEAT_MS * speed),
      time: this.time,
      make: at === 0 && isFirst ? { tenants, accounts, symbols: TRADED.slice(0, symbols) } : undefined,
      cluster: cluster === OWN_BUS ? this.#bus?.url : cluster,
    };
    const name = `node-${at + 1}`;
    const series: Series = this.series.find((one) => one.name === name) ?? { name, kind: 'node', samples: [] };
    if (isFirst) this.series.push(series);
    return new Child({
      name: series.name,
      program: './node-process.js',
      plan,
      folder: this.folder,
      onSample: ({ sample }) => void series.samples.push(sample),
    });
  }

  /** Ends a node in its order, as SIGTERM does, and starts it again at its place; answers how long each took, in milliseconds. */
  async restart(at: number): Promise<{ readonly endMs: number; readonly startMs: number }> {
    const fromUs = nowUs();
    await this.#endNode(this.#nodes[at] as NodeChild);
    const endedUs = nowUs();
    await this.startAgain(at);
    return { endMs: (endedUs - fromUs) / 1_000, startMs: (nowUs() - endedUs) / 1_000 };
  }

  /** As `kill -9` does, at a moment that all EAs are told before. */
  async killNode(at: number): Promise<void> {
    const atUs = nowUs() + AHEAD_US;
    for (const { child } of this.#swarms) child.order({ kind: 'death', port: this.#ports[at] as number, atUs });
    await this.wait(AHEAD_US / 1_000);
    await this.#nodes[at]?.cut();
  }

  /** One that has ended; it has the market of the others at once. */
  async startAgain(at: number): Promise<void> {
    await this.#startNode(at);
    if (this.#segment !== undefined) this.#nodes[at]?.order({ kind: 'segment', segment: this.#segment });
  }

  /** From here on, and also by nodes that start later. */
  decide(everyMs: number): void {
    this.#decideMs = everyMs;
    for (const node of this.#nodes) node.order({ kind: 'decide', everyMs });
  }

  rebalance(): void {
    for (const node of this.#nodes) node.order({ kind: 'rebalance' });
  }

  /** Whether all EAs are connected, and none waits for its first signal since a node died. */
  get whole(): boolean {
    const swarms = this.#newest('swarm') as SwarmSample[];
    const sum = (of: 'connected' | 'waiting'): number => swarms.reduce((total, one) => total + one[of], 0);
    return sum('connected') === this.setting.accounts && sum('waiting') === 0;
  }

  /** Sessions of each node, as it last told. */
  get sessions(): readonly number[] {
    return this.#newest('node').map((one) => (one as NodeSample).sessions);
  }

  #swarm(at: number, eas: SwarmPlan['eas'], ca: string): void {
    const { tls, symbols, speed } = this.setting;
    const name = `swarm-${this.#swarms.length + 1}`;
    const plan: SwarmPlan = {
      at,
      host: '127.0.0.1',
      tls,
      ca,
      time: this.time,
      quotesEveryMs: QUOTES_EVERY_MS / speed,
      symbols: TRADED.slice(0, symbols),
      records: join(this.folder, `${name}.records`),
      eas,
    };
    const series: Series = { name, kind: 'swarm', samples: [] };
    this.series.push(series);
    const child: SwarmChild = new Child({
      name,
      program: './swarm-process.js',
      plan,
      folder: this.folder,
      onSample: ({ sample }) => void series.samples.push(sample),
    });
    this.#swarms.push({ child, eas });
  }

  /** From here on so many ticks a second; resolves when it has begun. */
  async ticks(perSecond: number): Promise<void> {
    const segment = { fromUs: nowUs() + AHEAD_US, perSecond };
    this.#segment = segment;
    for (const node of this.#nodes) node.order({ kind: 'segment', segment });
    for (const { child } of this.#swarms) child.order({ kind: 'segment', segment });
    await this.wait(AHEAD_US / 1_000);
  }

  /** What is due while the work is done belongs to the phase. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const span = this.#begin(name);
    try {
      return await work();
    } finally {
      span.toUs = nowUs();
      this.#begin('between');
    }
  }

  #begin(name: string): PhaseSpan {
    const span = { name, fromUs: nowUs(), toUs: Number.POSITIVE_INFINITY };
    if (name !== 'between') this.phases.push(span);
    for (const { child } of this.#swarms) child.order({ kind: 'phase', name, fromUs: span.fromUs });
    return span;
  }

  /** So many EAs are connected when it resolves, evenly over the swarms; answers how long the last took, in milliseconds. */
  async populate(count: number): Promise<number> {
    const fromUs = nowUs();
    let left = count;
    const orders = this.#swarms.map(({ child, eas }) => {
      const share = Math.min(left, eas.length);
      left -= share;
      child.order({ kind: 'population', count: share, withinMs: this.#comingMs(count) });
      return child;
    });
    return this.#standing(orders, fromUs);
  }

  /** All connections at once; answers how long until the last WELCOME, in milliseconds. */
  async reconnect(): Promise<number> {
    const fromUs = nowUs();
    const { accounts } = this.setting;
    for (const { child } of this.#swarms) child.order({ kind: 'cut', withinMs: this.#comingMs(accounts) });
    return this.#standing(
      this.#swarms.map(({ child }) => child),
      fromUs,
    );
  }

  #comingMs(count: number): number {
    return Math.max(COMING_LEAST_MS, (count * 1_000) / this.setting.arrivals);
  }

  async #standing(swarms: readonly SwarmChild[], fromUs: number): Promise<number> {
    const { accounts } = this.setting;
    const withinMs = START_MS + this.#comingMs(accounts) + accounts * 10;
    const stood = await Promise.all(swarms.map((child) => child.told('standing', withinMs)));
    return Math.max(...stood.map(({ lastUs }) => lastUs - fromUs)) / 1_000;
  }

  slow(share: number): void {
    for (const { child } of this.#swarms) child.order({ kind: 'slow', share });
  }

  fanOut(): void {
    const dueUs = nowUs() + AHEAD_US;
    for (const node of this.#nodes) node.order({ kind: 'fan-out', dueUs });
  }

  /** Nothing waits for its commit, and no signal has come for a while. */
  async settled(): Promise<void> {
    const lastSignals = (): number => this.#newest('swarm').reduce((sum, one) => sum + (one as SwarmSample).signals, 0);
    const pending = (): number => this.#newest('node').reduce((sum, one) => sum + (one as NodeSample).pendingCommits, 0);
    const endUs = nowUs() + SETTLE_MOST_MS * 1_000;
    for (let before = -1; nowUs() < endUs; ) {
      await this.wait(1_200);
      const now = lastSignals();
      if (now === before && pending() === 0) return;
      before = now;
    }
  }

  #newest(kind: Series['kind']): (NodeSample | SwarmSample)[] {
    return this.series.filter((one) => one.kind === kind).flatMap(({ samples }) => samples.slice(-1));
  }

  /** How far each feed is behind its schedule, in ticks; the worst of the nodes. */
  behind(): number {
    return Math.max(0, ...this.#newest('node').map((one) => (one as NodeSample).ticksDue - (one as NodeSample).ticksTaken));
  }

  /** The latencies recorded since the last time join the others. */
  async collect(): Promise<void> {
    const told = await Promise.all(
      this.#swarms.map(({ child }) => {
        child.order({ kind: 'collect' });
        return child.told('collected', START_MS);
      }),
    );
    for (const { latencies } of told) this.latencies.add(latencies);
    this.#counts = told.map(({ counts }) => counts);
  }

  /** Sizes of each node, after a collection of garbage. */
  sizes(): Promise<readonly Readonly<Record<string, number>>[]> {
    return Promise.all(
      this.#nodes.map(async (node) => {
        node.order({ kind: 'sizes' });
        return (await node.told('sizes', START_MS)).sizes;
      }),
    );
  }

  /** How long until the market's next minute ends. */
  untilCloseMs(): number {
    const { originUs, baseMs, speed } = this.time;
    const atMs = baseMs + ((nowUs() - originUs) * speed) / 1_000;
    return (MINUTE_MS - (atMs % MINUTE_MS)) / speed;
  }

  /** Every EA that is wanted is there again, and nothing is under way: only then does a signal that no EA has count as lost. */
  async rest(count: number): Promise<void> {
    await this.populate(count);
    await this.settled();
  }

  /** Ends all processes in order, and holds what the EAs noted against the ledger. */
  async finish(): Promise<Evidence> {
    await this.collect();
    await Promise.all(this.#swarms.map(({ child }) => child.end({ kind: 'end' })));
    for (const node of this.#nodes) await this.#endNode(node);
    const at = this.#server === undefined ? { folder: join(this.folder, 'data-0') } : { url: this.#server.url };
    const records = this.#swarms.map((_, index) => join(this.folder, `swarm-${index + 1}.records`));
    return readEvidence(at, records, this.#counts);
  }

  async #endNode(node: NodeChild): Promise<void> {
    const told = await node.end({ kind: 'end' });
    if (told === undefined) throw new Error(`${node.name} did not end in order`);
    this.crashes += told.crashes;
    this.conflated += told.conflated;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.options.signal.removeEventListener('abort', this.#aborted);
    await Promise.all([...this.#swarms.map(({ child }) => child), ...this.#nodes].map((child) => child.end({ kind: 'end' })));
    await this.#bus?.[Symbol.asyncDispose]();
    await this.#server?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  wait(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.options.signal });
  }
}

export class ServersMissing extends Error {
  override readonly name = 'ServersMissing';
}
