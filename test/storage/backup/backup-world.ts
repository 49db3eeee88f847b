/** Ledgers for backups: one with something in every table, and every table's rows as the database itself tells them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { auditRows, verifyAudit } from '../../../src/storage/audit/audit-log.js';
import { BackupWriter } from '../../../src/storage/backup/backup-writer.js';
import type { RestoredLedger } from '../../../src/storage/backup/ledger-restore.js';
import type { Manifest } from '../../../src/storage/backup/manifest.js';
import { openBackup, restoreRows } from '../../../src/storage/backup/restore.js';
import type { PostgresLedger } from '../../../src/storage/ledger/postgres.js';
import {
  accountId,
  command,
  commandResult,
  deal,
  hello,
  madeOf,
  newCommand,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
  uuid,
} from '../../contracts/ledger-world.js';
import type { SqlLedgerUnderTest } from '../../contracts/sql-ledger.js';
import { wallFaults } from '../../support/tenant-walls.js';

export const RESTORED_MS = START_MS + 86_400_000;

/** What a row may hold that a careless way through text or doubles would change. */
const ODD = `'a "quoted" \\ line
and another, ünïcode 🜁, {"x":1}'`;

/** Rows of the tables that the ledger's interface does not write. */
const BEYOND = `INSERT INTO balances VALUES
    ('north', '${accountId(1)}', ${START_MS}, 0.1 + 0.2::float8, 1e-300, 'NaN', 1, NULL, 'Infinity', -0.0, 4.9e-324, 0, 2147483647);
  SELECT make_partition('balances', ${START_MS - 1}, ${START_MS + 1});
  INSERT INTO balances VALUES ('south', '${accountId(2)}', ${START_MS + 5}, 1, 1, 0, 1, NULL, 0, 0, 0, 0, 0);
  INSERT INTO risk_events VALUES ('${uuid(7, 1)}', 'north', '${accountId(1)}', 1, 'daily-loss', 'critical', ${ODD}, -500, -523.45, 'closed');
  INSERT INTO compliance_reports VALUES ('${uuid(7, 2)}', 'north', 'best-execution', 1, 2, '{"figures":[1.10,9007199254740993]}', 3);
  INSERT INTO consents VALUES ('south', 'user', 'terms', 9007199254740991, true, '1');
  INSERT INTO models VALUES ('south', 'own', 'M15', 1, '${'a'.repeat(64)}', '{"step":0.1}', true, 1);
  INSERT INTO model_parts VALUES ('south', 'own', 1, 0, '\\x00ff5c27'::bytea);
  INSERT INTO usage VALUES ('north', 3600000, 'signals', 9223372036854775807);
  INSERT INTO history_marks VALUES ('north', '${uuid(7, 4)}', 9007199254740993, 1, ${START_MS});
  INSERT INTO token_keys VALUES ('one', repeat('k', 43), 9007199254740991, ${START_MS});
  INSERT INTO account_restores VALUES ('${accountId(2)}', 'south', 9007199254740991, 9007199254740991);
  INSERT INTO jobs VALUES ('anchors', 3600000, 0, ${START_MS}, ${START_MS}, 'a holder', ${START_MS}, 9007199254740993, 2, 1);
  INSERT INTO users (name, tenant_id, role, password, totp_secret, recovery, addresses, created_at_ms) VALUES
    ('ada', '_node', 'owner', 'scrypt$' || repeat('a', 40), 'JBSWY3DPEHPK3PXP', ARRAY['${'c'.repeat(64)}', '${'d'.repeat(64)}'], '{}', 9007199254740991),
    ('bob@north', 'north', 'tenant-reader', NULL, NULL, '{}', ARRAY['10.0.0.0/8', '::1/128'], ${START_MS});
  INSERT INTO sign_ins (id, name, tenant_id, role, refresh_hash, csrf, second_factor_ms, created_at_ms, expires_at_ms) VALUES
    ('${uuid(7, 5)}', 'ada', '_node', NULL, '${'e'.repeat(64)}', 'csrf', ${START_MS}, ${START_MS}, 9007199254740991),
    ('${uuid(7, 6)}', 'oidc:eve', 'south', 'tenant-admin', '${'f'.repeat(64)}', 'csrf', NULL, ${START_MS}, 9007199254740991);
  INSERT INTO archive_objects VALUES ('deals/one', 'deals', 'north', 1, 2, 9007199254740993, 1, '${'b'.repeat(64)}', 3, 'left', 4, NULL)`;

