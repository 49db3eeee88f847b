/** What the ledger needs done to its tables themselves, by their owner. */
import { SuhoError } from '../../errors.js';
import type { Statement, Transaction, Transactions } from './transaction.js';

/** 30 days, as the chunks of a hypertable. */
export const PART_MS = 30 * 86_400_000;
/** The one series that is cut into parts by time. */
const SERIES = 'balances';

const OWNERSHIP: Statement = {
  name: 'ownership',
  text: `SELECT pg_has_role(session_user, relowner, 'MEMBER') AS mine, relkind::text AS relkind
    FROM pg_class WHERE oid = to_regclass('${SERIES}')`,
};
const PARTS: Statement = {
  name: 'parts',
  text: `SELECT substring(part.relname FROM '^${SERIES}_(\\d+)$')::bigint AS from_ms
    FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
    WHERE inhparent = '${SERIES}'::regclass AND part.relname ~ '^${SERIES}_\\d+$' ORDER BY 1`,
};
const MAKE_PART: Statement = { name: 'make-part', text: `SELECT make_partition('${SERIES}', $1, $2) AS part` };
const ANYTHING_BEFORE: Statement = {
  name: 'series-before',
  text: `SELECT EXISTS (SELECT FROM ${SERIES} WHERE at_ms < $1) AS some`,
};
const DROP_CHUNKS: Statement = { name: 'drop-chunks', text: `SELECT drop_chunks('${SERIES}', older_than => $1::bigint) AS part` };
const OWN_TABLES: Statement = {
  name: 'own-tables',
  text: `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND pg_has_role(session_user, relowner, 'MEMBER') ORDER BY 1`,
};

export interface PartsChange {
  readonly made: number;
  readonly dropped: number;
}

export class LedgerUpkeep {
  constructor(readonly transactions: Pick<Transactions, 'run'>) {}

  /** Makes the parts for the time up to `untilMs`; drops those that end by `emptyBeforeMs` and have no row left. */
  async parts(nowMs: number, untilMs: number, emptyBeforeMs: number): Promise<PartsChange> {
    const [owned] = await this.transactions.run('login', (transaction) =>
      transaction.rows<{ mine: boolean; relkind: string }>(OWNERSHIP),
    );
    if (owned?.mine !== true)
      throw new SuhoError('LEDGER_FAILED', 'only the owner of the ledger’s tables may make parts of them, and this login is not');
    if (owned.relkind !== 'p') return { made: 0, dropped: await this.#dropChunks(emptyBeforeMs) };
    let made = 0;
    for (let from = Math.floor(nowMs / PART_MS) * PART_MS; from <= untilMs; from += PART_MS)
      if (await this.#own((transaction) => makePart(transaction, from))) made += 1;
    let dropped = 0;
    const parts = await this.#own((transaction) => transaction.rows<{ from_ms: number }>(PARTS));
    for (const { from_ms: from } of parts)
      if (from + PART_MS <= emptyBeforeMs && (await this.#own((transaction) => dropEmptyPart(transaction, from)))) dropped += 1;
    return { made, dropped };
  }

  /** Has the planner look at the tables anew, one transaction each; answers how many: none that are another's. */
  async analyse(signal: AbortSignal): Promise<number> {
    const tables = await this.transactions.run('login', (transaction) => transaction.rows<{ name: string }>(OWN_TABLES));
    for (const { name } of tables) {
      signal.throwIfAborted();
      await this.#own((transaction) => transaction.script(`ANALYZE ${name}`));
    }
    return tables.length;
  }

  #own<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.transactions.run('owner', work);
  }

  /** The owner sees no row of the series, so somebody who does is asked whether any is left. */
  async #dropChunks(emptyBeforeMs: number): Promise<number> {
    const [left] = await this.transactions.run('reader', (transaction) =>
      transaction.rows<{ some: boolean }>(ANYTHING_BEFORE, [emptyBeforeMs]),
    );
    if (left?.some !== false) return 0;
    return (await this.#own((transaction) => transaction.rows(DROP_CHUNKS, [emptyBeforeMs]))).length;
  }
}

async function makePart(transaction: Transaction, fromMs: number): Promise<boolean> {
  const [made] = await transaction.rows<{ part: string | null }>(MAKE_PART, [fromMs, fromMs + PART_MS]);
  return typeof made?.part === 'string';
}

/** Under a lock that lets nobody write to the part between the look and the drop. */
async function dropEmptyPart(transaction: Transaction, fromMs: number): Promise<boolean> {
  const part = `partitions.${SERIES}_${fromMs}`;
  await transaction.script(`LOCK TABLE ${part} IN ACCESS EXCLUSIVE MODE`);
  const [row] = await transaction.rows<{ some: boolean }>({
    name: `part-${fromMs}`,
    text: `SELECT EXISTS (SELECT FROM ${part}) AS some`,
  });
  if (row?.some !== false) return false;
  await transaction.script(`DROP TABLE ${part}`);
  return true;
}
