import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { systemClock } from '../../../src/runtime/clock.js';
import { ChdbEngine } from '../../../src/storage/analytics/chdb-engine.js';
import { type ArchivedRows, type Cell, decodeRows, encodeRows } from '../../../src/storage/archive/rows-file.js';
import { chdbMissing } from '../../support/chdb.js';
import { emptyFolder } from '../../support/ledger-folder.js';
import { proofCount } from '../../support/price-paths.js';

const COLUMNS = [
  { name: 'at_ms', kind: 'instant', type: 'bigint' },
  { name: 'said', kind: 'text', type: 'text' },
  { name: 'why', kind: 'remark', type: 'text' },
  { name: 'price', kind: 'number', type: 'double precision' },
  { name: 'level', kind: 'optional', type: 'double precision' },
] as const;
const of = (rows: readonly (readonly Cell[])[]): ArchivedRows => ({ kind: 'deals', tenantId: 'north', columns: COLUMNS, rows });
const row = fc.tuple(
  fc.integer({ min: 0, max: 4e12 }),
  fc.string({ unit: 'binary' }),
  fc.option(fc.string()),
  fc.double({ noNaN: true }),
  fc.option(fc.double({ noNaN: true })),
);

test('rows come back as they went, with what they are of', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      const archived = of(rows);
      assert.deepEqual(await decodeRows(await encodeRows(archived), 'x'), archived);
    }),
    { numRuns: proofCount(300) },
  );
});

test('the same rows are the same bytes, and are written with zstd', async () => {
  const rows = Array.from({ length: 3_000 }, (_, at): Cell[] => [at, 'said', null, at / 3, null]);
  const bytes = await encodeRows(of(rows));
  assert.deepEqual(Buffer.from(await encodeRows(of(rows))), Buffer.from(bytes));
  const { row_groups } = parquetMetadata(new Uint8Array(bytes).buffer);
  for (const group of row_groups) for (const { meta_data } of group.columns) assert.equal(meta_data?.codec, 'ZSTD');
});

test('what is no object is refused by name', async () => {
  const refused = { code: 'INPUT_INVALID', message: /^some\/name is not an object of the archive/ };
  await assert.rejects(decodeRows(new Uint8Array(), 'some/name'), refused);
  await assert.rejects(decodeRows(Buffer.from('PAR1 nothing of the kind PAR1'), 'some/name'), refused);
});

test('another reader reads the same from it: chDB', { skip: chdbMissing() }, async () => {
  await using folder = await emptyFolder();
  const rows: readonly Cell[][] = [
    [1_772_409_600_123, 'Ωmega "quoted"\n', null, 0.1, null],
    [0, '', 'why', -1e-300, 18446744073709552000],
    ...Array.from({ length: 500 }, (_, at): Cell[] => [at * 1_000, `${at}`, at % 2 ? null : '', at / 7, at % 3 ? at : null]),
  ];
  const file = join(folder.path, 'object.parquet');
  await writeFile(file, await encodeRows(of(rows)));
  const engine = await ChdbEngine.start({ folder: join(folder.path, 'engine'), timers: systemClock });
  try {
    const sql = `SELECT toUnixTimestamp64Milli(at_ms), said, why, price, level FROM file('${file}', 'Parquet')`;
    const text = await engine.run({ sql, settings: { output_format_json_quote_64bit_integers: 0 } });
    const read = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Cell[]);
    assert.deepEqual(read, rows);
    assert.equal(
      JSON.parse(await engine.run({ sql: `SELECT count() FROM file('${file}', 'Parquet') WHERE why IS NULL` }))[0],
      251,
    );
  } finally {
    await engine.close();
  }
});
