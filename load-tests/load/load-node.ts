/** One node of a load: the real engine by `startNode`, with the load's market for a feed and nothing in place of any part. */
import { Catalogue, type IssuedAccount } from '../../src/accounts/catalogue.js';
import type { TickSource } from '../../src/actors/feed.js';
import { thingOf } from '../../src/cluster/member.js';
import { resolveConfig } from '../../src/config.js';
import { type Node, startNode } from '../../src/main.js';
import { ScaledClock, systemClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { createLogger } from '../../src/runtime/logger.js';
import { entropyRandom } from '../../src/runtime/random.js';
import type { Decision } from '../../src/signals/signal.js';
import { openDataFolder } from '../../src/storage/data-folder.js';
import type { TenantRow } from '../../src/storage/ledger/ledger.js';
import { type OpenStores, openStores } from '../../src/storage/stores.js';
import { SUHO_VERSION } from '../../src/version.js';
import { FAN_OUT } from './fan-out-name.js';
import { nowUs } from './machine-time.js';
import { engineMs, type LoadTime, type NodePlan } from './orders.js';
import { type TickSegment, TickSchedule } from './tick-schedule.js';
import { journalHistory, LOAD_SYMBOLS, symbolAt, TRADED, waveQuote } from './wave-market.js';

const FAN_OUT_VALID_MS = 60_000;
/** Who comes back is offered what is still valid: not more than a tenant's symbols would be. */
const DECIDED_VALID_MS = 15_000;

/** The feed: hands over every tick that is due, however late it is asked. */
export class ScheduledTicks implements TickSource {
  readonly name = 'load';
  readonly schedule: TickSchedule;

  constructor(readonly time: LoadTime) {
    this.schedule = new TickSchedule(LOAD_SYMBOLS.length, time.quiet);
  }

  poll(_nowMs: number, sink: (symbol: string, timeMs: number, bid: number, ask: number) => void): void {
    this.schedule.take(nowUs(), (symbol, dueUs) => {
      const atMs = engineMs(this.time, dueUs);
      const { bid, ask } = waveQuote(symbol, atMs);
      sink(LOAD_SYMBOLS[symbol]?.symbol ?? '', Math.floor(atMs), bid, ask);
    });
  }
}

/** Tenants are even: each has every n-th account. */
async function makeAccounts(
  { ledger, tiers }: OpenStores,
  { tenants, accounts, symbols }: NonNullable<NodePlan['make']>,
): Promise<IssuedAccount[]> {
  const catalogue = new Catalogue({ ledger, tiers, clock: systemClock });
  const issued: IssuedAccount[] = [];
  for (let at = 0; at < tenants; at++) {
    const id = `load-${at + 1}`;
    const count = Math.floor((accounts + tenants - 1 - at) / tenants);
    await catalogue.addTenant({ id, tier: 'enterprise', timeframe: 'M1', symbols: [...symbols] });
    if (count > 0) issued.push(...(await catalogue.addAccounts({ tenant: id, count, mode: 'demo' })));
  }
  return issued;
}

export class LoadNode {
  #deciding: NodeJS.Timeout | undefined;

  private constructor(
    readonly plan: NodePlan,
    readonly node: Node,
    readonly ticks: ScheduledTicks,
    readonly issued: readonly IssuedAccount[],
    readonly tenants: ReadonlyMap<string, TenantRow>,
    readonly close: () => Promise<void>,
  ) {}

  static async start(plan: NodePlan): Promise<LoadNode> {
    const { time, tls, ledger, analytics, http } = plan;
    const card = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
    const held = await openDataFolder(plan.folder, card);
    const ports = {
      ...tls,
      eaPort: tls ? plan.port : 'off',
      tcpPort: tls ? 'off' : plan.port,
      wsPort: 'off',
      httpPort: http ? 0 : 'off',
    };
    const among = plan.cluster === undefined ? {} : { cluster: plan.cluster, node: `node-${plan.at + 1}` };
    const flags = { data: held.path, ledger, analytics, demo: false, ...ports, ...among };
    const { config } = resolveConfig({ flags, environment: {} });
    const stores = await openStores({ settings: config, clock: systemClock, onProgress: () => {} });
    const issued = plan.make === undefined ? [] : await makeAccounts(stores, plan.make);
    journalHistory(stores.journal, time.baseMs);
    const ticks = new ScheduledTicks(time);
    const clock = new ScaledClock(engineMs(time, nowUs()), time.speed);
    const node = await startNode({
      config,
      stores,
      clock,
      ids: entropyIds,
      random: entropyRandom(),
      log: createLogger('error'),
      holder: `load, process ${process.pid}`,
      inference: { deadlines: systemClock },
      heartbeatMs: plan.heartbeatMs,
      feed: { source: ticks, periodMs: plan.pollMs * time.speed },
    });
    const rows = await stores.ledger.listTenants();
    return new LoadNode(plan, node, ticks, issued, new Map(rows.map((row) => [row.id, row])), async () => {
      await node.close();
      await stores.close();
      await held.release();
    });
  }

  begin(segment: TickSegment): void {
    this.ticks.schedule.begin(segment);
  }

  /** One decision for every account of this node, as one that another node has made comes to it. */
  fanOut(dueUs: number): void {
    for (const id of this.tenants.keys()) {
      const timed = { decision: this.#decision(id, dueUs, FAN_OUT_VALID_MS) };
      this.node.root.in.signal(id, { kind: 'decided', timed });
    }
  }

  /** At even moments of the machine's clock, alike on all nodes. */
  decide(everyMs: number): void {
    clearTimeout(this.#deciding);
    if (everyMs === 0) return;
    const everyUs = everyMs * 1_000;
    const dueUs = (Math.floor(nowUs() / everyUs) + 1) * everyUs;
    this.#deciding = setTimeout(
      () => {
        this.#decide(dueUs);
        this.decide(everyMs);
      },
      (dueUs - nowUs()) / 1_000,
    );
  }

  /** As the tenant's own actor does: told to the other nodes, and handed to the accounts that are here. */
  #decide(dueUs: number): void {
    const { root, keepers, roles } = this.node;
    for (const id of this.tenants.keys()) {
      if (roles.holds(thingOf('tenant', id)) === undefined) continue;
      const timed = { decision: this.#decision(id, dueUs, DECIDED_VALID_MS) };
      keepers.teller.decided(timed);
      root.in.signal(id, { kind: 'decided', timed });
    }
  }

  #decision(tenantId: string, dueUs: number, validMs: number): Decision {
    const symbol = TRADED[0] as string;
    const atMs = engineMs(this.plan.time, dueUs);
    const entry = waveQuote(symbolAt(symbol), atMs).bid;
    const nowMs = Math.floor(atMs);
    return {
      kind: 'OPEN',
      tenantId,
      strategy: `${FAN_OUT}${dueUs}`,
      symbol,
      timeframe: 'M1',
      closeTime: nowMs,
      direction: 'BUY',
      score: 80,
      strength: 'STRONG',
      parts: { ml: 80, technical: 80 },
      entry,
      stopLoss: entry * 0.998,
      takeProfit: entry * 1.003,
      validUntil: nowMs + validMs,
    };
  }
}
