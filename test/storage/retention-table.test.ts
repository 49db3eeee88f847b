import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { columnOf, TABLE_NAMES } from '../../src/storage/analytics/tables.js';
import { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import { parseRetention, periodsOf, readRetention } from '../../src/storage/retention-table.js';
import { root } from '../structure/sources.js';
import { readPage } from '../structure/tree.js';

interface Row {
  readonly hot?: string;
  readonly warm?: string;
  readonly cold?: string;
}
/** As written, since a year has no fixed length that could be compared. */
const WRITTEN = JSON.parse(readFileSync(join(root, 'schema', 'retention.json'), 'utf8')) as Record<
  'ledger' | 'analytics' | 'logs',
  Record<string, Row>
> & { readonly slack: string };
const DAY_MS = 86_400_000;

function sqlOf(folder: string): string {
  const names = readdirSync(join(root, 'schema', folder)).sort();
  return names.map((name) => readFileSync(join(root, 'schema', folder, name), 'utf8')).join('\n');
}

describe('the table of periods', () => {
  it('has a row for each table of the ledger, and for no other', () => {
    const made = [...sqlOf('migrations').matchAll(/CREATE TABLE (?!partitions\.|%)(\w+)/g)].map(([, name]) => name);
    assert.ok(made.length >= 18, made.join(' '));
    assert.deepEqual(Object.keys(WRITTEN.ledger).sort(), made.sort());
  });

  it('says of the ledger’s tables what docs/STORES.md says', () => {
    const rows = readPage('docs/STORES.md')
      .split('\n')
      .map((line) => line.split(' | '));
    const told = rows.flatMap(([, here = '', kept = '']) => {
      const period = /^(?:(\d+) (day|year)s?|for ever) \|$/.exec(kept);
      if (period === null) return [];
      const [, count, unit] = period;
      const written = count === undefined ? 'ever' : `${count}${unit?.[0]}`;
      return [...here.matchAll(/`([a-z_]+)`/g)].map(([, name]) => [name as string, written] as const);
    });
    assert.ok(told.length >= 15, `${told.length} tables`);
    // The first row of a table is its own; later ones may mention it.
    for (const [name, period] of new Map(told.toReversed())) {
      // What vouches for dropped segments is never dropped.
      const expected = ['audit_heads', 'audit_anchors'].includes(name) ? 'ever' : period;
      if (name in WRITTEN.ledger) assert.equal(WRITTEN.ledger[name]?.hot, expected, name);
    }
  });

  /** What each table of analytics keeps, as the newest of its schema's statements says: a text for each of its limits. */
  function limits(): ReadonlyMap<string, readonly string[]> {
    const found = sqlOf('analytics').matchAll(/TABLE (?:IF NOT EXISTS )?suho\.(\w+)\b[^;]*?\bTTL\b([^;]*?)(?:SETTINGS[^;]*)?;/g);
    return new Map([...found].map(([, table, text = '']) => [table as string, text.trim().split(/,\n\s*/)]));
  }
  /** A warm period as the schema has it: what is archived stays the slack longer, and what was put back longer still. */
  function limitOf({ warm = '', cold }: Row): string {
    const unit = warm.endsWith('y') ? 'YEAR' : 'DAY';
    const count = Number.parseInt(warm, 10);
    if (cold === undefined) return `toDateTime(time) + INTERVAL ${count} ${unit}`;
    assert.equal(unit, 'DAY');
    return `greatest(toDateTime(time) + INTERVAL ${count + Number.parseInt(WRITTEN.slack, 10)} ${unit}, held_until)`;
  }

  it('has a row for each table of analytics but logs, with the limit that its schema has', () => {
    const tables = TABLE_NAMES.map(columnOf).filter((name) => name !== 'logs');
    assert.deepEqual(Object.keys(WRITTEN.analytics).sort(), tables.sort());
    for (const [name, row] of Object.entries(WRITTEN.analytics)) assert.deepEqual(limits().get(name), [limitOf(row)], name);
  });

  it('has a row for each level of logs, with the limit that the schema has: one of its own, or that of the rest', () => {
    const [debug = '', rest] = limits().get('logs') ?? [];
    const { debug: least, ...others } = WRITTEN.logs;
    assert.equal(debug, `${limitOf(least ?? {})} DELETE WHERE level = 'debug'`);
    for (const [level, row] of Object.entries(others)) assert.equal(rest, limitOf(row), level);
  });

  it('sends to the archive only what analytics knows how to give, and the code finds every kind in it', async () => {
    const retention = await readRetention();
    const cold = [
      ...Object.entries(WRITTEN.analytics).map(([name, row]) => [`analytics.${name}`, row] as const),
      ...Object.entries(WRITTEN.logs).map(([level, row]) => [`logs.${level}`, row] as const),
    ].flatMap(([kind, row]) => (row.cold === undefined ? [] : [kind]));
    const { kinds } = new SqlAnalytics({ run: async () => '', insert: async () => {}, close: async () => {} }).series;
    assert.deepEqual(
      cold.filter((kind) => !kinds.includes(kind)),
      [],
    );
    assert.ok(cold.length >= 6);
    for (const kind of kinds) assert.ok(Number.isFinite(periodsOf(retention, kind).stays), kind);
    assert.deepEqual(periodsOf(retention, 'executions'), { stays: 2 * 366 * DAY_MS, cold: 7 * 366 * DAY_MS });
    assert.deepEqual(periodsOf(retention, 'analytics.ticks'), { stays: 90 * DAY_MS, cold: Number.POSITIVE_INFINITY });
    assert.deepEqual(periodsOf(retention, 'logs.debug'), { stays: 7 * DAY_MS, cold: undefined });
    assert.deepEqual(periodsOf(retention, 'nothing'), { stays: Number.POSITIVE_INFINITY, cold: undefined });
  });

  it('is read as ages, for ever as no end', async () => {
    const { ledger, analytics, logs } = await readRetention();
    assert.deepEqual(ledger.signals, { hot: 90 * 86_400_000, cold: 7 * 366 * 86_400_000 });
    assert.deepEqual(ledger.deals?.cold, Number.POSITIVE_INFINITY);
    assert.equal(analytics.ticks?.cold, Number.POSITIVE_INFINITY);
    assert.equal(logs.debug.cold, undefined);
  });

  it('that is wrong is refused with the place', async () => {
    const change = (from: string, to: string) => () => parseRetention(JSON.stringify(WRITTEN).replace(from, to));
    const refused = { code: 'INPUT_INVALID' };
    assert.throws(change('"90d"', '"90 days"'), { ...refused, message: /ledger\.signals\.hot: a period like/ });
    assert.throws(change('"90d"', '"0d"'), refused);
    assert.throws(change('"hot":"90d","cold":"7y"', '"hot":"90d","cold":"89d"'), {
      ...refused,
      message: /ledger\.signals: stays longer/,
    });
    assert.throws(change('"cold"', '"could"'), refused);
    assert.throws(change('"fatal"', '"fate"'), refused);
    assert.throws(() => parseRetention('{'), { ...refused, message: /is not JSON/ });
    await assert.rejects(readRetention('/nowhere/retention.json'), { code: 'FILE_UNREADABLE' });
  });
});
