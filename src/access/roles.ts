/** Who may do what over HTTP: one table. Whether a role reaches one tenant or all of them is part of what it is. */

export const ROLES = ['owner', 'operator', 'auditor', 'tenant-admin', 'tenant-reader'] as const;
export type Role = (typeof ROLES)[number];

/**
 * `node.*`: the node itself, its actors, stores, jobs, models. `tenants.*`: what belongs to tenants, of all that the asker
 * reaches; one who reaches a single tenant sees it alone. `users.act`: who may come in, and with which role.
 */
export const PERMISSIONS = ['node.see', 'node.act', 'tenants.see', 'tenants.act', 'audit.see', 'users.act'] as const;
export type Permission = (typeof PERMISSIONS)[number];

const MAY: Readonly<Record<Role, readonly Permission[]>> = {
  owner: PERMISSIONS,
  operator: ['node.see', 'node.act', 'tenants.see', 'tenants.act', 'audit.see'],
  auditor: ['node.see', 'tenants.see', 'audit.see'],
  'tenant-admin': ['tenants.see', 'tenants.act', 'audit.see', 'users.act'],
  'tenant-reader': ['tenants.see'],
};

/** What changes something: it needs a second factor too. */
export function isActing(permission: Permission): boolean {
  return permission.endsWith('.act');
}

export function may(role: Role, permission: Permission): boolean {
  return MAY[role].includes(permission);
}

/** A role of a tenant reaches that tenant and nothing else; the others reach all. */
export function isTenantRole(role: Role): boolean {
  return role === 'tenant-admin' || role === 'tenant-reader';
}
