/** What runs beside the tree: jobs, the control socket, and the look for changes of other nodes. */
import { type ControlOptions, controlMethods, type StoreCopies } from '../admin/control-methods.js';
import { type ControlMethods, serveControl } from '../admin/control.js';
import type { Halt } from '../accounts/halt.js';
import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { type OpenedJobs, openJobs } from '../jobs/open-jobs.js';
import { systemClock } from '../runtime/clock.js';
import { brokersCompared } from '../storage/analytics/brokers-compared.js';
import { storedCandles } from '../storage/analytics/stored-candles.js';
import { pause } from '../storage/bus/hand-over.js';
import { ChangeWatch } from '../storage/ledger/change-watch.js';
import type { AccountRow, TenantRow } from '../storage/ledger/ledger.js';
import type { SharedStop } from '../storage/shared-stop.js';
import type { NodeStores } from '../storage/stores.js';
import type { Access } from './access.js';
import { steeringMethods } from './actions.js';
import { shownCluster } from './cluster.js';
import type { Ground } from './ground.js';
import type { Closing, Node, NodeOptions } from './node.js';
import type { ServedNode } from './other-nodes.js';

export interface Services {
  /** What may be asked of the node, by whichever way. */
  readonly methods: ControlMethods;
  /** Absent where the node runs no jobs. */
  readonly jobs: OpenedJobs | undefined;
}

export function openServices(
  options: NodeOptions,
  ground: Ground,
  node: Node,
  access: Pick<Access, 'methods'>,
  jobs: OpenedJobs | undefined,
): Services {
  const { stores, clock, ids } = options;
  const { ledger, tiers } = stores;
  const { tenants, meter, models, among, others } = ground;
  const methods = controlMethods({
    ledger,
    tiers,
    meter,
    clock,
    ids,
    node,
    heardAt: ground.keepers.heardAt,
    rotateTokens: (leaked) => ground.tokens.rotate(leaked),
    know: (tenant) => void tenants.rows.set(tenant.id, tenant),
    ...(ground.ea?.owner === undefined ? {} : { onlyTenant: ground.ea.owner }),
    stop: stopOf(ground, node),
    ...(among === undefined ? {} : { cluster: () => shownCluster(among) }),
    ...(others === undefined
      ? {}
      : {
          elsewhere: (account, wish) => others.command(account, wish),
          tellChanged: (kind, id) => others.tellChanged(kind, id),
        }),
    copies: copiesOf(stores),
    ...analysesOf(stores),
    ...(jobs === undefined ? {} : { jobs: jobs.runner, archive: jobs.archiver }),
    useModel: async ({ card, state }) => {
      const sentence = await models.use(card, state);
      return sentence === undefined ? { used: true } : { used: false, sentence };
    },
    ownModels: models.own,
  });
  return { methods: { ...methods, ...access.methods, ...steeringMethods(options, ground, node) }, jobs };
}

/** Of this node, or of all nodes that it is among. */
function stopOf({ stop, others, tenants }: Ground, { root }: Node): ControlOptions['stop'] {
  const tellTenants = (): void => {
    for (const tenantId of tenants.rows.keys()) root.tenants.tell({ kind: 'halted', tenantId });
  };
  others?.stop.onChange(tellTenants);
  return {
    set: async (halt) => {
      if (others !== undefined) return halt === null ? others.stop.lift() : stopAll(others.stop, halt);
      if (halt === null) stop.lift();
      else stop.set(halt);
      tellTenants();
    },
  };
}

/** This node is stopped and the others are told; a ledger that does not answer is not waited for, and keeps the stop once it does. */
async function stopAll(stop: SharedStop, halt: Halt): Promise<void> {
  const enough = new AbortController();
  await Promise.race([stop.stop(halt), pause(LIMITS.session.changesMs, systemClock, enough.signal)]);
  enough.abort();
}

/** They begin once the node stands. */
export async function startServices(
  { config, stores, holder }: NodeOptions,
  ground: Ground,
  node: Node,
  { methods, jobs }: Services,
  closing: Closing,
): Promise<void> {
  const { ledger } = stores;
  const control = await serveControl(config.data, methods);
  closing.push(() => control.close());
  if (ground.others !== undefined) closing.push(ground.others.serve(servedNode(ground, node)));
  // Where time is simulated nobody changes anything past the node.
  else if (holder !== undefined) {
    const changed = (account: AccountRow): void => void node.root.tenants.tell({ kind: 'account', account });
    const watch = new ChangeWatch({ changes: (after) => ledger.changedAccounts(after), timers: systemClock, changed });
    watch.start();
    closing.push(() => watch.close());
  }
  if (jobs === undefined) return;
  jobs.runner.start();
  closing.push(() => jobs.runner.close());
}

function servedNode({ tenants, models }: Ground, { root }: Node): ServedNode {
  return {
    tenants: root.tenants,
    tenantChanged: (tenant: TenantRow) => {
      tenants.rows.set(tenant.id, tenant);
      models.own.changed(tenant.id);
      root.tenants.tell({ kind: 'tenant', tenant });
    },
    ownModelsChanged: (tenantId) => models.own.changed(tenantId),
    view: async (tenantId, accountId) => {
      const described = await root.system.describe(`/engine/tenants/${tenantId}/accounts/${accountId}`);
      return described.kind === 'told' && described.figures.session !== null ? described.figures : undefined;
    },
  };
}

/** Undefined where the node runs none. They are registered in the ledger, so nothing is opened to anybody before. */
export async function jobsOf(
  { config, stores, clock, random, log, holder }: NodeOptions,
  { correlations: board, tenants }: Ground,
): Promise<OpenedJobs | undefined> {
  if (holder === undefined) return undefined;
  const { archive, data: folder } = config;
  const { ledger, analytics, patterns: store } = stores;
  const correlations = { board, store, tenants: () => tenants.correlated() };
  return openJobs({ ledger, analytics, archive, folder, clock, random: random.fork('jobs'), log, holder, correlations });
}

/** For commands beside the node, which has an embedded store to itself. */
function analysesOf({ analytics }: NodeStores): Pick<ControlOptions, 'candles' | 'brokers'> {
  if (analytics.kind === 'off') return {};
  const { store } = analytics;
  return { candles: storedCandles(store), brokers: (question) => brokersCompared(store, question) };
}

/** What of the data folder only the node can copy whole. */
function copiesOf({ patterns }: NodeStores): StoreCopies {
  if (patterns.snapshotTo === undefined) return {};
  const copy = patterns.snapshotTo.bind(patterns);
  return {
    patterns: async (folder) => {
      const { failed } = await copy(folder);
      const [first] = failed;
      if (first !== undefined)
        throw new SuhoError('FILE_UNREADABLE', `${failed.size} tenants' patterns cannot be copied whole: ${first[1]}`);
    },
  };
}
