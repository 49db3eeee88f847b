/** Users and sign-ins of the in-memory ledger, one call at a time in the plainest way. */
import { type AuditEvent, NODE_ITSELF } from '../../audit/audit.js';
import { signInEnded, signInOpened, signInTold, userAdded, userChanged } from '../../audit/events.js';
import { SuhoError } from '../../../errors.js';
import type { ByWhom, NewSignIn, NewUser, Refreshed, SignInRow, UserChange, UserRow } from '../access.js';
import type { Journal, MemoryTables } from './memory-tables.js';

export interface AccessTransaction {
  readonly tables: Pick<MemoryTables, 'users' | 'signIns' | 'tenants'>;
  readonly journal: Journal;
  readonly tell: (tenantId: string, event: AuditEvent) => void;
}

export function userNow({ tables }: AccessTransaction, name: string): UserRow | undefined {
  const user = tables.users.get(name);
  return user?.removedAt === null ? user : undefined;
}

export function addUser({ tables, journal, tell }: AccessTransaction, user: NewUser, by: string): UserRow | 'exists' {
  if (user.tenantId !== NODE_ITSELF && !tables.tenants.has(user.tenantId))
    throw new SuhoError('NOT_FOUND', `There is no tenant ${user.tenantId}.`);
  const before = tables.users.get(user.name);
  if (before !== undefined && (before.removedAt === null || before.tenantId !== user.tenantId)) return 'exists';
  const fresh = { totpSecret: null, totpConfirmed: null, recovery: [], removedAt: null };
  const row = { ...user, ...fresh, totpStep: before?.totpStep ?? 0, createdAt: before?.createdAt ?? user.createdAt };
  tables.users.put(user.name, row, journal);
  tell(user.tenantId, userAdded(user, by));
  return row;
}

export function changeUser(
  on: AccessTransaction,
  name: string,
  change: UserChange,
  { by, atMs, ends }: ByWhom & { readonly ends?: string },
): UserRow | undefined {
  const user = userNow(on, name);
  if (user === undefined) return undefined;
  const changed = { ...user, ...change };
  on.tables.users.put(name, changed, on.journal);
  on.tell(user.tenantId, userChanged(name, change, { by, atMs }));
  if (ends === undefined) return changed;
  for (const row of on.tables.signIns.values()) if (row.name === name) endSignIn(on, row.id, ends, atMs);
  return changed;
}

/** `code` is a step of TOTP, or the hash of a recovery code. */
export function takeFactor(on: AccessTransaction, name: string, code: number | string, atMs: number): boolean {
  const user = userNow(on, name);
  if (user === undefined || (typeof code === 'number' ? code <= user.totpStep : !user.recovery.includes(code))) return false;
  const taken = typeof code === 'number' ? { totpStep: code } : { recovery: user.recovery.filter((hash) => hash !== code) };
  on.tables.users.put(name, { ...user, ...taken }, on.journal);
  const kind = typeof code === 'number' ? 'user.code-taken' : 'user.recovery-taken';
  on.tell(user.tenantId, { kind, subject: name, atMs, body: {} });
  return true;
}

export function openSignIn({ tables, journal, tell }: AccessTransaction, signIn: NewSignIn, from: string): void {
  tables.signIns.put(signIn.id, { ...signIn, endedAt: null, endedWhy: null }, journal);
  tell(signIn.tenantId, signInOpened(signIn, from));
}

export function refreshSignIn(
  on: AccessTransaction,
  id: string,
  {
    from,
    to,
    atMs,
    expiresAt,
  }: { readonly from: string; readonly to: string; readonly atMs: number; readonly expiresAt: number },
): Refreshed {
  const row = on.tables.signIns.get(id);
  if (row === undefined || row.endedAt !== null) return { kind: 'ended' };
  if (row.refreshHash !== from) {
    endSignIn(on, id, 'a refresh token was used again', atMs);
    return { kind: 'reused' };
  }
  if (row.expiresAt <= atMs) return { kind: 'ended' };
  const refreshed: SignInRow = { ...row, refreshHash: to, expiresAt };
  on.tables.signIns.put(id, refreshed, on.journal);
  on.tell(row.tenantId, signInTold('session.refreshed', row, atMs));
  return { kind: 'refreshed', row: refreshed };
}

export function markSecondFactor({ tables, journal, tell }: AccessTransaction, id: string, atMs: number): boolean {
  const row = tables.signIns.get(id);
  if (row === undefined || row.endedAt !== null) return false;
  tables.signIns.put(id, { ...row, secondFactorAt: atMs }, journal);
  tell(row.tenantId, signInTold('session.second-factor', row, atMs));
  return true;
}

export function endSignIn({ tables, journal, tell }: AccessTransaction, id: string, why: string, atMs: number): boolean {
  const row = tables.signIns.get(id);
  if (row === undefined || row.endedAt !== null) return false;
  tables.signIns.put(id, { ...row, endedAt: atMs, endedWhy: why }, journal);
  tell(row.tenantId, signInEnded(row, why, atMs));
  return true;
}