/** Accounts 1 to 4; of account 1 the signals 1 executed, 2 sent, 3 pending, 4 rejected. */
export async function inhabit({ ledger, statement }: SqlLedgerUnderTest): Promise<void> {
  await settle(ledger, 4);
  for (const account of [1, 2]) await ledger.claim(hello(account));
  const described = [{ brokerName: 'EURUSD.m', symbol: 'EURUSD', details: { digits: 5, tick: 0.1 + 0.2 } }];
  const fill = { sentence: 'done' };
  await ledger.commit([
    { kind: 'symbols', accountId: accountId(1), epoch: 1, symbols: described },
    madeOf(raise(1, 1, {}, 1), `{"odd":${JSON.stringify(ODD)}}`),
    raise(1, 2, {}, 1),
    raise(1, 3, { state: 'PENDING', instance: null }, 1),
    raise(1, 4, { kind: 'CLOSE', targetId: newSignal(1, 1).id, position: '9007199254740993' }, 1),
    raise(2, 1, { state: 'PENDING', instance: null }, 1),
    refuse(1, 9, {}, 1),
    result(newSignal(1, 1), 'EXECUTED', fill, 1),
    result(newSignal(1, 4), 'REJECTED', {}, 1),
    deal(1, '18446744073709551614', 'IN', 0.3, newSignal(1, 1).id, {}, 1),
    deal(1, '7', 'IN', 0.3, null, {}, 1),
    command(1, 1, { reason: ODD }, 1),
    commandResult(newCommand(1, 1), 'EXECUTED', { price: 0.1 + 0.2 }, 1),
    command(1, 2, {}, 1),
    command(2, 1, { state: 'PENDING', instance: null }, 1),
  ]);
  await ledger.anchorAudit(START_MS);
  await statement(BEYOND);
}

/** Each row of each table, by another way than the backup's, in an order of its own. */
export async function rowsByTable({ statement }: SqlLedgerUnderTest): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables = await statement(`SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relkind IN ('r', 'p') AND relname <> 'schema_migrations' ORDER BY 1`);
  const rows: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    // As one who sees all rows: the owner is under the policies.
    const role = ['counters', 'jobs'].includes(String(name)) ? 'suho_engine' : 'suho_reader';
    const told = await statement(`SET LOCAL ROLE ${role};
      SELECT one::text AS row FROM ${String(name)} AS one ORDER BY 1`);
    rows[String(name)] = told.map(({ row }) => String(row));
  }
  return rows;
}

export async function backUp(ledger: PostgresLedger, folder: string, name = 'backup'): Promise<string> {
  const output = join(folder, name);
  const writer = await BackupWriter.open(output);
  await writer.addLedger(ledger);
  await writer.finish('0.1.0', new Date(START_MS).toISOString());
  return output;
}

export interface RestoreWish {
  readonly moved?: boolean;
  readonly replace?: boolean;
  readonly atMs?: number;
}

export async function restore(
  ledger: PostgresLedger,
  input: string,
  { moved = false, replace = false, atMs = RESTORED_MS }: RestoreWish = {},
): Promise<RestoredLedger> {
  const manifest: Manifest = await openBackup(input);
  return restoreRows(ledger, manifest, { input, moved, replace, atMs });
}

/** The audit log is whole, the walls between tenants stand, and keys hold as they did. */
export async function assertSound({ ledger, statement }: SqlLedgerUnderTest): Promise<void> {
  const report = await verifyAudit(auditRows(ledger));
  assert.deepEqual([report.ok, report.faults], [true, []]);
  assert.ok(report.entries > 10);
  assert.deepEqual(await wallFaults(statement), []);
  const loose = await statement(`SELECT conname FROM pg_constraint WHERE contype = 'f' AND (NOT convalidated OR condeferrable)`);
  assert.deepEqual(loose, []);
}
