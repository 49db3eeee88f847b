/**
 * Migrations only add, for one version: nodes of the version before go on with a ledger that the first new one has migrated. Those up to
 * 0021 are from before there were several nodes.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './sources.js';

const BEFORE = 21;
const FOLDER = join(root, 'schema', 'migrations');

/** What takes something away that an older node asks for, and why. */
const TAKES: readonly (readonly [RegExp, string])[] = [
  [/\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION|TYPE|SCHEMA|SEQUENCE)\b/gi, 'drops what an older node may ask for'],
  [/\bRENAME\b/gi, 'gives another name to what an older node asks for'],
  [/\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b/gi, 'gives a column another type'],
  [/\bSET\s+NOT\s+NULL\b/gi, 'wants a value that an older node does not write'],
  [
    /\bADD\s+COLUMN\s+(?:(?!,|;|DEFAULT)[\s\S])*?\bNOT\s+NULL\b(?:(?!,|;)[\s\S])*?(?=,|;)/gi,
    'wants a value that an older node does not write',
  ],
  [/\bREVOKE\b/gi, 'takes a right away'],
  [/\b(TRUNCATE|DELETE\s+FROM)\b/gi, 'deletes rows'],
];

function faultsOf(sql: string): readonly string[] {
  const code = sql.replace(/--.*$/gm, '');
  return TAKES.flatMap(([pattern, why]) =>
    [...code.matchAll(pattern)]
      .filter(([found]) => !/DEFAULT/i.test(found))
      .map(([found]) => `${found.replace(/\s+/g, ' ')}: ${why}`),
  );
}

test('migrations from here on add, and take nothing away', () => {
  const later = readdirSync(FOLDER).filter((name) => Number.parseInt(name, 10) > BEFORE);
  assert.ok(later.length > 0);
  for (const name of later) assert.deepEqual(faultsOf(readFileSync(join(FOLDER, name), 'utf8')), [], name);
});

test('what takes something away is found, and what adds is not', () => {
  const taking = [
    'ALTER TABLE accounts DROP COLUMN mode;',
    'DROP TABLE deals;',
    'ALTER TABLE tenants RENAME COLUMN name TO title;',
    'ALTER TABLE tenants ALTER COLUMN name TYPE varchar(9);',
    'ALTER TABLE tenants ALTER COLUMN name SET NOT NULL;',
    'ALTER TABLE tenants ADD COLUMN kind text NOT NULL;',
    'ALTER TABLE tenants ADD COLUMN a text, ADD COLUMN kind text NOT NULL CHECK (true), ADD COLUMN b text;',
    'REVOKE UPDATE ON accounts FROM suho_engine;',
    'DELETE FROM counters;',
  ];
  for (const sql of taking) assert.equal(faultsOf(sql).length, 1, sql);
  const adding = [
    'ALTER TABLE tenants ADD COLUMN kind text;',
    "ALTER TABLE tenants ADD COLUMN kind text NOT NULL DEFAULT 'x', ADD COLUMN other text;",
    'CREATE TABLE more (id integer NOT NULL); -- DROP TABLE never',
    'CREATE INDEX tenants_by_kind ON tenants (kind); GRANT SELECT ON tenants TO suho_reader;',
  ];
  for (const sql of adding) assert.deepEqual(faultsOf(sql), [], sql);
});
