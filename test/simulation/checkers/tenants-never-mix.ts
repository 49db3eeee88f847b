/** Tenants never mix: each row stands under the tenant of its account, and each frame went to the account of its row. */
import type { WorldChecker } from '../evidence.js';

export const tenantsNeverMix: WorldChecker = ({ books, accounts, left, committed }) => {
  const rows = [...books.signals, ...books.refusals, ...books.executions, ...books.deals, ...books.commands];
  const owner = new Map([...books.signals, ...books.commands].map(({ id, accountId }) => [id, accountId]));
  const astray = rows.filter(({ accountId, tenantId }) => accounts.get(accountId)?.tenantId !== tenantId);
  const foreign = books.signals.filter(({ accountId, strategy, symbol }) => {
    const facts = accounts.get(accountId);
    return facts === undefined || facts.strategy !== strategy || !facts.symbols.includes(symbol);
  });
  const mistold = committed.filter(({ tenantId, kind, subject, body }) => {
    const { accountId } = JSON.parse(body) as { readonly accountId?: string };
    const facts = accounts.get(accountId ?? (kind.startsWith('account.') ? subject : ''));
    return facts !== undefined && facts.tenantId !== tenantId;
  });
  return [
    ...astray.map(({ accountId, tenantId }) => `a row of account ${accountId} stands under tenant ${tenantId}`),
    ...foreign.map(({ id, strategy, symbol }) => `${id} of ${strategy} on ${symbol} is not its tenant's`),
    ...mistold.map(({ kind, subject, tenantId }) => `${kind} ${subject} is told to tenant ${tenantId}`),
    ...left
      .filter(({ id, accountId }) => owner.has(id) && owner.get(id) !== accountId)
      .map(({ kind, id, accountId }) => `${kind} ${id} went to account ${accountId}, whose it is not`),
  ];
};
