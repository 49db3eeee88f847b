/**
 * The one place where a transaction opens. Each takes a role first and, where it works for a tenant, names it before the
 * tenant's statements, so that row security filters every statement alike: what a statement forgets to ask for, it does not
 * get. The login itself has no right to any table, so a statement that comes another way fails (docs/decisions/0014).
 *
 * Here PGlite's habits are met too: its clients share one session, so nothing is set but LOCAL to a transaction, and what an
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

/**
 * Every table is reached by an index, always, and one plan serves all values: nothing gathers statistics in the embedded engine, on a
 * server they come minutes after the rows, and a plan made while a table was empty, or for more rows than an EA ever sends, reads it whole.
 */
const BY_INDEXES = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']
  .map((setting) => `SET ${setting} = off`)
  .concat('SET plan_cache_mode = force_generic_plan')
  .join('; ');

/** A statement prepared once a connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * What a transaction may do. `engine`: read and write the rows of the tenant that it names, one at a time. `viewer`: read them, in
 * an order that an index has. `reader`: read the rows of all tenants. `viewer-of-all`: the same, as a viewer does. `snapshot`: the same, as they all stood at its first statement. `keeper`: take out of the tables what is
 * past its time. `owner`: change the schema. `login`: what touches no table.
 */
export type Scope = 'engine' | 'viewer' | 'reader' | 'viewer-of-all' | 'snapshot' | 'keeper' | 'owner' | 'login';

export interface Transaction {
  /** The statements that follow are this tenant's. */
  actFor(tenantId: string): void;
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
  /** How long a statement may take; 0 is for ever. */
  readonly statementMs?: number;
}

function poolOf(connection: LedgerConnection): pg.Pool {
  const pool = new pg.Pool({
    ...(connection.url === undefined
      ? { host: connection.host, port: connection.port, user: 'postgres', database: 'postgres' }
      : { connectionString: connection.url }),
    max: connection.connections,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_MOST_MS,
    query_timeout: connection.statementMs ?? STATEMENT_MOST_MS,
    application_name: 'suho',
    pipeline: true,
    types: {
      // Every bigint of the schema stays below 2^53 or is read as text.
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
    onConnect: async (client: pg.ClientBase) => {
      // One that breaks between two statements of a transaction: the next statement reports it.
      client.on('error', () => {});
      await client.query('DISCARD ALL');
      await client.query(BY_INDEXES);
    },
  } as pg.PoolConfig);
  // A connection that breaks while idle is replaced at the next transaction, which reports what it meets.
  pool.on('error', () => {});
  return pool;
}

const ACT_FOR: Statement = { name: 'act-for', text: `SELECT set_config('app.current_tenant', $1, true)` };

// Each statement sees what was committed when it began: what is read after a lock is what stands under it.
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';
/** Whom the tables belong to; before there are any, whoever may make them: the login, or the database's owner. */
const TAKE_OWNER = `SELECT set_config('role', coalesce(
    (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('schema_migrations')),
    CASE WHEN has_schema_privilege(session_user, current_schema(), 'CREATE') THEN session_user END,
    (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())), true)`;
/** Rows come in the order of an index, so that a list stops where its page is full: nothing is collected to be sorted. */
const AS_THEY_LIE = 'SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off';
const OPENINGS: Readonly<Record<Scope, string>> = {
  // '' is no tenant: what a session may have been told before counts for nothing here.
  engine: `${BEGIN}; SET LOCAL ROLE suho_engine; SET LOCAL app.current_tenant = ''`,
  viewer: `${BEGIN} READ ONLY; SET LOCAL ROLE suho_engine; SET LOCAL app.current_tenant = ''; ${AS_THEY_LIE}`,
  reader: `${BEGIN} READ ONLY; SET LOCAL ROLE suho_reader`,
  'viewer-of-all': `${BEGIN} READ ONLY; SET LOCAL ROLE suho_reader; ${AS_THEY_LIE}`,
  keeper: `${BEGIN}; SET LOCAL ROLE suho_keeper`,
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL ROLE suho_reader',
  owner: `${BEGIN}; ${TAKE_OWNER}`,
  login: BEGIN,
};

const IN_FAILED_TRANSACTION = '25P02';
/** Somebody who shares the session has dropped what this connection had prepared: a new one prepares it again. */
const PREPARED_STATEMENT_MISSING = '26000';

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Whether the database would refuse the same rows however often they came: a value it cannot hold, or a rule that they break. */
export function isRefusedForGood(error: unknown): boolean {
  const cause = error instanceof SuhoError ? error.cause : error;
  return /^2[23]/.test(sqlState(cause) ?? '');
}

/** Sends the statements of one transaction over one connection, and remembers what must still succeed. */
class OpenTransaction implements Transaction {
  readonly #sent: Promise<unknown>[] = [];
  #tenantId = '';

  constructor(
    readonly client: pg.PoolClient,
    readonly scope: Scope,
  ) {
    this.#keep(client.query(OPENINGS[scope]));
  }

  actFor(tenantId: string): void {
    assert(this.scope === 'engine' || this.scope === 'viewer', `a transaction of scope ${this.scope} acts for no tenant`);
    if (tenantId === this.#tenantId) return;
    this.#tenantId = tenantId;
    this.send(ACT_FOR, [tenantId], 1);
  }

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

  async commit(): Promise<void> {
    await this.settle();
    // COMMIT of a transaction that has failed answers ROLLBACK, without an error.
    const { command } = await this.client.query('COMMIT');
    assert(command === 'COMMIT', `the database answered ${command} to COMMIT`);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#sent);
  }

  /** Why the transaction failed, where the error only says that it had failed before: the first failure of what was sent. */
  async causeOf(error: unknown): Promise<unknown> {
    if (sqlState(error) !== IN_FAILED_TRANSACTION) return error;
    const ends = await Promise.allSettled(this.#sent);
    const first = ends.find((end): end is PromiseRejectedResult => end.status === 'rejected');
    return first?.reason ?? error;
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
   * Runs `work` in a transaction of the scope and commits it. A SuhoError thrown by `work` rolls back and passes; anything else becomes
   * LEDGER_FAILED. Where the connection breaks while COMMIT is under way nobody can tell whether it happened: the caller
   * sends the same again, and what was stored is recognised.
   */
  async run<T>(scope: Scope, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw new SuhoError('UNREACHABLE', `The ledger does not answer: ${sentence(error)}.`, { cause: error });
    }
    const transaction = new OpenTransaction(client, scope);
    try {
      const result = await work(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (error) {
      const cause = await transaction.causeOf(error);
      await rollBack(client, sqlState(cause) === PREPARED_STATEMENT_MISSING);
      if (cause instanceof SuhoError) throw cause;
      throw new SuhoError('LEDGER_FAILED', `The ledger could not store a transaction: ${sentence(cause)}.`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** `spent`: the connection is not used again. */
async function rollBack(client: pg.PoolClient, spent: boolean): Promise<void> {
  try {
    await client.query('ROLLBACK');
    client.release(spent);
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}
