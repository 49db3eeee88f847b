/** A test node with the routes that act on it: whoever a request says it comes of is believed. */
import { ApiKeys } from '../../src/access/api-keys.js';
import type { Principal, Reach } from '../../src/access/principal.js';
import type { Role } from '../../src/access/roles.js';
import type { Halt } from '../../src/accounts/halt.js';
import { Meter } from '../../src/accounts/meter.js';
import type { Tiers } from '../../src/accounts/tiers.js';
import { Actions } from '../../src/admin/actions.js';
import type { ControlMethods } from '../../src/admin/control.js';
import { controlMethods } from '../../src/admin/control-methods.js';
import { type HttpServer, serveHttp } from '../../src/admin/http.js';
import { NodeFigures } from '../../src/admin/node-figures.js';
import { nodeMethods } from '../../src/admin/node-methods.js';
import type { Route } from '../../src/admin/route.js';
import { accountActionRoutes } from '../../src/admin/routes/account-actions.js';
import { apiKeyRoutes } from '../../src/admin/routes/api-keys.js';
import { haltRoutes } from '../../src/admin/routes/halt.js';
import { nodeActionRoutes } from '../../src/admin/routes/node-actions.js';
import { signalActionRoutes } from '../../src/admin/routes/signal-actions.js';
import { tenantApiRoutes } from '../../src/admin/routes/tenant-api.js';
import { TIMEFRAMES } from '../../src/market/timeframe.js';
import { SPOKEN_HORIZONS } from '../../src/models/model-card.js';
import { reloadLimits } from '../../src/node/reload-limits.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { systemClock } from '../../src/runtime/clock.js';
import { Metrics } from '../../src/runtime/metrics.js';
import type { NewsFile } from '../../src/storage/news-file.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { TenantDirectory } from '../../src/tenant-directory.js';
import { type TestAccount, TestNode, type TestNodeWish } from './node.js';

const NOW = ', shown';

/** Who asks in a test: `role` or `role@tenant`; `, shown` after it: a second factor was shown just now. */
function principalOf(text: string): Principal {
  const [word = ''] = text.split(',');
  const [role = '', tenantId] = word.split('@');
  const reach: Reach = tenantId === undefined ? { kind: 'all' } : { kind: 'tenant', tenantId };
  return { name: word, role: role as Role, reach, secondFactorMs: text.endsWith(NOW) ? systemClock.nowMs() : null };
}

export interface Answered {
  readonly status: number;
  // What is answered differs from route to route, and a test knows which it asked.
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AskWish {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
}

export interface ActingWish {
  readonly read?: { readonly tiers?: () => Promise<Tiers> };
  /** Takes the place of a method of the node. */
  readonly methods?: (methods: ControlMethods) => ControlMethods;
  readonly node?: TestNodeWish;
  readonly news?: NewsFile;
  readonly prediction?: () => Readonly<Record<string, unknown>> | undefined;
}

export class ActingNode implements AsyncDisposable {
  stopped: Halt | null = null;

  private constructor(
    readonly node: TestNode,
    readonly server: HttpServer,
    readonly routes: readonly Route[],
    readonly tiers: Tiers,
  ) {}

  static async open({
    read = {},
    methods: changed = (same) => same,
    prediction = () => undefined,
    node: wish = {},
    news,
  }: ActingWish = {}): Promise<ActingNode> {
    let acting: ActingNode | undefined;
    let stopped: Halt | null = null;
    const node = await TestNode.open({ ...wish, halted: () => stopped });
    const { ledger, clock, system, tenants, gateway } = node;
    await ledger.createTenant({
      ...{ id: 'red', name: 'Red', tier: 'basic', signalTimeframe: 'M15', strategy: 'test-1', symbols: ['EURUSD'] },
      createdAt: clock.nowMs(),
    } as const);
    const tiers = await readTiers();
    const directory = new TenantDirectory(tiers, await ledger.listTenants());
    const meter = new Meter({ tiers, costs: await readCostUnits(), count: () => {} });
    const methods = changed({
      ...controlMethods({
        ...{ ledger, tiers, meter, clock, ids: entropyIds },
        node: {
          root: { tenants, system },
          ...{ gateway, http: undefined },
          figures: new NodeFigures(new Metrics(), clock),
          readiness: async () => ({ ready: true, parts: {} }),
        },
        know: (tenant) => void directory.rows.set(tenant.id, tenant),
        stop: {
          set: (halt) => {
            stopped = halt;
            if (acting !== undefined) acting.stopped = halt;
            tenants.tell({ kind: 'halted', tenantId: 'blue' });
          },
        },
      }),
      ...nodeMethods({
        ...{ drain: gateway.drain, system },
        reloadLimits: () =>
          reloadLimits({
            ...{ readTiers: read.tiers ?? readTiers, readCostUnits, tiers, meter, tenants: directory, news },
            changed: (tenant) => void tenants.tell({ kind: 'tenant', tenant }),
          }),
      }),
    });
    const api = {
      ...{ timeframes: TIMEFRAMES, horizons: SPOKEN_HORIZONS },
      ...{ actions: new Actions({ ledger, clock }), methods, reads: ledger.reads },
      barred: (id: string) => (tiers.allows(directory.tierOf(id), 'api') ? undefined : `tier ${directory.tierOf(id)} has none`),
      ...{ sees: () => true, prediction, pastRights: () => undefined },
      takePrediction: (id: string) => meter.take({ id, tier: directory.tierOf(id) }, 'predictions', clock.nowMs()),
      nowMs: () => clock.nowMs(),
    };
    const routes = [haltRoutes, signalActionRoutes, accountActionRoutes, nodeActionRoutes].flatMap((of) => of(api));
    routes.push(
      ...tenantApiRoutes(api),
      ...apiKeyRoutes(api, new ApiKeys({ ledger, ids: entropyIds, clock, barred: api.barred })),
    );
    const server = await serveHttp({
      ...{ host: '127.0.0.1', port: 0, routes },
      authenticate: async ({ headers }) => (typeof headers['x-as'] === 'string' ? principalOf(headers['x-as']) : undefined),
    });
    acting = new ActingNode(node, server, routes, tiers);
    return acting;
  }

  async ask(as: string, path: string, { method = 'POST', body, key }: AskWish = {}): Promise<Answered> {
    const sent = await fetch(`http://127.0.0.1:${this.server.port}${path}`, {
      method,
      headers: {
        'x-as': as,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: sent.status, body: (await sent.json()) as Record<string, unknown> };
  }

  /** What operators did, as the audit log has it: kind and body, in order. */
  async told(): Promise<readonly { readonly kind: string; readonly subject: string; readonly body: Record<string, unknown> }[]> {
    const { rows } = await this.node.ledger.listAudit();
    return rows
      .filter(({ kind }) => kind.startsWith('action.'))
      .map(({ kind, subject, body }) => ({ kind, subject, body: JSON.parse(body) as Record<string, unknown> }));
  }

  path({ id }: TestAccount): string {
    return `/engine/tenants/blue/accounts/${id}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.node[Symbol.asyncDispose]();
  }
}
