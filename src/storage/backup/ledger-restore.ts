/**
 * Puts a backup's rows into a ledger, in one transaction of the tables' owner: all of it is there or none, and nobody sees it
 * half done. Row security holds the owner too, so it is lifted for the time of the transaction, under the lock of each table;
 * and foreign keys are taken off and put on again at the end, so that rows may come in any order and are held to them at once.
 *
 * What EAs were told after the backup was made the ledger no longer knows. It must not give the same number again, and must not
 * take for open what may be done:
 * - each account's signal numbers (low half of a magic), epoch and symbol ids leap to the place of the restore's time, as do the numbers given over all tenants:
 *   magic bases, writers of the audit log, the cluster's generation. A node that still holds an account is fenced by that.
 * - what was traded since the backup the brokers know: each account is told to ask its broker's history from then on, before it is
 *   given a new signal.
 * - what was PENDING or SENT, signal or command, becomes UNKNOWN: its EA is asked, or the broker's history, before anything else is done with it.
 * - every sign-in ends: one that was ended since, or whose user was removed, would go on.
 * All of it is told in the audit log of each tenant, under a writer of its own.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { placeOfRestore } from '../ledger/restored-number.js';
import type { AuditEvent } from '../audit/audit.js';
import { AuditTrail, takeAuditWriter } from '../ledger/audit-trail.js';
import {
  appliedMigrations,
  applyMigrations,
  type Migration,
  missingMigrations,
  pendingMigrations,
} from '../ledger/migrations.js';
import type { Statement, Transaction } from '../ledger/transaction.js';
import { type LedgerTable, quoted, tablesOf } from './ledger-tables.js';
import type { Manifest } from './manifest.js';

export interface LedgerRestore {
  readonly manifest: Manifest;
  /** The file of a table, whole and as it was made. */
  readonly fileOf: (table: string) => string;
  readonly files: readonly Migration[];
  /** Rows that are there may go. */
  readonly replace: boolean;
  /** Nothing has run since the backup: numbers go on where they were, and what was open is open. */
  readonly moved: boolean;
  readonly atMs: number;
}

export interface RestoredLedger {
  readonly rows: number;
  readonly unknown: number;
}

/** What an operator must write to have rows that are there go. */
export const REPLACE_WORDS = 'replace the ledger';
const HOW_TO_REPLACE = `to put the backup in their place: --replace "${REPLACE_WORDS}"`;

const BATCH_ROWS = 500;

const FOREIGN_KEYS: Statement = {
  name: 'restore-foreign-keys',
  text: `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0
      AND connamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('schema_migrations'))`,
};
const COUNT_TENANTS: Statement = { name: 'restore-count-tenants', text: 'SELECT count(*) AS count FROM tenants' };
/** As `numberAfterRestore` counts. */
function leap(atMs: number): string {
  const place = placeOfRestore(atMs);
  const after = (column: string): string =>
    `${column} = CASE WHEN ${place} > ${column} THEN ${place} ELSE ${column} + ${LIMITS.ledger.restoreLeap} END`;
  return `UPDATE accounts SET ${['epoch', 'seq', 'symbol_seq'].map(after).join(', ')}; UPDATE counters SET ${after('value')}`;
}

const REASON = 'restored from a backup: what became of it since is not known';
const DOUBT: Statement = {
  name: 'restore-doubt',
  text: `UPDATE signals SET state = 'UNKNOWN', reason = $1, updated_at_ms = $2 WHERE state IN ('PENDING', 'SENT')
    RETURNING id, tenant_id AS "tenantId", account_id AS "accountId", instance`,
};
const DOUBT_COMMANDS: Statement = {
  name: 'restore-doubt-commands',
  text: `UPDATE commands SET state = 'UNKNOWN', said = $1, updated_at_ms = $2 WHERE state IN ('PENDING', 'SENT')
    RETURNING id, tenant_id AS "tenantId", account_id AS "accountId", instance`,
};
/** The table may be younger than the backup: it is filled when the schema is whole. */
const WANT_HISTORY: Statement = {
  name: 'restore-want-history',
  text: `INSERT INTO account_restores (account_id, tenant_id, restored_at_ms, history_from_ms)
      SELECT id, tenant_id, $1::bigint, $2::bigint FROM accounts
    ON CONFLICT (account_id) DO UPDATE SET restored_at_ms = excluded.restored_at_ms,
      history_from_ms = LEAST(account_restores.history_from_ms, excluded.history_from_ms)`,
};
/** Who was signed out since the backup must not be in again by it; everybody signs in anew. */
const END_SIGN_INS: Statement = {
  name: 'restore-end-sign-ins',
  text: `UPDATE sign_ins SET ended_at_ms = $1, ended_why = 'restored' WHERE ended_at_ms IS NULL`,
};
/** Of the node too, where it has a chain. */
const TENANTS: Statement = {
  name: 'restore-all-tenants',
  text: 'SELECT id FROM tenants UNION SELECT tenant_id FROM audit_heads ORDER BY id',
};

interface Doubted {
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly instance: string | null;
}

interface Doubts {
  readonly signals: readonly Doubted[];
  readonly commands: readonly Doubted[];
}

/** The schema that the rows are of; what the program has beyond it is applied to them afterwards. */
async function makeSchema(transaction: Transaction, { manifest, files }: LedgerRestore): Promise<void> {
  missingMigrations(files, manifest.migrations, 'The backup');
  const theirs = new Set(manifest.migrations.map(({ name }) => name));
  const pending = await pendingMigrations(transaction, files);
  const beyond = pending === undefined ? [] : (await appliedMigrations(transaction)).filter(({ name }) => !theirs.has(name));
  if (beyond.length > 0)
    throw new SuhoError(
      'CONFLICT',
      `The backup is from before ${beyond[0]?.name}, which the ledger has; restore it to an empty database.`,
    );
  await applyMigrations(
    transaction,
    files.filter(({ name }) => theirs.has(name)),
  );
}

