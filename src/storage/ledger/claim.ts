/** An accepted HELLO takes the account: one transaction raises the epoch and loads what its new owner must take up. */
import { DAY_MS, spanStart } from '../../accounts/allowances.js';
import { accountClaimed } from '../audit/events.js';
import { LIMITS } from '../../limits.js';
import { ACCOUNT_COLUMNS, SIGNAL_COLUMNS, type StoredSignal, SYMBOL_COLUMNS, type StoredSymbol, selectList } from './columns.js';
import type { AuditTrail } from './audit-trail.js';
import { toRow } from './commit-plan.js';
import type { AccountRow, BookedDay, ChargedLots, Claimed, HelloClaim } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

const LOCK_ACCOUNT: Statement = {
  name: 'lock-account',
  text: `SELECT ${selectList(ACCOUNT_COLUMNS)} FROM accounts WHERE id = $1 FOR NO KEY UPDATE`,
};
const TAKE_ACCOUNT: Statement = {
  name: 'take-account',
  text: `UPDATE accounts SET epoch = $2, instance = $3, login = $4, server = $5, currency = $6 WHERE id = $1`,
};
const ADD_SESSION: Statement = {
  name: 'add-session',
  text: `INSERT INTO sessions (account_id, epoch, tenant_id, instance, claimed_at_ms) VALUES ($1, $2, $3, $4, $5)`,
};
const OPEN_SIGNALS: Statement = {
  name: 'open-signals',
  text: `SELECT ${selectList(SIGNAL_COLUMNS)} FROM signals
    WHERE account_id = $1 AND (state IN ('PENDING', 'SENT', 'UNKNOWN') OR state = 'EXECUTED' AND kind = 'OPEN') ORDER BY seq`,
};
const SYMBOLS: Statement = {
  name: 'account-symbols',
  text: `SELECT ${selectList(SYMBOL_COLUMNS)} FROM account_symbols WHERE account_id = $1 ORDER BY symbol_id`,
};
// Tickets of deals grow with time on a trade server, and an account lives on one.
const LAST_DEAL: Statement = {
  name: 'last-deal',
  text: 'SELECT deal FROM deals WHERE account_id = $1 ORDER BY ticket DESC LIMIT 1',
};
const TAKEOVERS: Statement = {
  name: 'takeovers',
  text: `SELECT count(*) AS takeovers FROM sessions
    CROSS JOIN LATERAL (
      SELECT before.instance FROM sessions AS before
      WHERE before.account_id = sessions.account_id AND before.epoch < sessions.epoch
      ORDER BY before.epoch DESC LIMIT 1) AS earlier
    WHERE sessions.account_id = $1 AND sessions.claimed_at_ms > $2 AND earlier.instance <> sessions.instance`,
};
const OPENED: Statement = {
  name: 'signals-opened',
  text: `SELECT count(*) AS opened FROM signals WHERE account_id = $1 AND kind = 'OPEN' AND created_at_ms >= $2`,
};

/** A sum that does not depend on the order of its rows. */
function exact(of: string): string {
  return `round(sum(${of})::numeric, 8)::double precision`;
}

/** By the broker's clock, which may be a day off ours at either end. */
const BOOKED: Statement = {
  name: 'booked-days',
  text: `SELECT broker_time_ms / ${DAY_MS} AS day, ${exact('profit + commission + swap')} AS net FROM deals
    WHERE account_id = $1 AND broker_time_ms >= $2 GROUP BY 1 ORDER BY 1`,
};
const CHARGED: Statement = {
  name: 'charged-lots',
  text: `SELECT symbol, entry = 'IN' AS opening, ${exact('volume')} AS lots, ${exact('commission')} AS commission FROM deals
    WHERE account_id = $1 AND broker_time_ms >= $2 AND signal_id IS NOT NULL AND entry IN ('IN', 'OUT', 'OUT_BY')
    GROUP BY 1, 2 ORDER BY 1, 2`,
};
/** A week from its Monday, and a day for the broker's clock. */
export const BOOKED_DAYS = 8;
export const CHARGED_DAYS = 90;

function boundElsewhere(account: AccountRow, hello: HelloClaim): boolean {
  const { login, server, currency } = account;
  return login !== null && (login !== hello.login || server !== hello.server || currency !== hello.currency);
}

export async function claimAccount(
  transaction: Transaction,
  hello: HelloClaim,
  tenantId: string,
  trail: AuditTrail,
): Promise<Claimed> {
  transaction.actFor(tenantId);
  const [account] = await transaction.rows<AccountRow>(LOCK_ACCOUNT, [hello.accountId]);
  if (account === undefined) return { kind: 'missing' };
  if (boundElsewhere(account, hello)) {
    const { login, server, currency } = account as AccountRow & { login: number; server: string; currency: string };
    return { kind: 'bound', login, server, currency };
  }
  const { accountId, instance, login, server, currency, atMs } = hello;
  const epoch = account.epoch + 1;
  transaction.send(TAKE_ACCOUNT, [accountId, epoch, instance, login, server, currency], 1);
  transaction.send(ADD_SESSION, [accountId, epoch, account.tenantId, instance, atMs], 1);
  const taken = { ...account, epoch, instance, login, server, currency };
  const fromMs = spanStart(atMs, DAY_MS);
  const [open, symbols, deals, counted, opened, booked, charged] = await Promise.all([
    transaction.rows<StoredSignal>(OPEN_SIGNALS, [accountId]),
    transaction.rows<StoredSymbol>(SYMBOLS, [accountId]),
    transaction.rows<{ deal: string }>(LAST_DEAL, [accountId]),
    transaction.rows<{ takeovers: number }>(TAKEOVERS, [accountId, atMs - LIMITS.session.takeoverWindowMs]),
    transaction.rows<{ opened: number }>(OPENED, [accountId, fromMs]),
    transaction.rows<BookedDay>(BOOKED, [accountId, fromMs - BOOKED_DAYS * DAY_MS]),
    transaction.rows<ChargedLots>(CHARGED, [accountId, fromMs - CHARGED_DAYS * DAY_MS]),
    trail.record(transaction, tenantId, [accountClaimed(taken, atMs)]),
  ]);
  return {
    kind: 'claimed',
    account: taken,
    open: open.map(toRow),
    symbols: symbols.map(({ tenantId: _, ...symbol }) => symbol),
    lastDeal: deals[0]?.deal ?? null,
    takeovers: counted[0]?.takeovers ?? 0,
    opened: { fromMs, count: opened[0]?.opened ?? 0 },
    booked,
    charged,
  };
}
