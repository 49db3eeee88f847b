/** Lists that people read are read along an index that has their order, by tenant, account and over all, with filters and without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reach } from '../../../src/access/principal.js';
import { LIMITS } from '../../../src/limits.js';
import type { Page } from '../../../src/storage/ledger/ledger.js';
import type { LedgerReads, PageWish } from '../../../src/storage/ledger/reads.js';
import { accountId, newSignal, START_MS } from '../../contracts/ledger-world.js';
import { readWorld } from '../../contracts/reads-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';

const ALL: Reach = { kind: 'all' };
const NORTH: Reach = { kind: 'tenant', tenantId: 'north' };

type Ask = (reads: LedgerReads, reach: Reach, page: PageWish, accountId?: string) => Promise<Page<unknown>>;
const ASKS: readonly Ask[] = [
  (reads, reach, page) => reads.tenants(reach, page),
  (reads, reach, page) => reads.accounts(reach, {}, page),
  (reads, reach, page, of) => reads.signals(reach, { accountId: of, fromMs: START_MS }, page),
  (reads, reach, page, of) => reads.signals(reach, { accountId: of, symbol: 'EURUSD', state: 'SENT' }, page),
  (reads, reach, page, of) => reads.refusals(reach, { accountId: of, toMs: START_MS * 2 }, page),
  (reads, reach, page, of) => reads.refusals(reach, { accountId: of, reason: 'spread' }, page),
  (reads, reach, page, of) => reads.executions(reach, { accountId: of }, page),
  (reads, reach, page, of) => reads.executions(reach, { accountId: of, outcome: 'EXECUTED' }, page),
  (reads, reach, page, of) => reads.deals(reach, { accountId: of }, page),
  (reads, reach, page, of) => reads.deals(reach, { accountId: of, symbol: 'EURUSD' }, page),
  (reads, reach, page, of) => reads.riskEvents(reach, { accountId: of, kind: 'drawdown' }, page),
  (reads, reach, page) => reads.audit(reach, { kind: 'signal.raised' }, page),
  (reads, reach, page) => reads.audit(reach, { subject: newSignal(1, 1).id }, page),
  (reads, reach, page) => reads.auditChain(reach, 'entries', page),
];

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
}

const VALUES: Readonly<Record<string, string>> = {
  uuid: `'${accountId(1)}'`,
  text: `'north'`,
  bigint: `${START_MS}`,
  integer: '5',
  'numeric(20,0)': '5',
  numeric: '5',
};

/** A table that is read otherwise than in an index’s order, and what is collected whole to be sorted. */
function faultsOf(node: PlanNode, inWay = false): readonly string[] {
  const { 'Node Type': kind, 'Relation Name': table } = node;
  const read = table !== undefined && !kind.startsWith('Index') ? [`${kind} of ${table}`] : [];
  const sorted = kind === 'Sort' && !inWay && JSON.stringify(node).includes('"Relation Name"') ? ['a sort of a table'] : [];
  return [...read, ...sorted, ...(node.Plans ?? []).flatMap((inner) => faultsOf(inner, inWay))];
}

test('each list that people read comes in an index’s order, before there are statistics', async () => {
  const under = await embeddedUnderTest();
  try {
    const { ledger, side } = under;
    await readWorld(ledger);
    for (const ask of ASKS)
      for (const [reach, of] of [[ALL], [NORTH], [NORTH, accountId(1)]] as const) {
        const { next } = await ask(ledger.reads, reach, { most: 1 }, of);
        if (next !== undefined) await ask(ledger.reads, reach, { most: 1, after: next }, of);
      }
    await ledger.reads.signal(NORTH, newSignal(1, 1).id);
    await ledger.reads.balances(NORTH, { accountId: accountId(1), fromMs: START_MS, toMs: START_MS + 100, points: 5 });
    const prepared = `SELECT name, parameter_types::text[] AS types FROM pg_prepared_statements WHERE name LIKE 'view-%' ORDER BY name`;
    const { rows } = await side.query<{ name: string; types: readonly string[] }>(prepared);
    assert.ok(rows.length >= 40, `only ${rows.length} lists were prepared`);
    const faults: string[] = [];
    for (const role of ['suho_reader', 'suho_engine']) {
      await side.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL app.current_tenant = 'north'; SET LOCAL enable_sort = off;
        SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan`);
      for (const { name, types } of rows) {
        const values = types.map((type) => VALUES[type] ?? 'NULL').join(', ');
        const explain = `EXPLAIN (FORMAT JSON) EXECUTE "${name}"(${values})`;
        const plans = await side.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(explain);
        const root = plans.rows[0]?.['QUERY PLAN'][0].Plan;
        assert.ok(root, name);
        faults.push(...faultsOf(root).map((fault) => `${name} as ${role}: ${fault}`));
      }
      await side.query('ROLLBACK');
    }
    assert.deepEqual(faults, []);
  } finally {
    await under.close();
  }
});

test('a filter that few rows meet looks at a bounded number of them a page, and says where to go on', async () => {
  const under = await embeddedUnderTest();
  try {
    const { ledger } = under;
    await readWorld(ledger);
    const rows = LIMITS.reads.metRows + 50;
    await under.statement(`INSERT INTO signal_refusals SELECT account_id, tenant_id, strategy, symbol, timeframe,
      close_time_ms + 1000000000 + n, direction, 'spread-wide', figures, created_at_ms
      FROM signal_refusals, generate_series(1, ${rows}) AS n WHERE account_id = '${accountId(1)}'`);
    const first = await ledger.reads.refusals(NORTH, { reason: 'quote-stale' }, { most: 100 });
    assert.deepEqual(first.rows, []);
    assert.ok(first.next);
    const second = await ledger.reads.refusals(NORTH, { reason: 'quote-stale' }, { most: 100, after: first.next });
    assert.equal(second.rows.length, 3);
    assert.equal(second.next, undefined);
  } finally {
    await under.close();
  }
});
