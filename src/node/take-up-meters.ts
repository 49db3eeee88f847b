/** What a tenant has used is counted where it is decided for: whoever takes it over goes on from what the ledger has of it. */
import { hourOf } from '../accounts/usage.js';
import { thingOf } from '../cluster/member.js';
import { sentence } from '../errors.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { NodeCluster } from './cluster.js';
import type { Ground } from './ground.js';

export interface MetersTaken {
  readonly roles: Pick<NodeCluster['roles'], 'follow'>;
  readonly ledger: Pick<Ledger, 'usageSince'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly tenants: Ground['tenants'];
  readonly meter: Pick<Ground['meter'], 'begin'>;
}

const TENANT_PREFIX = thingOf('tenant', '');

export function takeUpMeters({ roles, ledger, clock, log, tenants, meter }: MetersTaken): () => void {
  return roles.follow((thing, held) => {
    const tenant = held && thing.startsWith(TENANT_PREFIX) ? tenants.rows.get(thing.slice(TENANT_PREFIX.length)) : undefined;
    if (tenant === undefined) return;
    const nowMs = clock.nowMs();
    ledger.usageSince([tenant.id], hourOf(nowMs)).then(
      (used) => meter.begin(used, new Map([[tenant.id, tenant]]), nowMs),
      (error: unknown) => log.warn({ tenantId: tenant.id, err: sentence(error) }, 'what a tenant has used is not known here'),
    );
  });
}
