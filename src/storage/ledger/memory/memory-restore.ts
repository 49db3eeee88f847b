/** What a restore makes of a backup's rows: numbers leap, histories are wanted, and what was under way is UNKNOWN. */
import { numberAfterRestore, placeOfRestore } from '../restored-number.js';
import type { MemoryAudit } from './memory-audit.js';
import { Journal, type MemoryTables } from './memory-tables.js';
import { keyOf } from './row-keys.js';

/** When the backup was made, and when it is put back. */
export interface RestoreTimes {
  readonly madeAtMs: number;
  readonly atMs: number;
}

export function makeSafe(tables: MemoryTables, audit: MemoryAudit, { madeAtMs, atMs }: RestoreTimes): void {
  const { accounts, commands, counters, restores, signals, tenants } = tables;
  const journal = new Journal(() => {});
  for (const account of accounts.values()) {
    const next = { epoch: numberAfterRestore(account.epoch, atMs), seq: numberAfterRestore(account.seq, atMs) };
    accounts.put(account.id, { ...account, ...next }, journal);
    const gaps = tables.leaps.get(account.id) ?? [];
    tables.leaps.put(account.id, [...gaps, { ...next, afterEpoch: account.epoch, afterSeq: account.seq }], journal);
    const wanted = restores.get(account.id)?.historyFromMs ?? madeAtMs;
    restores.put(account.id, { atMs, historyFromMs: Math.min(wanted, madeAtMs) }, journal);
  }
  for (const name of ['magic_base', 'emergency_stop'])
    counters.put(name, numberAfterRestore(counters.get(name) ?? 0, atMs), journal);
  const owners = [...tenants.values().map(({ id }) => id), ...tables.auditHeads.values().map(({ tenantId }) => tenantId)];
  for (const id of new Set(owners))
    audit.tell(id, { kind: 'ledger.restored', subject: id, atMs, body: { numbersFrom: placeOfRestore(atMs) } }, journal);
  const reason = 'restored from a backup: what became of it since is not known';
  for (const row of signals.values()) {
    if (row.state !== 'PENDING' && row.state !== 'SENT') continue;
    signals.put(row.id, { ...row, state: 'UNKNOWN', reason, updatedAt: atMs }, journal);
    const body = { accountId: row.accountId, reason, instance: row.instance };
    audit.tell(row.tenantId, { kind: 'signal.unknown', subject: row.id, atMs, body }, journal);
  }
  for (const row of commands.values()) {
    if (row.state !== 'PENDING' && row.state !== 'SENT') continue;
    commands.put(keyOf(row.accountId, row.id), { ...row, state: 'UNKNOWN', said: reason, updatedAt: atMs }, journal);
    const body = { accountId: row.accountId, said: reason, instance: row.instance };
    audit.tell(row.tenantId, { kind: 'command.unknown', subject: row.id, atMs, body }, journal);
  }
}
