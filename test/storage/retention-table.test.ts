import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { columnOf, TABLE_NAMES } from '../../src/storage/analytics/tables.js';
import { parseRetention, readRetention } from '../../src/storage/retention-table.js';
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
>;

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

  it('has a row for each table of analytics but logs, with the period that its schema has', () => {
    const found = sqlOf('analytics').matchAll(
      /CREATE TABLE IF NOT EXISTS suho\.(\w+) [^;]*TTL toDateTime\(time\) \+ INTERVAL (\d+) (\w)/g,
    );
    const kept = Object.fromEntries([...found].map(([, name, count, unit]) => [name, `${count}${unit?.toLowerCase()}`]));
    delete kept.logs;
    assert.deepEqual(
      Object.keys(kept).sort(),
      TABLE_NAMES.map(columnOf)
        .filter((name) => name !== 'logs')
        .sort(),
    );
    const warm = Object.entries(WRITTEN.analytics).map(([name, row]) => [name, row.warm]);
    assert.deepEqual(Object.fromEntries(warm), kept);
  });

  it('has a row for each level of logs, with the period that the schema has: one of its own, or that of the rest', () => {
    const [, text = ''] = /ALTER TABLE suho\.logs MODIFY TTL([^;]*);/.exec(sqlOf('analytics')) ?? [];
    const limits = [...text.matchAll(/INTERVAL (\d+) (\w)\w*(?: DELETE WHERE level = '(\w+)')?/g)];
    assert.equal(limits.length, 2);
    const periods = new Map(limits.map(([, count, unit, level]) => [level, `${count}${unit?.toLowerCase()}`]));
    for (const [level, { warm }] of Object.entries(WRITTEN.logs))
      assert.equal(warm, periods.get(level) ?? periods.get(undefined), level);
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
