/** SQL ledgers for the contract: an embedded one, and one on a PostgreSQL server. */
import pg from 'pg';
import { startEmbeddedLedger } from '../../src/storage/ledger/embedded.js';
import { PostgresLedger } from '../../src/storage/ledger/postgres.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { startPostgres } from '../support/postgres-server.js';
import type { AuditedLedger } from './audit.contract.js';

export interface SqlLedgerUnderTest extends AuditedLedger {
  readonly ledger: PostgresLedger;
  /** A connection of somebody else. */
  readonly side: pg.Client;
  /** The role that the tables belong to. */
  readonly owner: string;
  /** Statements past the ledger, as the owner of its tables, over a connection of its own; answers the rows of the last. */
  readonly statement: (text: string) => Promise<readonly Record<string, unknown>[]>;
}

const EMPTY = `TRUNCATE tenants, accounts, sessions, account_symbols, signals, signal_refusals, signal_lineage, executions, deals, commands,
    audit_entries, audit_heads, audit_anchors,
    balances, risk_events, compliance_reports, consents, models, model_parts, usage, jobs, history_marks, archive_objects, account_restores, users, sign_ins;
  UPDATE counters SET value = 0`;

export interface ServerUnderTest extends SqlLedgerUnderTest {
  /** Of the owner of its tables. */
  readonly ownerUrl: string;
}

async function underTest(
  ledger: PostgresLedger,
  side: pg.Client,
  owner: string,
  end: () => PromiseLike<void>,
): Promise<SqlLedgerUnderTest> {
  await side.connect();
  const statement = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    try {
      // Many statements in one text are answered by as many results.
      const results = (await side.query(`BEGIN; SET LOCAL ROLE ${owner}; ${text}; COMMIT`)) as unknown as pg.QueryResult[];
      return results.at(-2)?.rows ?? [];
    } catch (error) {
      await side.query('ROLLBACK');
      throw error;
    }
  };
  return {
    ledger,
    side,
    owner,
    statement,
    reset: async () => {
      await statement(EMPTY);
    },
    withoutAudit: async (work) => {
      await statement('REVOKE INSERT ON audit_entries FROM suho_engine');
      try {
        await work();
      } finally {
        await statement('GRANT INSERT ON audit_entries TO suho_engine');
      }
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
  return underTest(ledger, side, 'postgres', () => folder[Symbol.asyncDispose]());
}

/** The engine's login is what an operator is told to make: no right of its own, a member of the engine's roles. */
export async function serverUnderTest(): Promise<ServerUnderTest> {
  const server = await startPostgres();
  const owner = new PostgresLedger({ url: server.url, connections: 1 });
  await owner.migrate();
  await owner.close();
  const maker = new pg.Client({ connectionString: server.url });
  await maker.connect();
  await maker.query('CREATE ROLE node LOGIN NOINHERIT; GRANT suho_engine, suho_reader, suho_keeper TO node');
  // For the tests' own statements: the engine's login is no member of it.
  await maker.query('CREATE ROLE side LOGIN NOINHERIT; GRANT suho_engine, suho_reader, suho_keeper, suho TO side');
  await maker.end();
  const ledger = new PostgresLedger({ url: server.urlOf('node'), connections: 4 });
  const side = new pg.Client({ connectionString: server.urlOf('side') });
  const under = await underTest(ledger, side, 'suho', () => server[Symbol.asyncDispose]());
  return { ...under, ownerUrl: server.url };
}