async function* linesOf(file: string): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const line of createInterface({
    input: createReadStream(file).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    batch.push(line);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function fill(transaction: Transaction, { name, columns }: LedgerTable, file: string): Promise<number> {
  const listed = columns.map(quoted).join(', ');
  const insert: Statement = {
    name: `restore-${name}`,
    text: `INSERT INTO ${quoted(name)} (${listed}) SELECT ${listed} FROM json_populate_recordset(NULL::${quoted(name)}, $1::json)`,
  };
  let rows = 0;
  for await (const lines of linesOf(file)) {
    await transaction.rows(insert, [`[${lines.join(',')}]`]);
    rows += lines.length;
  }
  return rows;
}

/** What each tenant's log tells of the restore. */
function eventsOf(tenantId: string, doubted: Doubts, { manifest, atMs }: LedgerRestore): readonly AuditEvent[] {
  const body = { madeAt: manifest.madeAt, program: manifest.program, numbersFrom: placeOfRestore(atMs) };
  return [
    { kind: 'ledger.restored', subject: tenantId, atMs, body },
    ...doubted.signals.map(({ id, accountId, instance }) => ({
      kind: 'signal.unknown',
      subject: id,
      atMs,
      body: { accountId, reason: REASON, instance },
    })),
    ...doubted.commands.map(({ id, accountId, instance }) => ({
      kind: 'command.unknown',
      subject: id,
      atMs,
      body: { accountId, said: REASON, instance },
    })),
  ];
}

async function makeSafe(transaction: Transaction, restore: LedgerRestore, tables: readonly LedgerTable[]): Promise<number> {
  await transaction.script(leap(restore.atMs));
  const signals = await transaction.rows<Doubted>(DOUBT, [REASON, restore.atMs]);
  // A backup from before there were any.
  const commanded = tables.some(({ name }) => name === 'commands');
  const commands = commanded ? await transaction.rows<Doubted>(DOUBT_COMMANDS, [REASON, restore.atMs]) : [];
  const trail = new AuditTrail(await takeAuditWriter(transaction));
  for (const { id } of await transaction.rows<{ id: string }>(TENANTS)) {
    const own = (doubted: readonly Doubted[]) => doubted.filter(({ tenantId }) => tenantId === id);
    trail.open(transaction, id, eventsOf(id, { signals: own(signals), commands: own(commands) }, restore));
  }
  return signals.length + commands.length;
}

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

export async function restoreLedger(transaction: Transaction, restore: LedgerRestore): Promise<RestoredLedger> {
  await makeSchema(transaction, restore);
  const tables = await tablesOf(transaction);
  const forced = tables.filter((table) => table.forced);
  const force = (how: string): Promise<void> =>
    transaction.script(forced.map(({ name }) => `ALTER TABLE ${quoted(name)} ${how} ROW LEVEL SECURITY`).join('; '));
  await force('NO FORCE');
  const [tenants] = await transaction.rows<{ count: number }>(COUNT_TENANTS);
  if (Number(tenants?.count) > 0 && !restore.replace)
    throw new SuhoError('CONFLICT', `the ledger holds ${tenants?.count} tenants already; ${HOW_TO_REPLACE}`);
  const keys = await transaction.rows<ForeignKey>(FOREIGN_KEYS);
  const alter = (how: (key: ForeignKey) => string): Promise<void> =>
    transaction.script(keys.map((key) => `ALTER TABLE ${key.table} ${how(key)}`).join('; '));
  await alter(({ name }) => `DROP CONSTRAINT ${quoted(name)}`);
  await transaction.script(`TRUNCATE ${tables.map(({ name }) => quoted(name)).join(', ')}`);
  let rows = 0;
  for (const table of tables) rows += await fillFrom(transaction, table, restore);
  const unknown = restore.moved ? 0 : await makeSafe(transaction, restore, tables);
  await alter(({ name, definition }) => `ADD CONSTRAINT ${quoted(name)} ${definition}`);
  await force('FORCE');
  await applyMigrations(transaction, restore.files);
  if (!restore.moved) await onceWhole(transaction, restore);
  return { rows, unknown };
}

/** What concerns tables that may be younger than the backup. */
async function onceWhole(transaction: Transaction, { manifest, atMs }: LedgerRestore): Promise<void> {
  const held = ['accounts', 'account_restores', 'sign_ins'];
  const force = (how: string): Promise<void> =>
    transaction.script(held.map((name) => `ALTER TABLE ${name} ${how} ROW LEVEL SECURITY`).join('; '));
  await force('NO FORCE');
  await transaction.rows(WANT_HISTORY, [atMs, Date.parse(manifest.madeAt)]);
  await transaction.rows(END_SIGN_INS, [atMs]);
  await force('FORCE');
}

async function fillFrom(transaction: Transaction, table: LedgerTable, { manifest, fileOf }: LedgerRestore): Promise<number> {
  const part = manifest.parts.find(({ path }) => path === `ledger/${table.name}.ndjson.gz`);
  if (part === undefined) throw new SuhoError('INPUT_INVALID', `The backup has no table ${table.name}.`);
  const rows = await fill(transaction, table, fileOf(table.name));
  if (rows !== part.rows)
    throw new SuhoError('INPUT_INVALID', `${part.path} holds ${rows} rows, and was made with ${part.rows}.`);
  return rows;
}
