/** Who asks. Made by whoever looked at a token, a cookie or a key; everything after that asks this alone. */
import { LIMITS } from '../limits.js';
import { type Permission, may, type Role } from './roles.js';

/** Whose rows may be seen: all, one tenant's, or one account's of that tenant. Every read of tenants' data takes one. */
export type Reach =
  | { readonly kind: 'all' }
  | { readonly kind: 'tenant'; readonly tenantId: string }
  | { readonly kind: 'account'; readonly tenantId: string; readonly accountId: string };

/** In the place of a tenant's id, of those who belong to none; the ledger's word for the node itself. */
export const NODE_USERS = '_node';

export interface Principal {
  /** A user's name; an account's id where its EA's token asks. */
  readonly name: string;
  readonly role: Role;
  readonly reach: Reach;
  /** When a second factor was last shown in this session; null where never. */
  readonly secondFactorMs: number | null;
}

export function allowed(principal: Principal, permission: Permission): boolean {
  return may(principal.role, permission);
}

/** Whether what belongs to a tenant, or to one of its accounts, is within reach. */
export function reaches(reach: Reach, tenantId: string, accountId?: string): boolean {
  if (reach.kind === 'all') return true;
  if (reach.tenantId !== tenantId) return false;
  return reach.kind === 'tenant' || reach.accountId === accountId;
}

export function secondFactorHolds({ secondFactorMs }: Pick<Principal, 'secondFactorMs'>, nowMs: number): boolean {
  return secondFactorMs !== null && nowMs - secondFactorMs < LIMITS.access.secondFactorMs;
}
