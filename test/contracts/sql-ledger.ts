/** SQL ledgers for the contract: an embedded one, and one on a PostgreSQL server. */
import pg from 'pg';
import { startEmbeddedLedger } from '../../src/storage/ledger/embedded.js';
import { PostgresLedger } from '../../src/storage/ledger/postgres.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { startPostgres } from '../support/postgres-server.js';
import type { LedgerUnderTest } from './ledger.contract.js';

export interface SqlLedgerUnderTest extends LedgerUnderTest {
  readonly ledger: PostgresLedger;
  /** A statement past the ledger, over a connection of its own. */
  readonly statement: (text: string) => Promise<readonly Record<string, unknown>[]>;
}

const EMPTY = `TRUNCATE tenants, accounts, sessions, account_symbols, signals, signal_refusals, executions, deals;
  UPDATE counters SET value = 0`;

async function underTest(ledger: PostgresLedger, side: pg.Client, end: () => PromiseLike<void>): Promise<SqlLedgerUnderTest> {
  await side.connect();
  const statement = async (text: string) => ((await side.query(text)).rows ?? []) as readonly Record<string, unknown>[];
  return {
    ledger,
    statement,
    reset: async () => {
      await statement(EMPTY);
    },
    close: async () => {
      await side.end();
      await ledger.close();
      await end();
    },
  };
}

export async function embeddedUnderTest(): Promise<SqlLedgerUnderTest> {
  const folder = await ledgerFolder();
  const embedded = await startEmbeddedLedger({ folder: folder.path });
  const { host, port } = embedded.connection;
  const side = new pg.Client({ host, port, user: 'postgres', database: 'postgres' } as pg.ClientConfig);
  const ledger = new PostgresLedger(embedded.connection, () => embedded.close());
  return underTest(ledger, side, () => folder[Symbol.asyncDispose]());
}

export async function serverUnderTest(): Promise<SqlLedgerUnderTest> {
  const server = await startPostgres();
  const ledger = new PostgresLedger({ url: server.url, connections: 4 });
  await ledger.migrate();
  return underTest(ledger, new pg.Client({ connectionString: server.url }), () => server[Symbol.asyncDispose]());
}
