/** What the node shows over HTTP: each room's routes, over what they ask of the engine. */
import { fromOf, type HttpServer, serveHttp } from '../admin/http.js';
import { PageFiles } from '../admin/page.js';
import { requestLimits } from '../admin/request-limits.js';
import type { Route } from '../admin/route.js';
import { accountRoutes } from '../admin/routes/accounts.js';
import { actorRoutes } from '../admin/routes/actors.js';
import { auditRoutes } from '../admin/routes/audit.js';
import { healthRoutes } from '../admin/routes/health.js';
import { marketRoutes } from '../admin/routes/market.js';
import { nodeRoutes } from '../admin/routes/node.js';
import { resultRoutes } from '../admin/routes/results.js';
import { signalRoutes } from '../admin/routes/signals.js';
import { tenantRoutes } from '../admin/routes/tenants.js';
import { certificateFor } from '../gateway/development-certificate.js';
import { refusedOutcome } from '../accounts/refused-outcome.js';
import { systemClock } from '../runtime/clock.js';
import { verifiedAudit } from '../storage/audit/verified-audit.js';
import { actionRoutes } from './actions.js';
import type { Access } from './access.js';
import type { Ground } from './ground.js';
import { accountViews, explained, marketViews, nodeViews, resultViews, tenantViews } from './http-views.js';
import type { Node, NodeOptions } from './node.js';
import type { Services } from './services.js';
import { listenStreams } from './streams.js';

function routesOf(options: NodeOptions, ground: Ground, node: Node, services: Services, access: Access): readonly Route[] {
  const { registry } = ground.metrics;
  const { reads } = options.stores.ledger;
  const results = resultViews(options);
  return [
    ...healthRoutes({
      readiness: node.readiness,
      metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
      mayMeasure: access.mayMeasure,
    }),
    ...access.routes,
    ...actorRoutes(node.root.system, systemClock),
    ...marketRoutes(marketViews(options, ground)),
    ...tenantRoutes(tenantViews(options, ground)),
    ...accountRoutes(accountViews(options, ground, node)),
    ...signalRoutes(reads, explained, (row) => refusedOutcome(row, results.candles(row.symbol, row.timeframe))),
    ...auditRoutes(reads, (reach) => verifiedAudit(reads, reach)),
    ...nodeRoutes(nodeViews(options, ground, node, services)),
    ...actionRoutes(options, ground, services, access),
    ...resultRoutes(results),
  ];
}

export async function openHttp(
  options: NodeOptions,
  ground: Ground,
  node: Node,
  services: Services,
  access: Access,
  alerts: readonly Route[] = [],
): Promise<HttpServer | undefined> {
  const { config, stores, clock } = options;
  if (config.httpPort === 'off') return undefined;
  const { meter, tenants, streams } = ground;
  return serveHttp({
    host: config.host,
    port: config.httpPort,
    tls: config.httpTls ? await certificateFor(config, systemClock.nowMs()) : undefined,
    authenticate: (request) => access.entrance.principal(fromOf(request), request.method),
    proxies: access.proxies,
    page: new PageFiles(),
    limits: requestLimits({ meter, tiers: stores.tiers, tierOf: (id) => tenants.tierOf(id), clock, machine: systemClock }),
    ...(streams === undefined ? {} : { streams: listenStreams(streams, node) }),
    routes: [...routesOf(options, ground, node, services, access), ...alerts],
  });
}
