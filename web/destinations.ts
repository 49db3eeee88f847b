/** Where one can go, by who looks: the navigation, its shortcuts and the router read the same table. */
import type { Permission } from '../src/access/roles.js';
import type { IconName } from './parts/icon.js';
import { can, ofTenant } from './session.js';

export interface Destination {
  /** First part of its address. */
  readonly at: string;
  readonly name: string;
  readonly icon: IconName;
  readonly group: string;
  /** Second key after `g`. */
  readonly key: string;
  readonly needs: Permission;
  /** Only in a tenant's own page, or only in the operator's; in both where it is absent. */
  readonly of?: 'tenant' | 'operator';
}

const DESTINATIONS: readonly Destination[] = [
  { at: 'overview', name: 'Overview', icon: 'overview', group: 'Now', key: 'o', needs: 'tenants.see' },
  { at: 'alerts', name: 'Alerts', icon: 'alerts', group: 'Now', key: 'l', needs: 'tenants.see' },
  { at: 'signals', name: 'Signals', icon: 'signals', group: 'Trading', key: 's', needs: 'tenants.see' },
  { at: 'refusals', name: 'Refusals', icon: 'refusals', group: 'Trading', key: 'r', needs: 'tenants.see' },
  { at: 'accounts', name: 'Accounts', icon: 'accounts', group: 'Trading', key: 'a', needs: 'tenants.see' },
  { at: 'tenants', name: 'Tenants', icon: 'tenants', group: 'Trading', key: 't', needs: 'tenants.see', of: 'operator' },
  { at: 'results', name: 'Results', icon: 'results', group: 'Trading', key: 'e', needs: 'tenants.see' },
  { at: 'settings', name: 'Risk and symbols', icon: 'settings', group: 'Trading', key: 'k', needs: 'tenants.see', of: 'tenant' },
  { at: 'symbols', name: 'Symbols', icon: 'symbols', group: 'Market', key: 'y', needs: 'tenants.see' },
  { at: 'models', name: 'Models', icon: 'models', group: 'Market', key: 'm', needs: 'node.see' },
  { at: 'actors', name: 'Actors', icon: 'actors', group: 'Node', key: 'c', needs: 'node.see' },
  { at: 'jobs', name: 'Jobs', icon: 'jobs', group: 'Node', key: 'j', needs: 'node.see' },
  { at: 'audit', name: 'Audit', icon: 'audit', group: 'Node', key: 'u', needs: 'audit.see' },
  { at: 'users', name: 'Users', icon: 'tenants', group: 'People', key: 'p', needs: 'users.act' },
  { at: 'me', name: 'Your sign-in', icon: 'key', group: 'People', key: 'i', needs: 'tenants.see' },
];

/** What the one who looks may open. */
export function destinations(): readonly Destination[] {
  const own = ofTenant() ? 'tenant' : 'operator';
  return DESTINATIONS.filter(({ needs, of }) => can(needs) && (of === undefined || of === own));
}
