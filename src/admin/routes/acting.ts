/** What routes that do something share: who is reached, what is asked of the node, and why it is done. */
import { z } from 'zod';
import type { Reach } from '../../access/principal.js';
import { LIMITS } from '../../limits.js';
import type { LedgerReads, ShownAccount } from '../../storage/ledger/reads.js';
import type { TenantRow } from '../../storage/ledger/ledger.js';
import type { Actions } from '../actions.js';
import type { ControlMethods } from '../control.js';
import { Refusal } from '../problem.js';

export interface Acting {
  readonly actions: Actions;
  readonly reads: LedgerReads;
  /** The same that commands ask of a node. */
  readonly methods: ControlMethods;
}

export const reason = z.string().trim().min(1).max(LIMITS.actions.reason).describe('Why: it is told in the audit log.');
export const uuid = z.uuid();
export const tenantName = z.string().min(1).max(64);

export async function reachedAccount(reads: LedgerReads, reach: Reach, id: string): Promise<ShownAccount> {
  const account = await reads.account(reach, id);
  if (account === undefined) throw new Refusal(404, `there is no account ${id}`);
  return account;
}

export async function reachedTenant(reads: LedgerReads, reach: Reach, id: string): Promise<TenantRow> {
  const tenant = await reads.tenant(reach, id);
  if (tenant === undefined) throw new Refusal(404, `there is no tenant ${id}`);
  return tenant;
}

/** Of a node that can do it. */
export async function asked<T>({ methods }: Acting, method: string, input: unknown): Promise<T> {
  const call = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (call === undefined) throw new Refusal(501, `this node does not do ${method}`);
  return (await call(input)) as T;
}
