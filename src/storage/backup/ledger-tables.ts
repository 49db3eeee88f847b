/** The ledger's tables as its catalogue tells them: what a backup reads, and what a restore fills. */
import { SuhoError } from '../../errors.js';
import type { Statement, Transaction } from '../ledger/transaction.js';

export interface LedgerTable {
  readonly name: string;
  /** Those that are stored; generated ones follow from them. */
  readonly columns: readonly string[];
  /** The role that a transaction across all tenants may read it as. */
  readonly reader: 'suho_reader' | 'suho_engine' | null;
  /** Whether row security holds its owner too. */
  readonly forced: boolean;
}

/** What the owner of the tables has itself; parts of a table are read and filled through it. */
const TABLES: Statement = {
  name: 'backup-tables',
  text: `SELECT relname AS name,
      array(SELECT attname::text FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
      CASE WHEN has_table_privilege('suho_reader', pg_class.oid, 'SELECT') THEN 'suho_reader'
        WHEN NOT relrowsecurity AND has_table_privilege('suho_engine', pg_class.oid, 'SELECT') THEN 'suho_engine' END AS reader,
      relforcerowsecurity AS forced
    FROM pg_class WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('schema_migrations'))
      AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_migrations' ORDER BY relname COLLATE "C"`,
};

export function tablesOf(transaction: Transaction): Promise<readonly LedgerTable[]> {
  return transaction.rows<LedgerTable>(TABLES);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const FETCH_ROWS = 1_000;

/** The table's rows, each as the JSON that the database makes of it: no number passes through a double of ours. */
export async function* rowsOf(
  transaction: Transaction,
  { name, columns, reader }: LedgerTable,
): AsyncGenerator<readonly string[]> {
  if (reader === null) throw new SuhoError('LEDGER_FAILED', `The ledger’s table ${name} may be read by no role of the engine.`);
  const cursor = quoted(`backup_${name}`);
  await transaction.script(`SET LOCAL ROLE ${reader}; DECLARE ${cursor} NO SCROLL CURSOR FOR
    SELECT row_to_json(one)::text AS line FROM (SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)}) AS one`);
  const fetch: Statement = { name: `fetch-${name}`, text: `FETCH ${FETCH_ROWS} FROM ${cursor}` };
  for (;;) {
    const rows = await transaction.rows<{ line: string }>(fetch);
    if (rows.length > 0) yield rows.map(({ line }) => line);
    if (rows.length < FETCH_ROWS) break;
  }
  await transaction.script(`CLOSE ${cursor}`);
}
