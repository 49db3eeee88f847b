import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { type ParquetColumn, ParquetFile, type ParquetValue } from '../../../src/storage/parquet/parquet-file.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'time', kind: 'instant' },
  { name: 'symbol', kind: 'text' },
  { name: 'close', kind: 'number' },
  { name: 'rsi_14', kind: 'optional' },
];

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}

function written(rows: readonly (readonly ParquetValue[])[], groupRows?: number): ArrayBuffer {
  const parts: Uint8Array[] = [];
  const file = new ParquetFile({
    columns: COLUMNS,
    metadata: { 'suho.catalogue.version': '7' },
    createdBy: 'suho version 0',
    sink: (bytes) => parts.push(bytes),
    ...(groupRows === undefined ? {} : { groupRows }),
  });
  for (const row of rows) file.add(row);
  file.end();
  return joined(parts);
}

const rows = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 4e12 }),
    fc.constantFrom('EURUSD', 'Ωmega', ''),
    fc.double({ noNaN: true }),
    fc.oneof(fc.double(), fc.constant(Number.NaN)),
  ),
  { maxLength: 60 },
);

test('an independent reader gives back every value, bit for bit, in groups as they were filled', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 20 }), async (given, groupRows) => {
      const file = written(given, groupRows);
      const read = (await parquetReadObjects({ file })) as Record<string, unknown>[];
      assert.deepEqual(
        read,
        given.map(([time, symbol, close, rsi]) => ({
          time: new Date(time),
          symbol,
          close,
          rsi_14: Number.isNaN(rsi) ? null : rsi,
        })),
      );
      const { row_groups, num_rows } = parquetMetadata(file);
      assert.equal(Number(num_rows), given.length);
      assert.equal(row_groups.length, Math.ceil(given.length / groupRows));
    }),
    { numRuns: proofCount(500), seed: freshSeed() },
  );
});

test('the footer tells types, compression, who wrote it, and what it was given to keep', () => {
  const metadata = parquetMetadata(written([[0, 'EURUSD', 1.1, Number.NaN]]));
  assert.equal(metadata.created_by, 'suho version 0');
  assert.deepEqual(metadata.key_value_metadata, [{ key: 'suho.catalogue.version', value: '7' }]);
  assert.deepEqual(
    metadata.schema.slice(1).map(({ name, type, repetition_type }) => [name, type, repetition_type]),
    [
      ['time', 'INT64', 'REQUIRED'],
      ['symbol', 'BYTE_ARRAY', 'REQUIRED'],
      ['close', 'DOUBLE', 'REQUIRED'],
      ['rsi_14', 'DOUBLE', 'OPTIONAL'],
    ],
  );
  assert.deepEqual(metadata.schema[1]?.logical_type, { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' });
  for (const { meta_data } of metadata.row_groups[0]?.columns ?? []) assert.equal(meta_data?.codec, 'SNAPPY');
});

test('a group leaves as soon as it is full', () => {
  let bytes = 0;
  const file = new ParquetFile({
    columns: COLUMNS,
    metadata: {},
    createdBy: 'suho',
    groupRows: 100,
    sink: (part) => {
      bytes += part.length;
    },
  });
  for (let at = 0; at < 99; at++) file.add([at, 'EURUSD', Math.sqrt(at), Math.sqrt(at)]);
  assert.equal(bytes, 0);
  file.add([99, 'EURUSD', 1, 1]);
  assert.ok(bytes > 100 * 16, `${bytes} bytes`);
});
