/** The jobs in the ledger: each call is one statement in a transaction of its own, since PGlite has one connection for all. */
import type { JobEnd, JobState, JobTable, NewJob, Taking } from '../jobs/job-table.js';
import { type Columns, recordset, selectList } from './columns.js';
import type { Statement, Transactions } from './transaction.js';

const JOB_COLUMNS: Columns<JobState> = {
  name: { column: 'name', type: 'text' },
  everyMs: { column: 'every_ms', type: 'bigint' },
  offsetMs: { column: 'offset_ms', type: 'bigint' },
  dueAt: { column: 'due_at_ms', type: 'bigint' },
  startAt: { column: 'start_at_ms', type: 'bigint' },
  holder: { column: 'holder', type: 'text' },
  leaseUntil: { column: 'lease_until_ms', type: 'bigint' },
  epoch: { column: 'epoch', type: 'bigint' },
  runs: { column: 'runs', type: 'bigint' },
  failures: { column: 'failures', type: 'integer' },
  startedAt: { column: 'started_at_ms', type: 'bigint' },
  endedAt: { column: 'ended_at_ms', type: 'bigint' },
  outcome: { column: 'outcome', type: 'text' },
  sentence: { column: 'sentence', type: 'text' },
};
const JOB = selectList(JOB_COLUMNS);

const REGISTER: Statement = {
  name: 'register-jobs',
  text: `INSERT INTO jobs (name, every_ms, offset_ms, due_at_ms, start_at_ms)
    SELECT name, "everyMs", "offsetMs", "dueAt", "startAt"
      FROM ${recordset('$1', JOB_COLUMNS, ['name', 'everyMs', 'offsetMs', 'dueAt', 'startAt'])}
    ON CONFLICT (name) DO UPDATE SET every_ms = excluded.every_ms, offset_ms = excluded.offset_ms,
      due_at_ms = excluded.due_at_ms, start_at_ms = excluded.start_at_ms
    WHERE jobs.every_ms <> excluded.every_ms OR jobs.offset_ms <> excluded.offset_ms OR jobs.due_at_ms > excluded.due_at_ms`,
};
const LIST: Statement = { name: 'list-jobs', text: `SELECT ${JOB} FROM jobs ORDER BY name` };
const TAKE: Statement = {
  name: 'take-job',
  text: `UPDATE jobs SET holder = $2, lease_until_ms = $4, epoch = epoch + 1, runs = runs + 1, started_at_ms = $3
    WHERE name = $1 AND lease_until_ms <= $3 AND ($5::boolean OR start_at_ms <= $3) RETURNING ${JOB}`,
};
const RENEW: Statement = {
  name: 'renew-job',
  text: 'UPDATE jobs SET lease_until_ms = $3 WHERE name = $1 AND epoch = $2 AND holder IS NOT NULL RETURNING name',
};
const END: Statement = {
  name: 'end-job',
  text: `UPDATE jobs SET holder = NULL, lease_until_ms = 0, due_at_ms = $3, start_at_ms = $4, failures = $5, ended_at_ms = $6,
      outcome = $7, sentence = $8
    WHERE name = $1 AND epoch = $2 AND holder IS NOT NULL RETURNING name`,
};

export class SqlJobs implements JobTable {
  constructor(readonly transactions: Pick<Transactions, 'run'>) {}

  async register(jobs: readonly NewJob[]): Promise<void> {
    await this.#rows(REGISTER, [JSON.stringify(jobs)]);
  }

  list(): Promise<readonly JobState[]> {
    return this.#rows(LIST, []);
  }

  async take({ name, holder, nowMs, leaseUntil, early }: Taking): Promise<JobState | undefined> {
    return (await this.#rows(TAKE, [name, holder, nowMs, leaseUntil, early]))[0];
  }

  async renew(name: string, epoch: number, leaseUntil: number): Promise<boolean> {
    return (await this.#rows(RENEW, [name, epoch, leaseUntil])).length > 0;
  }

  async end({ name, epoch, dueAt, startAt, failures, endedAt, outcome, sentence }: JobEnd): Promise<boolean> {
    return (await this.#rows(END, [name, epoch, dueAt, startAt, failures, endedAt, outcome, sentence])).length > 0;
  }

  #rows(statement: Statement, values: readonly unknown[]): Promise<readonly JobState[]> {
    return this.transactions.run('engine', (transaction) => transaction.rows<JobState>(statement, values));
  }
}
