import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deal, hello, newSignal, raise, refuse, result, settle, transition } from '../../contracts/ledger-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Any value of the type: a plan is made for all. */
const ANY_VALUE: Readonly<Record<string, string>> = {
  json: `'[]'`,
  'uuid[]': `'{}'`,
  'text[]': `'{}'`,
  uuid: `'00000000-0000-0000-0000-000000000000'`,
  text: `'x'`,
  bigint: '0',
  integer: '0',
};

/** Parts of the plan that read a table otherwise than by looking keys up in an index. */
function readsWhole(node: PlanNode): readonly string[] {
  const { 'Node Type': kind, 'Relation Name': table, 'Index Cond': found, 'Recheck Cond': rechecked } = node;
  const condition = found ?? rechecked ?? '';
  // A scan of all that the tenant has is found by an index too.
  const whole = table !== undefined && kind.includes('Scan') && (condition === '' || condition.includes('current_setting'));
  return [...(whole ? [`${kind} of ${table}`] : []), ...(node.Plans ?? []).flatMap(readsWhole)];
}

test('under row security each statement of a commit and a claim still finds its rows by key, before there are statistics', async () => {
  const under = await embeddedUnderTest();
  try {
    const { ledger, side } = under;
    await settle(ledger, 2);
    await ledger.claim(hello(1));
    const signal = newSignal(1, 1);
    const described = [{ brokerName: 'X', symbol: null, details: {} }];
    await ledger.commit([
      raise(1, 1, {}, 1),
      transition(signal, ['SENT'], 'UNKNOWN', { epoch: 1 }),
      result(signal, 'EXECUTED', {}, 1),
      deal(1, '5', 'IN', 0.3, signal.id, {}, 1),
      refuse(1, 2, {}, 1),
      { kind: 'symbols', accountId: signal.accountId, epoch: 1, symbols: described },
    ]);
    await ledger.commit([transition(signal, ['EXECUTED'], 'CLOSED', { epoch: 1 })]);

    // What the ledger has prepared is in the session that all clients of PGlite share.
    const prepared = `SELECT name, parameter_types::text[] AS types FROM pg_prepared_statements ORDER BY name`;
    const { rows } = await side.query<{ name: string; types: readonly string[] }>(prepared);
    assert.ok(rows.length >= 20, `only ${rows.length} statements were prepared`);
    const faults: string[] = [];
    await side.query(`BEGIN; SET LOCAL ROLE suho_engine; SET LOCAL app.current_tenant = 'north'`);
    for (const { name, types } of rows) {
      const values = types.map((type) => ANY_VALUE[type] ?? 'NULL').join(', ');
      const explain = `EXPLAIN (FORMAT JSON) EXECUTE "${name}"${values && `(${values})`}`;
      const plans = await side.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(explain);
      const root = plans.rows[0]?.['QUERY PLAN'][0].Plan;
      assert.ok(root, name);
      faults.push(...readsWhole(root).map((fault) => `${name}: ${fault}`));
    }
    await side.query('ROLLBACK');
    assert.deepEqual(faults, []);
  } finally {
    await under.close();
  }
});
