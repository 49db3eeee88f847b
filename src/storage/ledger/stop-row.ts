/** The emergency stop of all nodes that share the ledger: one row, changed by whoever names the number of the change before. */
import type { Halt } from '../../accounts/halt.js';
import type { StandingStop } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

const READ: Statement = {
  name: 'emergency-stop',
  text: `SELECT stopped, value AS change FROM emergency_stop, counters WHERE name = 'emergency_stop'`,
};
const COUNT: Statement = {
  name: 'count-emergency-stop',
  text: `UPDATE counters SET value = value + 1 WHERE name = 'emergency_stop' AND value = $1 RETURNING value`,
};
const SET: Statement = { name: 'set-emergency-stop', text: 'UPDATE emergency_stop SET stopped = $1::jsonb' };

export async function readStop(transaction: Transaction): Promise<StandingStop> {
  const [row] = await transaction.rows<{ readonly stopped: Halt | null; readonly change: number }>(READ);
  return { stopped: row?.stopped ?? null, change: Number(row?.change ?? 0) };
}

export async function changeStop(transaction: Transaction, stopped: Halt | null, after: number): Promise<StandingStop> {
  const counted = await transaction.rows(COUNT, [after]);
  if (counted.length > 0) await transaction.rows(SET, [stopped === null ? null : JSON.stringify(stopped)]);
  return readStop(transaction);
}
