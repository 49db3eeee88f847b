/** What a row of history must look like before it may share a transaction with others; checked where it is taken. */
import { SuhoError } from '../../errors.js';
import type { HistoryRows, HistoryTable } from './history.js';
import { cleaned, isTicket, isUuid } from './op-shape.js';

const HOUR_MS = 3_600_000;
const INTEGER_MOST = 2 ** 31 - 1;

type Checks = { readonly [Table in HistoryTable]: (row: HistoryRows[Table]) => boolean };

const CHECKS: Checks = {
  balances: ({ accountId, atMs, openPositions, pendingOrders, newestMovement }) =>
    isUuid(accountId) &&
    Number.isSafeInteger(atMs) &&
    [openPositions, pendingOrders].every((count) => Number.isInteger(count) && count >= 0 && count <= INTEGER_MOST) &&
    (newestMovement === null || isTicket(newestMovement)),
  riskEvents: ({ id, accountId, atMs }) => isUuid(id) && isUuid(accountId) && Number.isSafeInteger(atMs),
  usage: ({ hourMs, amount }) => hourMs % HOUR_MS === 0 && Number.isSafeInteger(amount) && amount >= 0,
};

const UNSTORABLE_TEXT = /[\0\ud800-\udfff]/u;

/** Most rows are as they must be: this is what taking one costs. */
function isStorable(row: object): boolean {
  for (const value of Object.values(row)) {
    if (typeof value === 'number' ? !Number.isFinite(value) || Object.is(value, -0) : UNSTORABLE_TEXT.test(value ?? ''))
      return false;
  }
  return true;
}

/** The row as it may be stored; throws INPUT_INVALID where it may not. */
export function wellFormedHistory<T extends HistoryTable>(table: T, row: HistoryRows[T]): HistoryRows[T] {
  const refuse = (what: string): never => {
    throw new SuhoError('INPUT_INVALID', `A row of ${table} of tenant ${row.tenantId}: ${what}.`);
  };
  const clean = isStorable(row) ? row : cleaned(row, refuse);
  if (!CHECKS[table](clean)) refuse('an id, time, ticket or count is not one');
  return clean;
}
