/** The setting `feed`, and who may be named in it. */
import { SuhoError } from '../errors.js';
import type { AccountRow, TenantRow } from '../storage/ledger/ledger.js';

/** Accounts in the order of preference; none where there is no such feed. */
export function feedAccounts(setting: string): readonly string[] {
  return setting.startsWith('ea:')
    ? setting
        .slice(3)
        .split(',')
        .map((id) => id.trim().toLowerCase())
    : [];
}

export interface FeedRights {
  readonly named: readonly string[];
  /** Those of the named that there are. */
  readonly accounts: readonly Pick<AccountRow, 'id' | 'tenantId'>[];
  readonly tenants: readonly Pick<TenantRow, 'id'>[];
  /** The operator lets other tenants decide by these accounts' prices. */
  readonly shared: boolean;
}

/**
 * Whoever owns the feed's account can steer what everybody decides by. So accounts are named by the operator alone, and unless he
 * says otherwise the node has no tenant but the one whose they are. Answers that tenant, where there are no others.
 */
export function checkFeedAccounts({ named, accounts, tenants, shared }: FeedRights): string | undefined {
  const unknown = named.find((id) => !accounts.some((account) => account.id === id));
  if (unknown !== undefined)
    throw new SuhoError('CONFIG_INVALID', `feed names account ${unknown}, which the ledger does not have`);
  if (shared) return undefined;
  const owners = [...new Set(accounts.map(({ tenantId }) => tenantId))];
  const other = tenants.find(({ id }) => id !== owners[0])?.id ?? owners[1];
  if (other !== undefined)
    throw new SuhoError(
      'CONFIG_INVALID',
      `feed makes quotes of tenant ${owners[0]} the prices that tenant ${other} decides by: set feedShared to allow that`,
    );
  return owners[0];
}
