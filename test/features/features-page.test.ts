import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EARLIER_TABLES } from '../../scripts/generate/earlier-names.js';
import { CATALOGUE_HASH } from '../../src/features/catalogue-version.js';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { CATALOGUE, COLUMNS } from '../../src/indicators/registry.js';
import { root } from '../structure/sources.js';

const page = readFileSync(join(root, 'docs', 'FEATURES.md'), 'utf8');

test('the page has every column in its order with what is known of it, every label, and the hash', () => {
  const rows = page.split('\n').filter((line) => /^\| `/.test(line));
  const catalogue = rows.slice(0, COLUMNS.length).map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const expected = CATALOGUE.flatMap(({ source, volume, columns }) =>
    columns.map(({ name, definition, warmup, settles, unit }) =>
      ['', `\`${name}\``, definition, source, String(warmup), String(settles ?? ''), unit, volume ? 'yes' : '', ''].join('|'),
    ),
  );
  assert.deepEqual(
    catalogue.map((cells) => cells.join('|').replaceAll('\\|', '|')),
    expected,
  );
  for (const name of LABEL_COLUMNS) assert.ok(page.includes(`| \`${name}\``), name);
  assert.ok(page.includes(CATALOGUE_HASH));
});

/** How many the catalogue is to have: until they are there, earlier names may lead to columns that are yet to come. */
const WHOLE = 176;

test('earlier names lead to columns that there are', () => {
  const known = new Set([...COLUMNS, ...LABEL_COLUMNS, 'volume']);
  const astray = Object.values(EARLIER_TABLES)
    .flat()
    .flatMap(({ ours }) => ours)
    .filter((name) => !known.has(name));
  assert.ok(COLUMNS.length <= WHOLE);
  if (COLUMNS.length === WHOLE) assert.deepEqual(astray, []);
  else assert.ok(new Set([...astray, ...COLUMNS]).size <= WHOLE, 'no more is astray than is missing');
});
