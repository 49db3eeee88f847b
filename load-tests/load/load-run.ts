/**
 * A load as it stands: nodes and swarms in processes of their own on loopback, told what to do phase by phase, and what they tell
 * gathered. Whoever starts one closes it: then its processes are gone, its server and its folder too, whatever happened before.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type PostgresServer, postgresMissing, startPostgres } from '../../test/support/postgres-server.js';
import { Child } from './child.js';
import { Latencies } from './latencies.js';
import type { LoadOptions } from './load-options.js';
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
import { leastTicks, TRADED } from './wave-market.js';

const MINUTE_MS = 60_000;
/** When London opens on a Tuesday. */
const MARKET_MS = Date.UTC(2026, 0, 6, 7);
const SWARM_EAS = 2_500;
const QUOTES_EVERY_MS = 8_000;
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_MOST_MS = 20_000;
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
  #server: PostgresServer | undefined;
  #counts: SwarmCounts[] = [];
  #closed = false;
  crashes = 0;
  conflated = 0;

  private constructor(
    readonly setting: Setting,
    readonly options: LoadRunOptions,
  ) {
    const { speed, cluster } = setting;
    const originUs = nowUs();
    // Nodes of a cluster hold their clocks against the ledger's, which has the machine's time.
    const baseMs = cluster === undefined ? MARKET_MS : Date.now();
    this.time = { originUs, baseMs, speed, quiet: { fromUs: originUs, perSecond: leastTicks(speed) } };
    options.signal.addEventListener('abort', () => void this.close(), { once: true });
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
      if (missing !== false) throw new LedgerMissing(missing);
      this.options.onProgress('starting PostgreSQL…');
      this.#server = await startPostgres(['-c', 'fsync=on', '-c', 'max_connections=200']);
    }
    this.options.onProgress(`starting ${nodes === 1 ? 'a node' : `${nodes} nodes`} with ${accounts} accounts…`);
    const issued: (SwarmPlan['eas'][number] & { readonly node: number })[] = [];
    const ports: number[] = [];
    let ca = '';
    // One after another: the first makes the ledger's tables, tenants and accounts.
    for (let at = 0; at < nodes; at++) {
      const child = this.#node(at);
      const ready = await child.told('ready', START_MS + accounts * 10);
      ports.push(ready.port);
      ca = `${ca}${ready.ca}\n`;
      issued.push(...ready.issued.map((one, index) => ({ ...one, port: 0, node: index % nodes })));
    }
    const eas = issued.map(({ account, tenant, key, node }) => ({ account, tenant, key, port: ports[node] as number }));
    for (let from = 0; from < eas.length; from += SWARM_EAS) this.#swarm(from, eas.slice(from, from + SWARM_EAS), ca);
    await Promise.all(this.#swarms.map(({ child }) => child.told('ready', START_MS)));
  }

  #node(at: number): NodeChild {
    const { accounts, tenants, symbols, speed, pollMs, tls, analytics, cluster } = this.setting;
    const plan: NodePlan = {
      at,
      folder: join(this.folder, `data-${at}`),
      ledger: this.#server?.url ?? 'embedded',
      analytics,
      tls,
      http: this.options.http ?? false,
      pollMs,
      heartbeatMs: Math.min(HEARTBEAT_MOST_MS, HEARTBEAT_MS * speed),
      time: this.time,
      make: at === 0 ? { tenants, accounts, symbols: TRADED.slice(0, symbols) } : undefined,
      cluster,
    };
    const series: Series = { name: `node-${at + 1}`, kind: 'node', samples: [] };
    this.series.push(series);
    const child: NodeChild = new Child({
      name: series.name,
      program: './node-process.js',
      plan,
      folder: this.folder,
      onSample: ({ sample }) => void series.samples.push(sample),
    });
    this.#nodes.push(child);
    return child;
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

  /** Each node learns which accounts are its own, so that a fan-out is for them. */
  async know(): Promise<void> {
    const eas = this.#swarms.flatMap((swarm) => swarm.eas);
    const ports = [...new Set(eas.map(({ port }) => port))];
    await Promise.all(
      this.#nodes.map(async (node, at) => {
        const accounts = eas.filter(({ port }) => port === ports[at]).map(({ account, tenant }) => ({ account, tenant }));
        node.order({ kind: 'know', accounts });
        await node.told('known', START_MS);
      }),
    );
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
    for (const node of this.#nodes) {
      const told = await node.end({ kind: 'end' });
      if (told === undefined) throw new Error(`${node.name} did not end in order`);
      this.crashes += told.crashes;
      this.conflated += told.conflated;
    }
    const at = this.#server === undefined ? { folder: join(this.folder, 'data-0') } : { url: this.#server.url };
    const records = this.#swarms.map((_, index) => join(this.folder, `swarm-${index + 1}.records`));
    return readEvidence(at, records, this.#counts);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#swarms.map(({ child }) => child), ...this.#nodes].map((child) => child.end({ kind: 'end' })));
    await this.#server?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  wait(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.options.signal });
  }
}

export class LedgerMissing extends Error {
  override readonly name = 'LedgerMissing';
}
