import { LIMITS } from '../../limits.js';
import type { Statement, Transaction } from './transaction.js';

const TENANTS_OF: Statement = {
  name: 'tenants-of-accounts',
  text: 'SELECT account_id AS "accountId", tenant_id AS "tenantId" FROM tenants_of_accounts($1::uuid[])',
};

/** Whose an account is. Asked once and kept: nobody has the right to give an account to another tenant. */
export class AccountTenants {
  readonly #known = new Map<string, string>();

  /** The tenants of those of the accounts that there are. */
  async of(transaction: Transaction, accountIds: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(accountIds);
    const unknown = [...wanted].filter((id) => !this.#known.has(id));
    const found = new Map<string, string>();
    if (unknown.length > 0) {
      const rows = await transaction.rows<{ accountId: string; tenantId: string }>(TENANTS_OF, [unknown]);
      for (const { accountId, tenantId } of rows) found.set(accountId, tenantId);
    }
    for (const id of wanted) {
      const tenantId = this.#known.get(id);
      if (tenantId !== undefined) found.set(id, tenantId);
    }
    for (const id of unknown) this.#keep(id, found.get(id));
    return found;
  }

  #keep(id: string, tenantId: string | undefined): void {
    if (tenantId === undefined) return;
    this.#known.set(id, tenantId);
    if (this.#known.size <= LIMITS.ledger.knownAccounts) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest as string);
  }
}
