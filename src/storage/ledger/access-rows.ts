import { NODE_ITSELF } from '../audit/audit.js';
import { signInEnded, signInOpened, signInTold, userAdded, userChanged } from '../audit/events.js';
import { SuhoError } from '../../errors.js';
import type { ByWhom, NewSignIn, NewUser, Refreshed, SignInRow, UserChange, UserRow } from './access.js';
import type { AuditTrail } from './audit-trail.js';
import { columnOf, insertFrom, selectList, SIGN_IN_COLUMNS, USER_COLUMNS } from './columns.js';
import type { Statement, Transaction } from './transaction.js';

const USER = selectList(USER_COLUMNS);
const SIGN_IN = selectList(SIGN_IN_COLUMNS);
const USER_BY_NAME: Statement = { name: 'user-by-name', text: `SELECT ${USER} FROM users WHERE name = $1` };
const TENANT: Statement = { name: 'users-tenant', text: 'SELECT id FROM tenants WHERE id = $1' };
const ADD: Statement = {
  name: 'add-user',
  text: `INSERT INTO users (name, tenant_id, role, password, addresses, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (name) DO NOTHING RETURNING ${USER}`,
};
const ADD_AGAIN: Statement = {
  name: 'add-user-again',
  text: `UPDATE users SET role = $2, password = $3, addresses = $4, totp_secret = NULL, totp_confirmed_ms = NULL, recovery = '{}',
    removed_at_ms = NULL WHERE name = $1 AND removed_at_ms IS NOT NULL RETURNING ${USER}`,
};
const TAKE_CODE: Statement = {
  name: 'take-code',
  text: 'UPDATE users SET totp_step = $2 WHERE name = $1 AND removed_at_ms IS NULL AND totp_step < $2 RETURNING name',
};
const TAKE_RECOVERY: Statement = {
  name: 'take-recovery',
  text: `UPDATE users SET recovery = array_remove(recovery, $2) WHERE name = $1 AND removed_at_ms IS NULL AND $2 = ANY (recovery)
    RETURNING name`,
};
const OPEN: Statement = { name: 'open-sign-in', text: insertFrom('sign_ins', '$1', SIGN_IN_COLUMNS) };
const SIGN_IN_BY_ID: Statement = { name: 'sign-in', text: `SELECT ${SIGN_IN} FROM sign_ins WHERE id = $1` };
const REFRESH: Statement = {
  name: 'refresh-sign-in',
  text: `UPDATE sign_ins SET refresh_hash = $3, expires_at_ms = $5
    WHERE id = $1 AND refresh_hash = $2 AND ended_at_ms IS NULL AND expires_at_ms > $4 RETURNING ${SIGN_IN}`,
};
const MARK: Statement = {
  name: 'mark-second-factor',
  text: 'UPDATE sign_ins SET second_factor_ms = $2 WHERE id = $1 AND ended_at_ms IS NULL RETURNING name',
};
const END: Statement = {
  name: 'end-sign-in',
  text: 'UPDATE sign_ins SET ended_at_ms = $2, ended_why = $3 WHERE id = $1 AND ended_at_ms IS NULL RETURNING id, name',
};
const END_ALL: Statement = {
  name: 'end-sign-ins',
  text: 'UPDATE sign_ins SET ended_at_ms = $2, ended_why = $3 WHERE name = $1 AND ended_at_ms IS NULL RETURNING id, name',
};

type Ended = Pick<SignInRow, 'id' | 'name'>;

/** Those who were removed too. */
export async function readUser(transaction: Transaction, name: string): Promise<UserRow | undefined> {
  const [user] = await transaction.rows<UserRow>(USER_BY_NAME, [name]);
  return user;
}

export async function readSignIn(transaction: Transaction, id: string): Promise<SignInRow | undefined> {
  const [row] = await transaction.rows<SignInRow>(SIGN_IN_BY_ID, [id]);
  return row;
}

export async function insertUser(
  transaction: Transaction,
  user: NewUser,
  by: string,
  trail: AuditTrail,
): Promise<UserRow | 'exists'> {
  const { name, tenantId, role, password, addresses, createdAt } = user;
  transaction.actFor(tenantId);
  if (tenantId !== NODE_ITSELF && (await transaction.rows(TENANT, [tenantId])).length === 0)
    throw new SuhoError('NOT_FOUND', `There is no tenant ${tenantId}.`);
  const [added] = await transaction.rows<UserRow>(ADD, [name, tenantId, role, password, addresses, createdAt]);
  const [row] = added ? [added] : await transaction.rows<UserRow>(ADD_AGAIN, [name, role, password, addresses]);
  if (row === undefined) return 'exists';
  await trail.record(transaction, tenantId, [userAdded(user, by)]);
  return row;
}

