import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Columns } from '../../../src/storage/ledger/columns.js';
import { rowArrays, unnested, uuidArray } from '../../../src/storage/ledger/row-arrays.js';
import { keyHash, settle } from '../../contracts/ledger-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';

interface Carried {
  readonly id: string | null;
  readonly count: number | null;
  readonly size: number | null;
  readonly name: string | null;
  readonly parts: object | null;
  readonly ticket: string | null;
}

const COLUMNS: Columns<Carried> = {
  id: { column: 'id', type: 'uuid' },
  count: { column: 'count', type: 'bigint' },
  size: { column: 'size', type: 'double precision' },
  name: { column: 'name', type: 'text' },
  parts: { column: 'parts', type: 'jsonb' },
  ticket: { column: 'ticket', type: 'numeric(20, 0)' },
};
const NOTHING: Carried = { id: null, count: null, size: null, name: null, parts: null, ticket: null };
const ID = '0190c7e8-fedc-7000-8000-0123456789ab';

test('rows sent as arrays are in the database what they were: nulls, repeated and empty texts, the ends of each number', async () => {
  const rows: readonly Carried[] = [
    {
      id: ID,
      count: Number.MAX_SAFE_INTEGER,
      size: Number.MIN_VALUE,
      name: '',
      parts: { a: [1, '"'] },
      ticket: '18446744073709551615',
    },
    NOTHING,
    {
      id: ID.toUpperCase(),
      count: Number.MIN_SAFE_INTEGER,
      size: -1.7976931348623157e308,
      name: 'zł€🙂',
      parts: {},
      ticket: '0',
    },
    ...Array.from(
      { length: 300 },
      (_, at): Carried => ({ ...NOTHING, count: -at, size: at / 3, name: at < 200 ? 'EURUSD' : 'a'.repeat(at) }),
    ),
  ];
  const under = await embeddedUnderTest();
  try {
    const { rows: came } = await under.side.query<Record<string, string | number | null>>({
      text: `SELECT id::text, count::text, size, name, parts::jsonb::text AS parts, ticket::numeric(20, 0)::text AS ticket FROM ${unnested(1, COLUMNS)}`,
      values: rowArrays(COLUMNS, rows),
    });
    const expected = rows.map(({ id, count, size, name, parts, ticket }) => ({
      id: id?.toLowerCase() ?? null,
      count: count === null ? null : String(count),
      size,
      name,
      parts: parts === null ? null : JSON.parse(JSON.stringify(parts)),
      ticket,
    }));
    assert.deepEqual(
      came.map((row) => ({ ...row, parts: row.parts === null ? null : JSON.parse(String(row.parts)) })),
      expected,
    );
    const { rows: ids } = await under.side.query('SELECT unnest($1::uuid[])::text AS id', [uuidArray([ID, ID])]);
    assert.deepEqual(ids, [{ id: ID }, { id: ID }]);
    const { rows: none } = await under.side.query('SELECT cardinality($1::uuid[]) AS count', [uuidArray([])]);
    assert.deepEqual(none, [{ count: 0 }]);
  } finally {
    await under.close();
  }
});

test('a number that no bigint column takes is not sent', () => {
  for (const count of [0.5, 2 ** 53, Number.NaN])
    assert.throws(() => rowArrays(COLUMNS, [{ ...NOTHING, count }]), /no whole number/);
});

test('a hash that is not 64 digits of lower-case hex is refused, of a key and of the audit log', async () => {
  const under = await embeddedUnderTest();
  try {
    await settle(under.ledger, 1);
    const right = keyHash(7);
    await under.statement(`UPDATE accounts SET key_hash = '${right}', previous_key_hash = '${right}', previous_until_ms = 1`);
    for (const wrong of ['', right.slice(1), `${right}0`, right.toUpperCase(), ` ${right.slice(1)}`, `g${right.slice(1)}`]) {
      for (const column of ['accounts.key_hash', 'accounts.previous_key_hash', 'audit_heads.hash', 'audit_entries.hash']) {
        const [table, field] = column.split('.');
        await assert.rejects(under.statement(`UPDATE ${table} SET ${field} = '${wrong}'`), /violates check|hexadecimal/, column);
      }
    }
  } finally {
    await under.close();
  }
});
