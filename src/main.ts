/** A node: settings → adapters → the tree → listeners, and all of it closed again in the opposite order. */
import type { HttpServer } from './admin/http.js';
import { EVERY_ROLE } from './cluster/roles.js';
import { mayBePlain } from './config.js';
import { certificateFor } from './gateway/development-certificate.js';
import { Door } from './gateway/door.js';
import { type Gateway, openGateway } from './gateway/gateway.js';
import { LIMITS } from './limits.js';
import { systemClock } from './runtime/clock.js';
import { watchKeepers } from './storage/keepers.js';
import type { Root } from './supervisors/root.js';
import { openAccess } from './node/access.js';
import { joinCluster } from './node/cluster.js';
import { watchEaFeed } from './node/ea-feed.js';
import { type Ground, openGround } from './node/ground.js';
import { closeAll, type Closing, type Node, type NodeOptions } from './node/node.js';
import { readinessOf, watchActors, watchRefusals } from './node/readiness.js';
import { openHttp } from './node/http.js';
import { openAlerts } from './node/alerts.js';
import { jobsOf, openServices, startServices } from './node/services.js';
import { watchStreams } from './node/streams.js';
import { supportMethods } from './node/support.js';
import { growTree } from './node/tree.js';
export type { Node, NodeOptions } from './node/node.js';

async function listen(options: NodeOptions, ground: Ground, root: Root): Promise<Gateway> {
  const { config, stores, clock, ids, wire } = options;
  const { tenants, activity, heartbeatMs, figures, among, commits } = ground;
  const { ledger } = stores;
  const door = new Door({ ledger, tenants: root.tenants, known: tenants.rows, clock, ids, activity, heartbeatMs });
  return openGateway({
    host: config.host,
    tlsPort: config.eaPort,
    tcpPort: config.tcpPort,
    wsPort: config.wsPort,
    suho1Port: config.suho1Port,
    plainWebSocket: mayBePlain(config),
    tls: await certificateFor(config, systemClock.nowMs()),
    door,
    clock,
    helloMs: Math.max(LIMITS.session.helloMs, heartbeatMs),
    observer: figures,
    isBusy: () => commits.isLate,
    ...(among === undefined ? {} : { elsewhere: among.elsewhere }),
    ...(wire ? { wire } : {}),
  });
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const closing: Closing = [];
  const close = (): Promise<void> => closeAll(closing);
  try {
    const ground = await openGround(options, closing);
    const { metrics, commits, keepers, ea } = ground;
    const jobs = await jobsOf(options, ground);
    const feed = ea ? { source: ea.feed, periodMs: LIMITS.feed.pollMs } : options.feed;
    const { root, stopTree } = growTree(options, ground);
    closing.push(stopTree);
    const gateway = await listen(options, ground, root);
    // The tree stops first, so that its sessions say goodbye while their sockets still stand.
    closing.push(() => gateway.close(), stopTree);
    const readiness = readinessOf(options, ground, root, gateway);
    watchActors(metrics, root, commits);
    watchKeepers(metrics, keepers);
    if (ea) watchEaFeed(metrics, ea.feed, options.clock);
    watchRefusals(metrics, gateway);
    if (ground.streams) watchStreams(metrics, ground.streams);
    const { figures, board } = ground;
    let http: HttpServer | undefined;
    const access = openAccess(options, ground, () => http);
    const { adminLink } = access;
    const node: Node = {
      root,
      gateway,
      figures,
      board,
      commits,
      keepers,
      roles: ground.among?.roles ?? EVERY_ROLE,
      adminLink,
      readiness,
      close,
      get http() {
        return http;
      },
    };
    const services = openServices(options, ground, node, access, jobs);
    const alerts = options.holder === undefined ? undefined : await openAlerts(options, ground, node, services, closing);
    http = await openHttp(options, ground, node, services, access, alerts?.routes);
    closing.push(() => http?.close());
    const polling = feed && root.startFeed(feed.source.name, feed);
    if (polling !== undefined) closing.push(() => root.system.stop(polling));
    const told = { ...services.methods, ...alerts?.methods };
    const methods = { ...told, ...(await supportMethods(options, ground, node, told)) };
    await startServices(options, ground, node, { ...services, methods }, closing);
    if (ground.among) joinCluster(ground.among, options, ground, node, closing);
    return node;
  } catch (error) {
    await close();
    throw error;
  }
}
