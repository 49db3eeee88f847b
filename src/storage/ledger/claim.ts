/**
 * An accepted HELLO takes the account: one transaction raises the epoch and loads what its new owner must take up. Accounts
 * that arrive together are taken together, a tenant's in one round of statements, locked in the order of their ids.
 */
import { DAY_MS, spanStart } from '../../accounts/allowances.js';
import { accountClaimed } from '../audit/events.js';
import { LIMITS } from '../../limits.js';
import {
  ACCOUNT_COLUMNS,
  COMMAND_COLUMNS,
  SIGNAL_COLUMNS,
  type StoredSignal,
  SYMBOL_COLUMNS,
  type StoredSymbol,
  selectList,
} from './columns.js';
import type { AuditTrail } from './audit-trail.js';
import { toRow } from './commit-plan.js';
import type { CommandRow } from './commands.js';
import type { AccountRow, BookedDay, ChargedLots, Claimed, HelloClaim, RestoredAccount } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

const LOCK_ACCOUNTS: Statement = {
  name: 'lock-accounts',
  text: `SELECT ${selectList(ACCOUNT_COLUMNS)} FROM accounts WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
};
const TAKE_ACCOUNTS: Statement = {
  name: 'take-accounts',
  text: `UPDATE accounts SET epoch = taken.epoch, instance = taken.instance, login = taken.login, server = taken.server,
      currency = taken.currency, key_used_at_ms = taken."keyUsedAt"
    FROM json_to_recordset($1::json) AS taken
      ("accountId" uuid, epoch bigint, instance text, login bigint, server text, currency text, "keyUsedAt" bigint)
    WHERE accounts.id = taken."accountId"`,
};
const ADD_SESSIONS: Statement = {
  name: 'add-sessions',
  text: `INSERT INTO sessions (account_id, epoch, tenant_id, instance, claimed_at_ms)
    SELECT "accountId", epoch, $2, instance, "atMs" FROM json_to_recordset($1::json) AS taken
      ("accountId" uuid, epoch bigint, instance text, "atMs" bigint)`,
};
const OPEN_SIGNALS: Statement = {
  name: 'open-signals',
  text: `SELECT open.* FROM unnest($1::uuid[]) AS wanted (wanted_id) CROSS JOIN LATERAL (
      SELECT ${selectList(SIGNAL_COLUMNS)} FROM signals
      WHERE account_id = wanted.wanted_id
        AND (state IN ('PENDING', 'SENT', 'UNKNOWN') OR state = 'EXECUTED' AND kind = 'OPEN')) AS open
    ORDER BY open."accountId", open.seq`,
};
// What was called back is taken up while its signal may have been executed all the same.
const OPEN_COMMANDS: Statement = {
  name: 'open-commands',
  text: `SELECT open.* FROM unnest($1::uuid[]) AS wanted (wanted_id) CROSS JOIN LATERAL (
      SELECT ${selectList(COMMAND_COLUMNS)} FROM commands
      WHERE account_id = wanted.wanted_id AND state IN ('PENDING', 'SENT', 'UNKNOWN')
      UNION SELECT ${selectList(COMMAND_COLUMNS)} FROM commands
      WHERE account_id = wanted.wanted_id AND action = 'CANCEL_SIGNAL' AND signal_id IN (SELECT id FROM signals
        WHERE account_id = wanted.wanted_id AND kind = 'OPEN' AND state IN ('PENDING', 'SENT', 'UNKNOWN', 'EXECUTED'))) AS open
    ORDER BY open."accountId", open."createdAt", open.id`,
};
const SYMBOLS: Statement = {
  name: 'account-symbols',
  text: `SELECT known.* FROM unnest($1::uuid[]) AS wanted (wanted_id) CROSS JOIN LATERAL (
      SELECT ${selectList(SYMBOL_COLUMNS)} FROM account_symbols WHERE account_id = wanted.wanted_id) AS known
    ORDER BY known."accountId", known."symbolId"`,
};
// Tickets of deals grow with time on a trade server, and an account lives on one.
const FIGURES: Statement = {
  name: 'claim-figures',
  text: `SELECT wanted_id AS "accountId",
      (SELECT deal FROM deals WHERE account_id = wanted_id ORDER BY ticket DESC LIMIT 1) AS "lastDeal",
      (SELECT count(*) FROM sessions
        CROSS JOIN LATERAL (
          SELECT before.instance FROM sessions AS before
          WHERE before.account_id = sessions.account_id AND before.epoch < sessions.epoch
          ORDER BY before.epoch DESC LIMIT 1) AS earlier
        WHERE sessions.account_id = wanted_id AND sessions.claimed_at_ms > window_ms
          AND earlier.instance <> sessions.instance) AS takeovers,
      (SELECT count(*) FROM signals WHERE account_id = wanted_id AND kind = 'OPEN' AND created_at_ms >= day_ms) AS opened
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS wanted (wanted_id, window_ms, day_ms)`,
};

const RESTORED: Statement = {
  name: 'restored-accounts',
  text: `SELECT account_id AS "accountId", restored_at_ms AS "atMs", history_from_ms AS "historyFromMs" FROM account_restores
    WHERE account_id = ANY($1::uuid[])`,
};

/** A sum that does not depend on the order of its rows. */
function exact(of: string): string {
  return `round(sum(${of})::numeric, 8)::double precision`;
}

/** By the broker's clock, which may be a day off ours at either end. */
const BOOKED: Statement = {
  name: 'booked-days',
  text: `SELECT wanted_id AS "accountId", day, net FROM unnest($1::uuid[], $2::bigint[]) AS wanted (wanted_id, since_ms)
    CROSS JOIN LATERAL (
      SELECT broker_time_ms / ${DAY_MS} AS day, ${exact('profit + commission + swap')} AS net FROM deals
      WHERE account_id = wanted_id AND broker_time_ms >= since_ms GROUP BY 1) AS booked ORDER BY 1, 2`,
};
const CHARGED: Statement = {
  name: 'charged-lots',
  text: `SELECT wanted_id AS "accountId", symbol, opening, lots, commission
    FROM unnest($1::uuid[], $2::bigint[]) AS wanted (wanted_id, since_ms) CROSS JOIN LATERAL (
      SELECT symbol, entry = 'IN' AS opening, ${exact('volume')} AS lots, ${exact('commission')} AS commission FROM deals
      WHERE account_id = wanted_id AND broker_time_ms >= since_ms AND signal_id IS NOT NULL
        AND entry IN ('IN', 'OUT', 'OUT_BY')
      GROUP BY 1, 2) AS charged ORDER BY 1, 2, 3`,
};
/** A week from its Monday, and a day for the broker's clock. */
export const BOOKED_DAYS = 8;
export const CHARGED_DAYS = 90;

type OfAccount<Row> = Row & { readonly accountId: string };

interface Figures {
  readonly accountId: string;
  readonly lastDeal: string | null;
  readonly takeovers: number;
  readonly opened: number;
}

/** A HELLO that gets its account, with the account as it is from then on. */
interface Taken {
  readonly hello: HelloClaim;
  readonly account: AccountRow;
}

/** Why a HELLO does not get the account as it stands under the lock; undefined where it does. */
function barred(account: AccountRow | undefined, hello: HelloClaim): Claimed | undefined {
  if (account === undefined || !keyStands(account, hello)) return { kind: 'missing' };
  const { login, server, currency } = account;
  if (login === null || server === null || currency === null) return undefined;
  if (login === hello.login && server === hello.server && currency === hello.currency) return undefined;
  return { kind: 'bound', login, server, currency };
}

function keyStands({ keyHash, previousKeyHash, previousUntil }: AccountRow, hello: HelloClaim): boolean {
  if (hello.keyHash === undefined || hello.keyHash === keyHash) return true;
  return hello.keyHash === previousKeyHash && hello.atMs < (previousUntil ?? 0);
}

function taken(account: AccountRow, hello: HelloClaim): Taken {
  const { instance, login, server, currency, atMs } = hello;
  const keyUsedAt = hello.keyHash === account.keyHash ? (account.keyUsedAt ?? atMs) : account.keyUsedAt;
  return { hello, account: { ...account, epoch: account.epoch + 1, instance, login, server, currency, keyUsedAt } };
}

function byAccount<Row extends { readonly accountId: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(row.accountId);
    if (own === undefined) found.set(row.accountId, [row]);
    else own.push(row);
  }
  return found;
}

/** What each takes up. */
async function load(transaction: Transaction, all: readonly Taken[]): Promise<readonly Claimed[]> {
  const ids = all.map(({ account }) => account.id);
  const sinceMs = all.map(({ hello }) => hello.atMs - LIMITS.session.takeoverWindowMs);
  const dayMs = all.map(({ hello }) => spanStart(hello.atMs, DAY_MS));
  const since = (days: number): number[] => dayMs.map((ms) => ms - days * DAY_MS);
  const [open, commands, symbols, figures, booked, charged, restored] = await Promise.all([
    transaction.rows<StoredSignal>(OPEN_SIGNALS, [ids]).then(byAccount),
    transaction.rows<CommandRow>(OPEN_COMMANDS, [ids]).then(byAccount),
    transaction.rows<StoredSymbol>(SYMBOLS, [ids]).then(byAccount),
    transaction.rows<Figures>(FIGURES, [ids, sinceMs, dayMs]).then(byAccount),
    transaction.rows<OfAccount<BookedDay>>(BOOKED, [ids, since(BOOKED_DAYS)]).then(byAccount),
    transaction.rows<OfAccount<ChargedLots>>(CHARGED, [ids, since(CHARGED_DAYS)]).then(byAccount),
    transaction.rows<OfAccount<RestoredAccount>>(RESTORED, [ids]).then(byAccount),
  ]);
  return all.map(({ account }, at) => {
    const told = figures.get(account.id)?.[0];
    const gone = restored.get(account.id)?.[0];
    return {
      kind: 'claimed',
      account,
      open: (open.get(account.id) ?? []).map(toRow),
      commands: commands.get(account.id) ?? [],
      symbols: (symbols.get(account.id) ?? []).map(({ tenantId: _, ...symbol }) => symbol),
      lastDeal: told?.lastDeal ?? null,
      takeovers: told?.takeovers ?? 0,
      restored: gone === undefined ? null : { atMs: gone.atMs, historyFromMs: gone.historyFromMs },
      opened: { fromMs: dayMs[at] as number, count: told?.opened ?? 0 },
      booked: (booked.get(account.id) ?? []).map(({ accountId: _, ...day }) => day),
      charged: (charged.get(account.id) ?? []).map(({ accountId: _, ...lots }) => lots),
    };
  });
}

/** Of one tenant's accounts, each named once; answered in their order. */
export async function claimAccounts(
  transaction: Transaction,
  hellos: readonly HelloClaim[],
  tenantId: string,
  trail: AuditTrail,
): Promise<readonly Claimed[]> {
  transaction.actFor(tenantId);
  const ids = hellos.map(({ accountId }) => accountId);
  const rows = new Map((await transaction.rows<AccountRow>(LOCK_ACCOUNTS, [ids])).map((row) => [row.id, row]));
  const answers = hellos.map((hello) => barred(rows.get(hello.accountId), hello));
  const all = hellos.flatMap((hello, at) =>
    answers[at] === undefined ? taken(rows.get(hello.accountId) as AccountRow, hello) : [],
  );
  if (all.length === 0) return answers as readonly Claimed[];
  const told = JSON.stringify(all.map(({ hello, account }) => ({ ...account, accountId: account.id, atMs: hello.atMs })));
  transaction.send(TAKE_ACCOUNTS, [told], all.length);
  transaction.send(ADD_SESSIONS, [told, tenantId], all.length);
  const events = all.map(({ account, hello }) => accountClaimed(account, hello.atMs));
  const [loaded] = await Promise.all([load(transaction, all), trail.record(transaction, tenantId, events)]);
  let next = 0;
  return answers.map((answer) => answer ?? (loaded[next++] as Claimed));
}
