import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

/** `instant`: UTC milliseconds. `optional`: a number that may be missing; NaN stands for that. */
export type ParquetKind = 'instant' | 'text' | 'number' | 'optional';

export interface ParquetColumn {
  readonly name: string;
  readonly kind: ParquetKind;
}

export interface ParquetFileOptions {
  readonly columns: readonly ParquetColumn[];
  /** Kept in the file's footer. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdBy: string;
  readonly sink: (bytes: Uint8Array) => void;
  readonly groupRows?: number;
}

export type ParquetValue = number | string;

/** Rows held until a group of them is written: for 200 columns of doubles some 25 MB. */
const GROUP_ROWS = 16_384;

const ELEMENTS: Readonly<Record<ParquetKind, Omit<SchemaElement, 'name'>>> = {
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    repetition_type: 'REQUIRED',
  },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type: 'REQUIRED' },
  number: { type: 'DOUBLE', repetition_type: 'REQUIRED' },
  optional: { type: 'DOUBLE', repetition_type: 'OPTIONAL' },
};

/** Bytes leave after each row group, so that memory holds one group and the footer, however long the file grows. */
class GroupBytes extends ByteWriter {
  constructor(readonly sink: (bytes: Uint8Array) => void) {
    super(1 << 20);
  }

  flush(): void {
    // The buffer is written over by the next group.
    this.sink(this.getBytes().slice());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

/** A Parquet file (snappy) made of rows, in row groups that are handed on as they fill. */
export class ParquetFile {
  readonly #columns: readonly ParquetColumn[];
  readonly #groupRows: number;
  readonly #numbers: readonly Float64Array[];
  readonly #texts: readonly string[][];
  readonly #writer: ParquetWriter;
  #count = 0;

  constructor({ columns, metadata, createdBy, sink, groupRows = GROUP_ROWS }: ParquetFileOptions) {
    this.#columns = columns;
    this.#groupRows = groupRows;
    this.#numbers = columns.map(({ kind }) => new Float64Array(kind === 'text' ? 0 : groupRows));
    this.#texts = columns.map(() => []);
    const elements = columns.map(({ name, kind }) => ({ name, ...ELEMENTS[kind] }));
    this.#writer = new ParquetWriter({
      writer: new GroupBytes(sink),
      schema: [{ name: 'root', num_children: columns.length }, ...elements],
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy,
    });
  }

  /** A value per column, in their order. */
  add(row: readonly ParquetValue[]): void {
    for (let at = 0; at < row.length; at++) {
      const value = row[at] as ParquetValue;
      if (typeof value === 'string') (this.#texts[at] as string[]).push(value);
      else (this.#numbers[at] as Float64Array)[this.#count] = value;
    }
    this.#count += 1;
    if (this.#count === this.#groupRows) this.#writeGroup();
  }

  end(): void {
    if (this.#count > 0) this.#writeGroup();
    this.#writer.finish();
  }

  #writeGroup(): void {
    const columnData = this.#columns.map((column, at) => this.#source(column, at));
    this.#writer.write({ columnData, rowGroupSize: this.#groupRows });
    this.#count = 0;
    for (const texts of this.#texts) texts.length = 0;
  }

  #source({ name, kind }: ParquetColumn, at: number): ColumnSource {
    if (kind === 'text') return { name, data: this.#texts[at] as string[] };
    const numbers = (this.#numbers[at] as Float64Array).subarray(0, this.#count);
    if (kind === 'instant') return { name, data: Array.from(numbers, BigInt) };
    // Extremes of a column in the middle of the market rule nothing out for a reader; those of the time do.
    if (!numbers.some(Number.isNaN)) return { name, data: numbers, statistics: false };
    return { name, data: Array.from(numbers, (value) => (Number.isNaN(value) ? null : value)), statistics: false };
  }
}
