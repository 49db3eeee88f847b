import type { Reach } from '../../access/principal.js';
import type { Wanted } from './reads.js';

/** Whose rows a list is of, once reach and wish are laid over each other; `nobody` where they do not meet. */
export type Owner =
  | { readonly kind: 'all' }
  | { readonly kind: 'tenant'; readonly tenantId: string }
  /** Null: whoever's it is. */
  | { readonly kind: 'account'; readonly tenantId: string | null; readonly accountId: string }
  | { readonly kind: 'nobody' };

export function ownerOf(reach: Reach, { tenantId, accountId }: Pick<Wanted, 'tenantId' | 'accountId'>): Owner {
  if (reach.kind !== 'all' && tenantId !== undefined && tenantId !== reach.tenantId) return { kind: 'nobody' };
  if (reach.kind === 'account') return accountId === undefined || accountId === reach.accountId ? reach : { kind: 'nobody' };
  const tenant = reach.kind === 'tenant' ? reach.tenantId : tenantId;
  if (accountId !== undefined) return { kind: 'account', tenantId: tenant ?? null, accountId };
  return tenant === undefined ? { kind: 'all' } : { kind: 'tenant', tenantId: tenant };
}