export async function updateUser(
  transaction: Transaction,
  { name, tenantId }: Pick<UserRow, 'name' | 'tenantId'>,
  { change, by, atMs, ends }: ByWhom & { readonly change: UserChange; readonly ends?: string },
  trail: AuditTrail,
): Promise<UserRow | undefined> {
  transaction.actFor(tenantId);
  const fields = (Object.keys(change) as (keyof UserChange)[]).sort();
  const sets = fields.map((field, at) => `${columnOf(USER_COLUMNS, field)} = $${at + 2}`).join(', ');
  const [row] = await transaction.rows<UserRow>(
    {
      name: `change-user-${fields.join('-')}`,
      text: `UPDATE users SET ${sets} WHERE name = $1 AND removed_at_ms IS NULL RETURNING ${USER}`,
    },
    [name, ...fields.map((field) => change[field])],
  );
  if (row === undefined) return undefined;
  const ended = ends === undefined ? [] : await transaction.rows<Ended>(END_ALL, [name, atMs, ends]);
  await trail.record(transaction, tenantId, [
    userChanged(name, change, { by, atMs }),
    ...ended.map((one) => signInEnded(one, ends ?? '', atMs)),
  ]);
  return row;
}

/** `code` is a step of TOTP, or the hash of a recovery code. */
export async function takeFactor(
  transaction: Transaction,
  { name, tenantId }: Pick<UserRow, 'name' | 'tenantId'>,
  { code, atMs }: { readonly code: number | string; readonly atMs: number },
  trail: AuditTrail,
): Promise<boolean> {
  transaction.actFor(tenantId);
  const taken = await transaction.rows(typeof code === 'number' ? TAKE_CODE : TAKE_RECOVERY, [name, code]);
  if (taken.length === 0) return false;
  const kind = typeof code === 'number' ? 'user.code-taken' : 'user.recovery-taken';
  await trail.record(transaction, tenantId, [{ kind, subject: name, atMs, body: {} }]);
  return true;
}

export async function insertSignIn(transaction: Transaction, signIn: NewSignIn, from: string, trail: AuditTrail): Promise<void> {
  transaction.actFor(signIn.tenantId);
  await transaction.rows(OPEN, [JSON.stringify([{ ...signIn, endedAt: null, endedWhy: null }])]);
  await trail.record(transaction, signIn.tenantId, [signInOpened(signIn, from)]);
}

export async function changeRefresh(
  transaction: Transaction,
  { id, tenantId, name }: Pick<SignInRow, 'id' | 'tenantId' | 'name'>,
  {
    from,
    to,
    atMs,
    expiresAt,
  }: { readonly from: string; readonly to: string; readonly atMs: number; readonly expiresAt: number },
  trail: AuditTrail,
): Promise<Refreshed> {
  transaction.actFor(tenantId);
  const [row] = await transaction.rows<SignInRow>(REFRESH, [id, from, to, atMs, expiresAt]);
  if (row !== undefined) {
    await trail.record(transaction, tenantId, [signInTold('session.refreshed', { id, name }, atMs)]);
    return { kind: 'refreshed', row };
  }
  const standing = await readSignIn(transaction, id);
  if (standing === undefined || standing.refreshHash === from) return { kind: 'ended' };
  const ended = await endOne(transaction, { id, tenantId }, { why: 'a refresh token was used again', atMs }, trail);
  return { kind: ended ? 'reused' : 'ended' };
}

export async function markFactor(
  transaction: Transaction,
  { id, tenantId, name }: Pick<SignInRow, 'id' | 'tenantId' | 'name'>,
  atMs: number,
  trail: AuditTrail,
): Promise<boolean> {
  transaction.actFor(tenantId);
  if ((await transaction.rows(MARK, [id, atMs])).length === 0) return false;
  await trail.record(transaction, tenantId, [signInTold('session.second-factor', { id, name }, atMs)]);
  return true;
}

export async function endOne(
  transaction: Transaction,
  { id, tenantId }: Pick<SignInRow, 'id' | 'tenantId'>,
  { why, atMs }: { readonly why: string; readonly atMs: number },
  trail: AuditTrail,
): Promise<boolean> {
  transaction.actFor(tenantId);
  const [ended] = await transaction.rows<Ended>(END, [id, atMs, why]);
  if (ended === undefined) return false;
  await trail.record(transaction, tenantId, [signInEnded(ended, why, atMs)]);
  return true;
}
