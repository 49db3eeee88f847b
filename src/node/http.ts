/** What the node shows over HTTP: each room's routes, over what they ask of the engine. */
import type { Principal } from '../access/principal.js';
import { type HttpServer, serveHttp } from '../admin/http.js';
import { actorRoutes } from '../admin/routes/actors.js';
import { healthRoutes } from '../admin/routes/health.js';
import type { Ground } from './ground.js';
import type { Node, NodeOptions } from './node.js';

/** Whoever is on this machine may look, and change nothing. */
const LOOKER: Principal = { name: 'local', role: 'auditor', reach: { kind: 'all' }, secondFactorMs: null };

export async function openHttp(
  { config }: NodeOptions,
  { metrics }: Ground,
  { root, readiness }: Node,
): Promise<HttpServer | undefined> {
  if (config.httpPort === 'off') return undefined;
  const { registry } = metrics;
  return serveHttp({
    host: config.host,
    port: config.httpPort,
    authenticate: async () => LOOKER,
    routes: [
      ...healthRoutes({
        readiness,
        metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
      }),
      ...actorRoutes(() => ({
        deadLetters: root.system.deadLetters,
        stoppedForGood: root.system.stoppedForGood,
        root: root.system.inspect(),
      })),
    ],
  });
}
