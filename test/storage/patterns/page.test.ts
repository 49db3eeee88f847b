import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collection } from '../../../src/storage/patterns/patterns.js';
import { COLLECTION_SCHEMAS } from '../../../src/storage/patterns/weaviate/collection-schemas.js';
import { correlation, pattern, strategy } from '../../contracts/patterns-world.js';
import { readPage } from '../../structure/tree.js';

const PAGE = readPage('docs/PATTERNS.md');
const ITEMS = { patterns: pattern('one'), correlations: correlation('one'), strategies: strategy('one') };

/** First two cells of the rows under a heading, without backticks. */
function rowsUnder(heading: string): readonly (readonly [string, string])[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((line) => {
    const [, here, there] = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    return [here as string, there as string];
  });
}

for (const collection of Object.keys(ITEMS) as Collection[]) {
  const { name, properties } = COLLECTION_SCHEMAS[collection];
  test(`docs/PATTERNS.md has each field of ${collection}, and each property of ${name}, and no other`, () => {
    const rows = rowsUnder(name);
    assert.deepEqual([...new Set(rows.map(([here]) => here))].sort(), Object.keys(ITEMS[collection]).sort());
    assert.deepEqual(rows.map(([, there]) => there).sort(), ['object id', ...properties.map((one) => one.name)].sort());
  });
}
