/** What may be done to the node over HTTP, over what the engine does. */
import { Actions } from '../admin/actions.js';
import type { ControlMethods } from '../admin/control.js';
import { nodeMethods } from '../admin/node-methods.js';
import type { Route } from '../admin/route.js';
import { accountActionRoutes } from '../admin/routes/account-actions.js';
import { apiKeyRoutes } from '../admin/routes/api-keys.js';
import { haltRoutes } from '../admin/routes/halt.js';
import { nodeActionRoutes } from '../admin/routes/node-actions.js';
import { signalActionRoutes } from '../admin/routes/signal-actions.js';
import { type TenantApi, tenantApiRoutes } from '../admin/routes/tenant-api.js';
import { DAY_MS } from '../accounts/allowances.js';
import { TIMEFRAMES } from '../market/timeframe.js';
import { SPOKEN_HORIZONS } from '../models/model-card.js';
import { predictionHistory } from '../storage/analytics/prediction-history.js';
import { readCostUnits, readTiers } from '../storage/tier-table.js';
import type { Access } from './access.js';
import type { Ground } from './ground.js';
import { ALL_RIGHTS, marketViews } from './http-views.js';
import type { Node, NodeOptions } from './node.js';
import { reloadLimits } from './reload-limits.js';
import type { Services } from './services.js';

export function steeringMethods({ stores }: NodeOptions, ground: Ground, node: Node): ControlMethods {
  const { meter, tenants, news, models } = ground;
  const { root, gateway } = node;
  return nodeMethods({
    drain: gateway.drain,
    system: root.system,
    reloadLimits: () =>
      reloadLimits({
        ...{ readTiers, readCostUnits, tiers: stores.tiers, meter, tenants, news },
        changed: (tenant) => {
          models.own.changed(tenant.id);
          root.tenants.tell({ kind: 'tenant', tenant });
        },
      }),
  });
}

export function actionRoutes(
  options: NodeOptions,
  ground: Ground,
  { methods }: Services,
  { keys }: Pick<Access, 'keys'>,
): readonly Route[] {
  const { stores, clock } = options;
  const { ledger } = stores;
  const { tenants, meter } = ground;
  const { sees, prediction } = marketViews(options, ground);
  const { tiers, analytics } = stores;
  const actions = new Actions({ ledger, clock });
  const acting: TenantApi = {
    ...{ timeframes: TIMEFRAMES, horizons: SPOKEN_HORIZONS },
    ...{ actions, methods, reads: ledger.reads, sees, prediction },
    barred: (id) => tenants.withoutApi(id),
    takePrediction: (id) => meter.take({ id, tier: tenants.tierOf(id) }, 'predictions', clock.nowMs()),
    nowMs: () => clock.nowMs(),
    pastRights: (reach, timeframe) => {
      if (reach.kind === 'all') return { ...ALL_RIGHTS, sinceMs: 0 };
      const tier = tenants.tierOf(reach.tenantId);
      if (!tiers.allowsTimeframe(tier, timeframe)) return undefined;
      const sinceMs = Math.max(0, clock.nowMs() - tiers.rules(tier).retentionDays * DAY_MS);
      return { ...tiers.predictionRights(tier), sinceMs };
    },
    ...(analytics.kind === 'open' ? { past: predictionHistory(analytics.store) } : {}),
  };
  return [
    ...haltRoutes(acting),
    ...signalActionRoutes(acting),
    ...accountActionRoutes(acting),
    ...nodeActionRoutes(acting),
    ...tenantApiRoutes(acting),
    ...apiKeyRoutes(acting, keys),
  ];
}
