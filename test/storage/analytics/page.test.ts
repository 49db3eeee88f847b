import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALL_QUERIES } from '../../../src/storage/analytics/queries/all.js';
import { columnOf, TABLE_NAMES, TABLES } from '../../../src/storage/analytics/tables.js';
import { root } from '../../structure/sources.js';
import { readPage } from '../../structure/tree.js';

const PAGE = readPage('docs/ANALYTICS.md');

/** Rows of the tables under a heading, as cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split('|').map((cell) => cell.trim())] : []));
}

/** How long each table keeps its rows, as the newest file of the schema that speaks of it says. */
function periods(): ReadonlyMap<string, string> {
  const folder = join(root, 'schema', 'analytics');
  const sql = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const found = sql.matchAll(
    /(?:CREATE|ALTER) TABLE (?:IF NOT EXISTS )?suho\.(\w+) [^;]*TTL[^;]*toDateTime\(time\) \+ INTERVAL (\d+) (\w+)(?! DELETE)/g,
  );
  return new Map([...found].map(([, table, count, unit]) => [table as string, `${count} ${unit?.toLowerCase()}s`]));
}

test('docs/ANALYTICS.md has each table with its readers, its loss and its period, and each named query, and no other', () => {
  const kept = periods();
  assert.deepEqual(
    rowsUnder('Tables').map(([, table, readers, loss, period]) => [table, readers, loss, period]),
    TABLE_NAMES.map((name) => {
      const table = columnOf(name);
      return [`\`${table}\``, TABLES[name].readers, TABLES[name].loss, kept.get(table)];
    }),
  );
  assert.deepEqual(
    rowsUnder('Queries')
      .map(([, name]) => name)
      .sort(),
    ALL_QUERIES.map(({ name }) => `\`${name}\``).sort(),
  );
});
