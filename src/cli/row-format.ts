import { CATALOGUE_STAMP } from '../features/catalogue-version.js';
import type { FeatureRow } from '../features/feature-rows.js';
import { BAR_COLUMNS, csvHeader, csvLine, jsonLine, rowColumns } from '../features/row-text.js';
import { type ParquetColumn, ParquetFile } from '../storage/parquet/parquet-file.js';
import { SUHO_VERSION } from '../version.js';
import type { HeldOutput } from './held-output.js';

/** How rows of features are written. */
export interface RowFormat {
  add(row: FeatureRow): void;
  end(): void;
}

export const ROW_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type RowFormatName = (typeof ROW_FORMATS)[number];

export function rowFormat(name: RowFormatName, output: HeldOutput, labels: boolean): RowFormat {
  switch (name) {
    case 'csv':
      output.add(csvHeader(labels));
      return { add: (row) => output.add(csvLine(row)), end: () => {} };
    case 'ndjson':
      return { add: (row) => output.add(jsonLine(row)), end: () => {} };
    case 'parquet':
      return parquetRows(output, labels);
  }
}

function parquetColumn(name: string, place: number): ParquetColumn {
  if (name === 'time') return { name, kind: 'instant' };
  if (name === 'symbol' || name === 'timeframe') return { name, kind: 'text' };
  return { name, kind: place < BAR_COLUMNS.length ? 'number' : 'optional' };
}

function parquetRows(output: HeldOutput, labels: boolean): RowFormat {
  const file = new ParquetFile({
    columns: rowColumns(labels).map(parquetColumn),
    metadata: { 'suho.catalogue.version': String(CATALOGUE_STAMP.version), 'suho.catalogue.hash': CATALOGUE_STAMP.hash },
    createdBy: `suho version ${SUHO_VERSION}`,
    sink: (bytes) => output.addBytes(bytes),
  });
  return {
    add: ({ candle, values, labels }) => {
      const { time, symbol, timeframe, open, high, low, close, volume } = candle;
      file.add([time, symbol, timeframe, open, high, low, close, volume, ...values, ...labels]);
    },
    end: () => file.end(),
  };
}
