/** A signal, with what its decision was made of. */
import { LINEAGE_COLUMNS, SIGNAL_COLUMNS, type StoredSignal, selectList } from './columns.js';
import { toRow } from './commit-plan.js';
import type { ExplainedSignal } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

const SIGNAL_BY_ID: Statement = {
  name: 'signal-by-id',
  text: `SELECT ${selectList(SIGNAL_COLUMNS)} FROM signals WHERE id = $1`,
};
const LINEAGE_OF: Statement = {
  name: 'lineage-of',
  text: `SELECT ${LINEAGE_COLUMNS.body.column} AS body FROM signal_lineage
    WHERE tenant_id = $1 AND close_time_ms = $2 AND strategy = $3 AND symbol = $4 AND timeframe = $5`,
};

export async function readExplained(transaction: Transaction, signalId: string): Promise<ExplainedSignal | undefined> {
  const [signal] = await transaction.rows<StoredSignal>(SIGNAL_BY_ID, [signalId]);
  if (signal === undefined) return undefined;
  const { tenantId, closeTime, strategy, symbol, timeframe } = signal;
  const [kept] = await transaction.rows<{ body: string }>(LINEAGE_OF, [tenantId, closeTime, strategy, symbol, timeframe]);
  return { signal: toRow(signal), lineage: kept?.body ?? null };
}
