/** Reads what the judge holds together: the ledger over its own connection, records and books of the swarm. */
import pg from 'pg';
import { readBooks } from '../../src/demo/simulated-day.js';
import { type AuditRow, auditRows, verifyAudit } from '../../src/storage/audit/audit-log.js';
import type { AccountRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import type { PostgresLedger } from '../../src/storage/ledger/postgres.js';
import type { BrokerBook, ChaosEvidence } from './judge.js';
import type { Swarm } from './swarm.js';

async function accountsOf(ledger: PostgresLedger): Promise<readonly AccountRow[]> {
  const rows: AccountRow[] = [];
  for (let page = await ledger.listAccounts({}); ; page = await ledger.listAccounts({ after: page.next })) {
    rows.push(...page.rows);
    if (page.next === undefined) return rows;
  }
}

const TENANT_TABLES = ['accounts', 'signals', 'signal_refusals', 'executions', 'deals', 'commands'];

/** As each tenant, by the node’s own login: the rows of others that are shown. */
async function throughWalls(url: string, tenants: readonly string[]): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const seen: string[] = [];
  try {
    for (const tenant of tenants) {
      await client.query('BEGIN; SET LOCAL ROLE suho_engine');
      await client.query(`SELECT set_config('app.current_tenant', $1, true)`, [tenant]);
      for (const table of TENANT_TABLES) {
        const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table} WHERE tenant_id <> $1`, [tenant]);
        if (rows[0]?.count !== 0) seen.push(`${tenant} is shown ${rows[0]?.count} rows of others in ${table}`);
      }
      await client.query('COMMIT');
    }
  } finally {
    await client.end();
  }
  return seen;
}

export interface EvidenceSources {
  readonly ledger: PostgresLedger;
  /** Of the node’s login. */
  readonly url: string;
  readonly swarm: Swarm;
  readonly lives: readonly (readonly SignalRow[])[];
}

export async function gather({ ledger, url, swarm, lives }: EvidenceSources): Promise<ChaosEvidence> {
  const books = await readBooks(ledger);
  const accounts = await accountsOf(ledger);
  const rows: AuditRow[] = [];
  for await (const row of auditRows(ledger)) rows.push(row);
  const brokers = new Map<string, BrokerBook>(
    swarm.fleet.terminals.map(({ accountId, broker }) => [
      accountId,
      { deals: broker.book.deals, positions: [...broker.book.positions.values()] },
    ]),
  );
  return {
    books,
    accounts,
    lives,
    records: swarm.fleet.signals(),
    brokers,
    commanded: swarm.commanded(),
    audit: { rows, report: await verifyAudit(asRows(rows)) },
    seenThroughWalls: await throughWalls(url, [...new Set(accounts.map(({ tenantId }) => tenantId))]),
  };
}

async function* asRows(rows: readonly AuditRow[]): AsyncGenerator<AuditRow> {
  yield* rows;
}
