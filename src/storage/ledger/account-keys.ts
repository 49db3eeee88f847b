/**
 * An account's keys and what it is bound to, as operators change them. Each change is numbered, so that whoever has the
 * account's session hears of it, on whichever node (`changedAccounts`).
 */
import { LIMITS } from '../../limits.js';
import { accountKeyChanged, accountUnbound } from '../audit/events.js';
import type { AuditTrail } from './audit-trail.js';
import { ACCOUNT_COLUMNS, selectList } from './columns.js';
import type { AccountRow, KeyChange, KeyRefusal } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

/** The next change's number: whoever else changes an account waits until this transaction has ended. */
export const NEXT_CHANGE = `change AS (UPDATE counters SET value = value + 1 WHERE name = 'account_change' RETURNING value)`;
const NUMBERED = 'change_number = (SELECT value FROM change)';

const LOCK_ACCOUNT: Statement = {
  name: 'lock-account',
  text: `SELECT ${selectList(ACCOUNT_COLUMNS)} FROM accounts WHERE id = $1 FOR NO KEY UPDATE`,
};
const SET_KEYS: Statement = {
  name: 'set-account-keys',
  text: `WITH ${NEXT_CHANGE} UPDATE accounts SET key_hash = $2, previous_key_hash = $3, previous_until_ms = $4,
      key_used_at_ms = $5, key_revoked = $6, epoch = $7, ${NUMBERED}
    WHERE id = $1 RETURNING ${selectList(ACCOUNT_COLUMNS)}`,
};
// What is still open was given to one broker's account, and only its history tells what became of it.
const UNBIND: Statement = {
  name: 'unbind-account',
  text: `WITH ${NEXT_CHANGE} UPDATE accounts SET login = NULL, server = NULL, currency = NULL, epoch = epoch + 1, ${NUMBERED}
    WHERE id = $1 AND NOT EXISTS (SELECT FROM signals WHERE account_id = $1
      AND (state IN ('PENDING', 'SENT', 'UNKNOWN') OR state = 'EXECUTED' AND kind = 'OPEN'))
    RETURNING ${selectList(ACCOUNT_COLUMNS)}`,
};
const NEWEST_CHANGE: Statement = {
  name: 'newest-account-change',
  text: `SELECT coalesce(max(change_number), 0) AS newest FROM accounts`,
};
const CHANGED: Statement = {
  name: 'changed-accounts',
  text: `SELECT ${selectList(ACCOUNT_COLUMNS)}, change_number AS "changeNumber" FROM accounts WHERE change_number > $1
    ORDER BY change_number LIMIT ${LIMITS.ledger.pageRows}`,
};

type Keys = Pick<AccountRow, 'keyHash' | 'previousKeyHash' | 'previousUntil' | 'keyUsedAt' | 'keyRevoked' | 'epoch'>;

function keysAfter(account: AccountRow, change: KeyChange, atMs: number): Keys | KeyRefusal {
  const alone = { previousKeyHash: null, previousUntil: null };
  const { keyHash, keyUsedAt, keyRevoked, epoch, previousUntil } = account;
  const overlapping = previousUntil !== null && previousUntil > atMs;
  switch (change.kind) {
    case 'revoked':
      return { ...alone, keyHash: change.keyHash, keyUsedAt: null, keyRevoked: true, epoch: epoch + 1 };
    case 'finished':
      if (!overlapping) return 'single';
      return keyUsedAt === null ? 'unused' : { ...alone, keyHash, keyUsedAt, keyRevoked, epoch };
    case 'rotated': {
      const fresh = { keyHash: change.keyHash, keyUsedAt: null, keyRevoked: false };
      if (change.previousUntil === null) return { ...alone, ...fresh, epoch: epoch + 1 };
      if (overlapping) return 'overlapping';
      // There is nothing to go on with: nobody has the key before.
      if (keyRevoked) return { ...alone, ...fresh, epoch };
      return { ...fresh, previousKeyHash: keyHash, previousUntil: change.previousUntil, epoch };
    }
  }
}

export async function changeKeys(
  transaction: Transaction,
  { id, change, atMs }: { readonly id: string; readonly change: KeyChange; readonly atMs: number },
  tenantId: string,
  trail: AuditTrail,
): Promise<AccountRow | KeyRefusal | undefined> {
  transaction.actFor(tenantId);
  const [before] = await transaction.rows<AccountRow>(LOCK_ACCOUNT, [id]);
  if (before === undefined) return undefined;
  const keys = keysAfter(before, change, atMs);
  if (typeof keys === 'string') return keys;
  const { keyHash, previousKeyHash, previousUntil, keyUsedAt, keyRevoked, epoch } = keys;
  const values = [id, keyHash, previousKeyHash, previousUntil, keyUsedAt, keyRevoked, epoch];
  const [account] = await transaction.rows<AccountRow>(SET_KEYS, values);
  if (account !== undefined) await trail.record(transaction, tenantId, [accountKeyChanged(account, change.kind, atMs)]);
  return account;
}

export async function unbind(
  transaction: Transaction,
  { id, atMs }: { readonly id: string; readonly atMs: number },
  tenantId: string,
  trail: AuditTrail,
): Promise<AccountRow | 'held' | undefined> {
  transaction.actFor(tenantId);
  const [before] = await transaction.rows<AccountRow>(LOCK_ACCOUNT, [id]);
  if (before === undefined) return undefined;
  const [account] = await transaction.rows<AccountRow>(UNBIND, [id]);
  if (account === undefined) return 'held';
  await trail.record(transaction, tenantId, [accountUnbound(before, atMs)]);
  return account;
}

export async function readChanged(
  transaction: Transaction,
  after: number | undefined,
): Promise<{ readonly rows: readonly AccountRow[]; readonly newest: number }> {
  if (after === undefined) {
    const [row] = await transaction.rows<{ newest: number }>(NEWEST_CHANGE);
    return { rows: [], newest: Number(row?.newest ?? 0) };
  }
  const changed = await transaction.rows<AccountRow & { readonly changeNumber: number }>(CHANGED, [after]);
  const rows = changed.map(({ changeNumber: _, ...account }) => account);
  return { rows, newest: changed.at(-1)?.changeNumber ?? after };
}
