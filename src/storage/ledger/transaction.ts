/**
 * The one place where a transaction opens. Row-level security will be switched on here, for every statement at once; and
 * here PGlite's habits are met: its clients share one session, so nothing is set but LOCAL to a transaction, and what an
 * earlier connection prepared is dropped when a new one starts.
 *
 * Statements of one transaction may be sent without waiting for each other (`send`, and `rows` called twice before either
 * is awaited): the connection keeps them in order, and the first that fails fails all that follow, COMMIT included.
 */
import pg from 'pg';
import { SuhoError, sentence } from '../../errors.js';
import { assert } from '../../runtime/assert.js';

const STATEMENT_MOST_MS = 30_000;
const CONNECT_MOST_MS = 10_000;
const INT8_OID = 20;

/** A statement prepared once a connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Transaction {
  rows<Row extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Sent now, waited for with COMMIT; fails the transaction unless it touches `expected` rows, where that is given. */
  send(statement: Statement, values: readonly unknown[], expected?: number): void;
  /** A script of statements without parameters. */
  script(text: string): Promise<void>;
}

export interface LedgerConnection {
  /** `postgres://…`; or the folder of a socket. */
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly connections: number;
}

function poolOf(connection: LedgerConnection): pg.Pool {
  const pool = new pg.Pool({
    ...(connection.url === undefined
      ? { host: connection.host, port: connection.port, user: 'postgres', database: 'postgres' }
      : { connectionString: connection.url }),
    max: connection.connections,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_MOST_MS,
    query_timeout: STATEMENT_MOST_MS,
    application_name: 'suho',
    pipeline: true,
    types: {
      // Every bigint of the schema stays below 2^53 or is read as text.
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
    onConnect: async (client: pg.ClientBase) => {
      await client.query('DISCARD ALL');
    },
  } as pg.PoolConfig);
  // A connection that breaks while idle is replaced at the next transaction, which reports what it meets.
  pool.on('error', () => {});
  return pool;
}

/** Sends the statements of one transaction over one connection, and remembers what must still succeed. */
class OpenTransaction implements Transaction {
  readonly #sent: Promise<unknown>[] = [];

  constructor(readonly client: pg.PoolClient) {}

  async rows<Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.client.query<Row>({ ...statement, values: [...values] })).rows;
  }

  send(statement: Statement, values: readonly unknown[], expected?: number): void {
    const done = this.client.query({ ...statement, values: [...values] }).then(({ rowCount }) => {
      assert(expected === undefined || rowCount === expected, `${statement.name} touched ${rowCount} rows of ${expected}`);
    });
    this.#keep(done);
  }

  async script(text: string): Promise<void> {
    await this.client.query(text);
  }

  begin(): void {
    // Each statement sees what was committed when it began: what is read after a lock is what stands under it.
    this.#keep(this.client.query('BEGIN ISOLATION LEVEL READ COMMITTED'));
  }

  async commit(): Promise<void> {
    await this.settle();
    // COMMIT of a transaction that has failed answers ROLLBACK, without an error.
    const { command } = await this.client.query('COMMIT');
    assert(command === 'COMMIT', `the database answered ${command} to COMMIT`);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#sent);
  }

  #keep(done: Promise<unknown>): void {
    // Awaited later: marked as handled now, or a failure in between would end the process.
    done.catch(() => {});
    this.#sent.push(done);
  }
}

export class Transactions {
  readonly #pool: pg.Pool;

  constructor(connection: LedgerConnection) {
    this.#pool = poolOf(connection);
  }

  /**
   * Runs `work` in a transaction and commits it. A SuhoError thrown by `work` rolls back and passes; anything else becomes
   * LEDGER_FAILED. Where the connection breaks while COMMIT is under way nobody can tell whether it happened: the caller
   * sends the same again, and what was stored is recognised.
   */
  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw new SuhoError('UNREACHABLE', `The ledger does not answer: ${sentence(error)}.`, { cause: error });
    }
    const transaction = new OpenTransaction(client);
    try {
      transaction.begin();
      const result = await work(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (error) {
      await rollBack(client);
      if (error instanceof SuhoError) throw error;
      throw new SuhoError('LEDGER_FAILED', `The ledger could not store a transaction: ${sentence(error)}.`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

async function rollBack(client: pg.PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}
