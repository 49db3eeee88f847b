/** Reads an account's closed trades: signals whose positions are gone, with every deal that made or ended them. */
import { toRow } from './commit-plan.js';
import { DEAL_COLUMNS, SIGNAL_COLUMNS, type StoredSignal, selectList } from './columns.js';
import type { ClosedTradeRows, DealRow } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

const CLOSED: Statement = {
  name: 'closed-signals',
  text: `SELECT ${selectList(SIGNAL_COLUMNS)} FROM signals
    WHERE account_id = $1 AND kind = 'OPEN' AND state = 'CLOSED' AND updated_at_ms >= $2 ORDER BY seq`,
};
const THEIR_DEALS: Statement = {
  name: 'deals-of-signals',
  text: `SELECT ${selectList(DEAL_COLUMNS)} FROM deals WHERE signal_id = ANY($1::uuid[]) ORDER BY broker_time_ms, ticket`,
};

export async function readClosedTrades(
  transaction: Transaction,
  accountId: string,
  sinceMs: number,
): Promise<readonly ClosedTradeRows[]> {
  const signals = await transaction.rows<StoredSignal>(CLOSED, [accountId, sinceMs]);
  if (signals.length === 0) return [];
  const deals = await transaction.rows<DealRow>(THEIR_DEALS, [signals.map(({ id }) => id)]);
  return signals.map((signal) => ({
    signal: toRow(signal),
    deals: deals.filter(({ signalId }) => signalId === signal.id),
  }));
}
