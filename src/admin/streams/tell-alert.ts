import { type Alert, shownAlert } from '../../alerts/alert.js';
import type { StreamHub } from './hub.js';
import type { Owner } from './topics.js';

function ownerOf({ tenantId, accountId }: Alert): Owner {
  if (tenantId === null) return 'node';
  return { tenantId, ...(accountId === null ? {} : { accountId }) };
}

export function tellAlert(hub: StreamHub, alert: Alert): void {
  hub.publish('alerts', ownerOf(alert), shownAlert(alert));
}
