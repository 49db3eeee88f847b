/** A node with one tenant of many accounts, one symbol that ticks, and nothing else: what the crowds meet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Catalogue, type IssuedAccount } from '../../src/accounts/catalogue.js';
import { resolveConfig } from '../../src/config.js';
import { certificateFor } from '../../src/gateway/development-certificate.js';
import { type Node, startNode } from '../../src/main.js';
import { systemClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { createLogger } from '../../src/runtime/logger.js';
import { entropyRandom } from '../../src/runtime/random.js';
import { openStores } from '../../src/storage/stores.js';
import type { CrowdPlan } from './crowd.js';

const TENANT = 'crowd';
const PRICE = { bid: 1.1, ask: 1.1001 };
const TICK_MS = 200;
/** What one address may have open is bounded, and so is what one process can hold well. */
const ACCOUNTS_A_PROCESS = 5_000;

export interface CrowdNode {
  readonly node: Node;
  readonly folder: string;
  readonly issued: readonly IssuedAccount[];
  plans(wish: Pick<CrowdPlan, 'talks' | 'quotesEveryMs'> & { readonly tls: boolean }): Promise<CrowdPlan[]>;
  close(): Promise<void>;
}

export async function startCrowdNode(accounts: number, analytics: 'embedded' | 'off'): Promise<CrowdNode> {
  const folder = mkdtempSync(join(tmpdir(), 'suho-crowd-'));
  const flags = { data: folder, eaPort: 0, tcpPort: 0, wsPort: 'off', httpPort: 'off', analytics, demo: false };
  const { config } = resolveConfig({ flags, environment: {} });
  const stores = await openStores({ settings: config, clock: systemClock, onProgress: () => {} });
  const { ledger, tiers } = stores;
  const catalogue = new Catalogue({ ledger, tiers, clock: systemClock });
  await catalogue.addTenant({ id: TENANT, tier: 'enterprise', symbols: ['EURUSD'] });
  const issued = await catalogue.addAccounts({ tenant: TENANT, count: accounts, mode: 'demo' });
  const source = {
    name: 'steady',
    poll: (nowMs: number, sink: (symbol: string, timeMs: number, bid: number, ask: number) => void) =>
      sink('EURUSD', nowMs, PRICE.bid, PRICE.ask),
  };
  const node = await startNode({
    config,
    stores,
    clock: systemClock,
    ids: entropyIds,
    random: entropyRandom(),
    log: createLogger('error'),
    feed: { source, periodMs: TICK_MS },
  });
  const { cert } = await certificateFor(config, systemClock.nowMs());
  const portOf = (name: string): number => node.gateway.listeners.find((listener) => listener.name === name)?.port ?? 0;
  return {
    node,
    folder,
    issued,
    plans: async ({ tls, talks, quotesEveryMs }) => {
      const shared = { host: '127.0.0.1', port: portOf(tls ? 'tls' : 'tcp'), ...(tls ? { ca: cert } : {}) };
      return slices(issued).map((credentials) => ({ ...shared, credentials, addresses: 16, bare: false, talks, quotesEveryMs }));
    },
    close: async () => {
      await node.close();
      await stores.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Of this process, once what is nobody's is gone: what lives in heap and buffers, and what the system has given it. */
export function memoryBytes(): { readonly live: number; readonly resident: number } {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed + external, resident: rss };
}

export function slices<T>(all: readonly T[]): T[][] {
  const cut: T[][] = [];
  for (let at = 0; at < all.length; at += ACCOUNTS_A_PROCESS) cut.push(all.slice(at, at + ACCOUNTS_A_PROCESS));
  return cut;
}
